// SPDX-License-Identifier: Apache-2.0
#include "formats/authenticode/names.h"

#include <fmt/core.h>

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "base/utf.h"
#include "formats/authenticode/oid.h"
#include "formats/authenticode/openssl.h"

namespace portcullis::authenticode {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

struct Label {
  std::string_view oid;
  std::string_view text;
  bool windows_knows_it;  // else CertNameToStr writes OID.1.2.3
};
constexpr std::array kLabels = {
    Label{"2.5.4.3", "CN", true},
    Label{"2.5.4.4", "SN", true},
    Label{"2.5.4.5", "SERIALNUMBER", true},
    Label{"2.5.4.6", "C", true},
    Label{"2.5.4.7", "L", true},
    Label{"2.5.4.8", "S", true},
    Label{"2.5.4.9", "STREET", true},
    Label{"2.5.4.10", "O", true},
    Label{"2.5.4.11", "OU", true},
    Label{"2.5.4.12", "T", true},
    Label{"2.5.4.13", "Description", true},
    Label{"2.5.4.15", "businessCategory", false},
    Label{"2.5.4.17", "PostalCode", true},
    Label{"2.5.4.18", "POBox", true},
    Label{"2.5.4.20", "Phone", true},
    Label{"2.5.4.42", "G", true},
    Label{"2.5.4.43", "I", true},
    Label{"1.2.840.113549.1.9.1", "E", true},
    Label{"0.9.2342.19200300.100.1.25", "DC", true},
    Label{"1.3.6.1.4.1.311.60.2.1.1", "jurisdictionL", false},
    Label{"1.3.6.1.4.1.311.60.2.1.2", "jurisdictionS", false},
    Label{"1.3.6.1.4.1.311.60.2.1.3", "jurisdictionC", false},
};

const Label* FindLabel(std::string_view oid) {
  for (const Label& label : kLabels) {
    if (label.oid == oid) return &label;
  }
  return nullptr;
}

std::string DecodeLatin1(Bytes bytes) {
  std::string text;
  for (const uint8_t byte : bytes) AppendUtf8(text, byte);
  return text;
}

// BMPString and UniversalString: big-endian units of `unit_size` bytes.
std::string DecodeWide(Bytes bytes, size_t unit_size) {
  std::string text;
  size_t position = 0;
  const auto next_unit = [&] {
    char32_t unit = 0;
    for (size_t i = 0; i < unit_size; ++i) unit = unit << 8 | bytes[position++];
    return unit;
  };
  while (bytes.size() - position >= unit_size) {
    char32_t point = next_unit();
    if (unit_size == 2 && point >= 0xD800 && point < 0xDC00 && bytes.size() - position >= 2) {
      const size_t before = position;
      const char32_t low = next_unit();
      if (low >= 0xDC00 && low < 0xE000) {
        point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
      } else {
        position = before;
      }
    }
    const bool is_surrogate = point >= 0xD800 && point < 0xE000;
    AppendUtf8(text, point > 0x10FFFF || is_surrogate ? kReplacement : point);
  }
  return text;
}

std::string DecodeUtf8(Bytes bytes) {
  const std::string_view text = AsText(bytes);
  if (IsValidUtf8(text)) return std::string(text);
  std::string decoded;
  for (const uint8_t byte : bytes) AppendUtf8(decoded, byte < 0x80 ? byte : kReplacement);
  return decoded;
}

std::string Decode(const ASN1_STRING* value) {
  const Bytes bytes = AsBytes(value);
  switch (ASN1_STRING_type(value)) {
    case V_ASN1_BMPSTRING:
      return DecodeWide(bytes, 2);
    case V_ASN1_UNIVERSALSTRING:
      return DecodeWide(bytes, 4);
    case V_ASN1_UTF8STRING:
      return DecodeUtf8(bytes);
    default:
      return DecodeLatin1(bytes);
  }
}

struct Attribute {
  std::string oid;
  std::string value;
  int set = 0;  // attributes of one multi-valued RDN share it
};

std::vector<Attribute> Attributes(const X509_NAME* name) {
  std::vector<Attribute> attributes;
  for (int i = 0; i < X509_NAME_entry_count(name); ++i) {
    const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, i);
    attributes.push_back({OidText(X509_NAME_ENTRY_get_object(entry)),
                          Decode(X509_NAME_ENTRY_get_data(entry)), X509_NAME_ENTRY_set(entry)});
  }
  return attributes;
}

std::optional<std::string> FirstValue(const std::vector<Attribute>& attributes,
                                      std::string_view oid) {
  for (const Attribute& attribute : attributes) {
    if (attribute.oid == oid && !attribute.value.empty()) return attribute.value;
  }
  return std::nullopt;
}

// As CertNameToStr quotes a value.
std::string Quoted(const std::string& value) {
  const bool has_edge_space =
      !value.empty() && (value.front() == ' ' || value.back() == ' ' || value.front() == '#');
  if (!value.empty() && !has_edge_space &&
      value.find_first_of(",+=\"\r\n<>;#") == std::string::npos) {
    return value;
  }
  std::string quoted = "\"";
  for (const char c : value) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

// CERT_X500_NAME_STR with CERT_NAME_STR_REVERSE_FLAG: the relative names in reverse, the attributes
// of one of them in their own order.
std::string ReversedX500Name(const std::vector<Attribute>& attributes) {
  std::string text;
  size_t end = attributes.size();
  while (end > 0) {
    size_t begin = end - 1;
    while (begin > 0 && attributes[begin - 1].set == attributes[end - 1].set) --begin;
    for (size_t i = begin; i < end; ++i) {
      const Label* label = FindLabel(attributes[i].oid);
      if (i > begin) text += " + ";
      if (i == begin && !text.empty()) text += ", ";
      text += label != nullptr && label->windows_knows_it ? std::string(label->text)
                                                          : "OID." + attributes[i].oid;
      text += '=' + Quoted(attributes[i].value);
    }
    end = begin;
  }
  return text;
}

}  // namespace

std::string DisplayName(const X509_NAME* name) {
  std::string text;
  for (const Attribute& attribute : Attributes(name)) {
    const Label* label = FindLabel(attribute.oid);
    if (!text.empty()) text += ", ";
    text += label != nullptr ? std::string(label->text) : attribute.oid;
    text += '=' + attribute.value;
  }
  return text;
}

std::string X500Name(const X509_NAME* name) { return ReversedX500Name(Attributes(name)); }

std::string PublisherName(const X509_NAME* name) {
  const auto attributes = Attributes(name);
  std::string text;
  size_t places = 0;
  const auto add = [&](std::string_view oid) {
    const auto value = FirstValue(attributes, oid);
    if (!value) return false;
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", FindLabel(oid)->text, *value);
    return true;
  };
  const bool has_organization = add("2.5.4.10");
  for (const std::string_view place : {"2.5.4.7", "2.5.4.8", "2.5.4.6"}) places += add(place);
  if (has_organization && places > 0) return UpperCase(text);
  return UpperCase(ReversedX500Name(attributes));
}

}  // namespace portcullis::authenticode
