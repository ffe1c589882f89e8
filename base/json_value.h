// SPDX-License-Identifier: Apache-2.0
// Reads one JSON value from a line that someone else wrote.
//
// Shape:   a tree of values; an object keeps its members in the order of the text.
// Limits:  kMaxJsonNesting levels, kMaxJsonValues values; the caller bounds the size of the text.
// Errors:  kMalformed with the byte, counted from 1, for what RFC 8259 refuses and for a member
// that
//          is named twice (whoever reads the first and whoever reads the last would see different
//          facts); kLimitExceeded.
// Threads: reentrant.
// Source:  RFC 8259; docs/decisions/0010-arguments-and-json.md says why nlohmann reads it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace portcullis {

inline constexpr size_t kMaxJsonNesting = 32;
inline constexpr size_t kMaxJsonValues = 100'000;

class JsonValue {
 public:
  using Array = std::vector<JsonValue>;
  using Object = std::vector<std::pair<std::string, JsonValue>>;

  JsonValue() = default;
  explicit JsonValue(bool value) : value_(value) {}
  explicit JsonValue(uint64_t value) : value_(value) {}
  explicit JsonValue(double value) : value_(value) {}
  explicit JsonValue(std::string value) : value_(std::move(value)) {}
  explicit JsonValue(Array value) : value_(std::move(value)) {}
  explicit JsonValue(Object value) : value_(std::move(value)) {}

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  const bool* AsBool() const { return std::get_if<bool>(&value_); }
  // A whole number from 0 to 2^64-1; every other number is a double.
  const uint64_t* AsUnsigned() const { return std::get_if<uint64_t>(&value_); }
  const double* AsDouble() const { return std::get_if<double>(&value_); }
  const std::string* AsString() const { return std::get_if<std::string>(&value_); }
  const Array* AsArray() const { return std::get_if<Array>(&value_); }
  const Object* AsObject() const { return std::get_if<Object>(&value_); }
  Array* AsArray() { return std::get_if<Array>(&value_); }
  Object* AsObject() { return std::get_if<Object>(&value_); }

  // The member of an object, or null where there is none, or it is null, or this is no object.
  const JsonValue* Find(std::string_view key) const;

 private:
  std::variant<std::monostate, bool, uint64_t, double, std::string, Array, Object> value_;
};

Result<JsonValue> ParseJson(std::string_view text);

}  // namespace portcullis
