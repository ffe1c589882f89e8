// SPDX-License-Identifier: Apache-2.0
#include "authoring/strict_json.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/json_value.h"

namespace portcullis {
namespace {

using simdjson::dom::element_type;

// simdjson keeps two members of one name without a word; whoever reads the first and whoever reads
// the last would see different facts.
class Checker {
 public:
  Result<void> Check(JsonElement element) {
    if (++values_ > kMaxJsonValues) {
      return Fail(ErrorCode::kLimitExceeded, fmt::format("more than {} values", kMaxJsonValues));
    }
    if (element.type() == element_type::OBJECT) return CheckObject(element);
    return element.type() == element_type::ARRAY ? CheckArray(element) : Result<void>();
  }

 private:
  Result<void> CheckArray(JsonElement element) {
    simdjson::dom::array values;
    if (element.get(values) != simdjson::SUCCESS) return {};
    for (const JsonElement value : values) TRY_VOID(Check(value));
    return {};
  }

  Result<void> CheckObject(JsonElement element) {
    simdjson::dom::object object;
    if (element.get(object) != simdjson::SUCCESS) return {};
    const size_t begin = names_.size();
    for (const auto member : object) names_.push_back(member.key);
    const bool is_twice = HasTwice(begin);
    names_.resize(begin);
    if (is_twice) return Fail(ErrorCode::kMalformed, "an object names one member twice");
    for (const auto member : object) TRY_VOID(Check(member.value));
    return {};
  }

  bool HasTwice(size_t begin) {
    const auto first = names_.begin() + static_cast<ptrdiff_t>(begin);
    std::sort(first, names_.end(), [](std::string_view one, std::string_view other) {
      return one.size() != other.size() ? one.size() < other.size() : one < other;
    });
    return std::adjacent_find(first, names_.end()) != names_.end();
  }

  std::vector<std::string_view> names_;  // of the object that is looked at
  size_t values_ = 0;
};

Unexpected ErrorOf(simdjson::error_code code) {
  if (code == simdjson::DEPTH_ERROR) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("nested deeper than {} levels", kMaxJsonNesting));
  }
  const bool is_too_large = code == simdjson::CAPACITY || code == simdjson::MEMALLOC;
  if (is_too_large) return Fail(ErrorCode::kLimitExceeded, "too large to read");
  return Fail(ErrorCode::kMalformed, "not JSON");
}

struct ThreadParser {
  simdjson::dom::parser parser;
  simdjson::error_code made = parser.allocate(4096, kMaxJsonNesting);
};

}  // namespace

Result<JsonElement> ParseStrictJson(std::string_view text) {
  thread_local ThreadParser mine;
  if (mine.made != simdjson::SUCCESS) return ErrorOf(mine.made);
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  JsonElement element;
  // The parser copies the text: behind it must stand bytes that it may read.
  const auto code = mine.parser.parse(text.data(), text.size(), true).get(element);
  if (code != simdjson::SUCCESS) return ErrorOf(code);
  TRY_VOID(Checker().Check(element));
  return element;
}

JsonMembers::JsonMembers(JsonElement element) {
  simdjson::dom::object object;
  is_object_ = element.get(object) == simdjson::SUCCESS;
  if (!is_object_) return;
  members_.reserve(object.size());
  for (const auto member : object) members_.emplace_back(member.key, member.value);
}

const JsonElement* JsonMembers::Locate(std::string_view name) const {
  for (const auto& [member, value] : members_) {
    if (member == name) return &value;
  }
  return nullptr;
}

const JsonElement* JsonMembers::Find(std::string_view name) const {
  const JsonElement* const value = Locate(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

}  // namespace portcullis
