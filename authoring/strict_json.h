// SPDX-License-Identifier: Apache-2.0
// Reads the JSON of a fact, many of them, strictly: what is accepted is what base/json_value.h
// accepts, but for whole numbers beyond 64 bits, which are refused.
//
// Shape:   simdjson's tree, and an object's members for who looks for several.
// Limits:  kMaxJsonNesting levels, kMaxJsonValues values; the caller bounds the size of the text.
// Errors:  kMalformed for what RFC 8259 refuses, and for a member that is named twice, at any
// level;
//          kLimitExceeded.
// Lifetime: what is read stands until the thread reads the next text.
// Threads: reentrant; each thread has a parser of its own.
// Source:  RFC 8259; docs/decisions/0021-reading-many-facts.md. For facts.cc alone: the header is
//          large.
#pragma once

#include <simdjson.h>

#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace portcullis {

using JsonElement = simdjson::dom::element;

Result<JsonElement> ParseStrictJson(std::string_view text);

// The members of an object; none of what is no object.
class JsonMembers {
 public:
  explicit JsonMembers(JsonElement element);

  bool IsObject() const { return is_object_; }
  bool Has(std::string_view name) const { return Locate(name) != nullptr; }
  // Null where there is none, or it is null.
  const JsonElement* Find(std::string_view name) const;

 private:
  const JsonElement* Locate(std::string_view name) const;

  bool is_object_ = false;
  std::vector<std::pair<std::string_view, JsonElement>> members_;
};

}  // namespace portcullis
