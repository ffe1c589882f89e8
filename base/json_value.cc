// SPDX-License-Identifier: Apache-2.0
#include "base/json_value.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <set>

namespace portcullis {
namespace {

using Json = nlohmann::json;

// nlohmann keeps the last of two members of one name without a word, so its own tree is not used:
// these events build ours, and stop at the first thing that is not allowed.
class TreeBuilder final : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return Put(JsonValue()); }
  bool boolean(bool value) override { return Put(JsonValue(value)); }
  bool number_integer(number_integer_t value) override {
    return Put(JsonValue(static_cast<double>(value)));
  }
  bool number_unsigned(number_unsigned_t value) override { return Put(JsonValue(uint64_t{value})); }
  bool number_float(number_float_t value, const string_t&) override {
    return Put(JsonValue(value));
  }
  bool string(string_t& value) override { return Put(JsonValue(std::move(value))); }
  bool binary(binary_t&) override { return false; }  // not JSON; never called for text

  bool start_object(size_t) override { return Open(JsonValue(JsonValue::Object())); }
  bool key(string_t& name) override {
    Level& level = levels_.back();
    if (!level.names.insert(name).second) {
      return Refuse(ErrorCode::kMalformed, "an object names one member twice");
    }
    level.name = std::move(name);
    return true;
  }
  bool end_object() override { return Close(); }
  bool start_array(size_t) override { return Open(JsonValue(JsonValue::Array())); }
  bool end_array() override { return Close(); }

  bool parse_error(size_t position, const std::string&,
                   const nlohmann::detail::exception& reason) override {
    // The library's text quotes the input; ours says where.
    constexpr int kOutOfRange = 406;  // a number that no double holds
    return Refuse(ErrorCode::kMalformed,
                  fmt::format("byte {}: {}", position,
                              reason.id == kOutOfRange ? "a number out of range" : "not JSON"));
  }

  std::optional<Error> error;
  JsonValue root;

 private:
  struct Level {
    JsonValue value;
    std::set<std::string> names;
    std::string name;
  };

  bool Refuse(ErrorCode code, std::string message) {
    if (!error) error = Error{code, std::move(message)};
    return false;
  }

  bool Put(JsonValue value) {
    if (++values_ > kMaxJsonValues) {
      return Refuse(ErrorCode::kLimitExceeded, fmt::format("more than {} values", kMaxJsonValues));
    }
    if (levels_.empty()) {
      root = std::move(value);
    } else if (auto* array = levels_.back().value.AsArray()) {
      array->push_back(std::move(value));
    } else {
      levels_.back().value.AsObject()->emplace_back(std::move(levels_.back().name),
                                                    std::move(value));
    }
    return true;
  }

  bool Open(JsonValue value) {
    if (levels_.size() == kMaxJsonNesting) {
      return Refuse(ErrorCode::kLimitExceeded,
                    fmt::format("nested deeper than {} levels", kMaxJsonNesting));
    }
    levels_.push_back({std::move(value), {}, {}});
    return true;
  }

  bool Close() {
    JsonValue value = std::move(levels_.back().value);
    levels_.pop_back();
    return Put(std::move(value));
  }

  std::vector<Level> levels_;
  size_t values_ = 0;
};

}  // namespace

const JsonValue* JsonValue::Find(std::string_view key) const {
  const Object* object = AsObject();
  if (object == nullptr) return nullptr;
  for (const auto& [name, value] : *object) {
    if (name == key) return value.is_null() ? nullptr : &value;
  }
  return nullptr;
}

Result<JsonValue> ParseJson(std::string_view text) {
  TreeBuilder builder;
  bool good = false;
  try {
    good = Json::sax_parse(text, &builder);
  } catch (const std::exception&) {
    // The events above do not throw on purpose; memory can still run out.
    return Fail(ErrorCode::kLimitExceeded, "too large to read");
  }
  if (builder.error) return Unexpected(*std::move(builder.error));
  if (!good) return Fail(ErrorCode::kMalformed, "not JSON");
  return std::move(builder.root);
}

}  // namespace portcullis
