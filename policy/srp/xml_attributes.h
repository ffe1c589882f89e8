// SPDX-License-Identifier: Apache-2.0
// Reads the attributes of the XML form of Software Restriction Policies. For xml_reader.cc.
//
// Errors:  kMalformed, with line and column: an attribute that is missing, is not known, or whose
//          text is not of its type.
// Lifetime: views the tag and the cursor of one event.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "formats/xml/parser.h"
#include "policy/srp/model.h"

namespace portcullis::srp {

class XmlAttributes {
 public:
  XmlAttributes(const xml::StartTag& tag, const xml::Cursor& cursor)
      : tag_(tag), cursor_(cursor), is_read_(tag.attributes.size()) {}

  std::optional<std::string_view> Find(std::string_view name);
  Result<std::string> Required(std::string_view name);

  // The attribute's value by `parse`, which gives nothing for a text that is not of its type.
  template <typename Value>
  Result<std::optional<Value>> Optional(std::string_view name,
                                        std::optional<Value> (*parse)(std::string_view),
                                        std::string_view allowed) {
    const auto text = Find(name);
    if (!text) return std::optional<Value>();
    if (std::optional<Value> value = parse(*text)) return value;
    return NotAllowed(name, *text, allowed);
  }
  // Likewise one of the names of an enumeration.
  template <typename Enum, size_t kCount>
  Result<std::optional<Enum>> OneOf(std::string_view name, const std::array<Enum, kCount>& values) {
    const auto text = Find(name);
    if (!text) return std::optional<Enum>();
    std::string names;
    for (const Enum value : values) {
      if (*text == ToString(value)) return std::optional(value);
      (names += names.empty() ? "" : ", ") += ToString(value);
    }
    return NotAllowed(name, *text, names);
  }
  template <typename Value>
  Result<Value> Needed(std::string_view name, Result<std::optional<Value>> value) {
    if (!value) return Unexpected(std::move(value).error());
    if (!*value) return Missing(name);
    return **std::move(value);
  }

  // An attribute that was not asked for is none of this element.
  Result<void> RefuseOthers() const;
  Unexpected NotAllowed(std::string_view name, std::string_view text,
                        std::string_view allowed) const;
  Unexpected Refuse(std::string_view name, const Error& error) const;

 private:
  xml::Position PlaceOf(std::string_view name) const;
  Unexpected Missing(std::string_view name) const;
  Unexpected At(xml::Position where, std::string message) const;

  const xml::StartTag& tag_;
  const xml::Cursor& cursor_;
  std::vector<bool> is_read_;
};

Result<void> ReadPolicyAttributes(XmlAttributes& attributes, Policy& policy);
// Of an element PathRule, HashRule, CertificateRule or UrlZoneRule.
Result<Rule> ReadRuleAttributes(std::string_view element, XmlAttributes& attributes);

}  // namespace portcullis::srp
