// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/reference_text.h"

#include <optional>
#include <vector>

#include "base/utf.h"

namespace portcullis::reference {
namespace {

constexpr char32_t kNotInRules = 0x110000;  // and up: what only wildcards match
constexpr auto kRawByteMark = uint8_t{0xFE};
constexpr auto kBackslashInName = uint8_t{0xFF};

uint8_t ByteAt(std::string_view text, size_t i) { return static_cast<uint8_t>(text[i]); }

// The number that a lead byte and its continuation bytes stand for, however many there are.
char32_t Decode(std::string_view text, size_t length) {
  static constexpr uint8_t kLeadBits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
  char32_t number = ByteAt(text, 0) & kLeadBits[length];
  for (size_t i = 1; i < length; ++i) number = number << 6 | (ByteAt(text, i) & 0x3FU);
  return number;
}

size_t LengthByLead(uint8_t lead) {
  if (lead < 0xC0) return 1;
  return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

// Text of a rule: UTF-8, where a byte that is not is a unit of its own.
std::u32string UnitsOfRule(std::string_view text) {
  std::u32string units;
  while (!text.empty()) {
    const size_t length = LengthByLead(ByteAt(text, 0));
    if (!IsValidUtf8(text.substr(0, length))) {
      units.push_back(kNotInRules + ByteAt(text, 0));
      text.remove_prefix(1);
      continue;
    }
    const char32_t code_point = Decode(text, length);
    if (code_point > 0xFFFF) {
      units.push_back(0xD800 + ((code_point - 0x10000) >> 10));
      units.push_back(0xDC00 + ((code_point - 0x10000) & 0x3FF));
    } else {
      units.push_back(code_point);
    }
    text.remove_prefix(length);
  }
  return units;
}

// Text of a file, in the alphabet of policy/path_text.h.
std::u32string UnitsOfFile(std::string_view text) {
  std::u32string units;
  for (size_t i = 0; i < text.size();) {
    const uint8_t lead = ByteAt(text, i);
    if (lead == kBackslashInName) {
      units.push_back(kNotInRules + 0x1000);
      i += 1;
    } else if (lead == kRawByteMark && i + 2 < text.size()) {
      units.push_back(kNotInRules + (ByteAt(text, i + 1) & 0x0FU) * 16 +
                      (ByteAt(text, i + 2) & 0x0FU));
      i += 3;
    } else {
      const size_t length = LengthByLead(lead);
      units.push_back(Decode(text.substr(i, length), std::min(length, text.size() - i)));
      i += length;
    }
  }
  return units;
}

void ToUpper(std::u32string& units) {
  for (char32_t& unit : units) {
    if (unit <= 0xFFFF) unit = UpperCase(static_cast<char16_t>(unit));
  }
}

bool IsAsciiWordUnit(char32_t unit) {
  return (unit >= U'a' && unit <= U'z') || (unit >= U'A' && unit <= U'Z') ||
         (unit >= U'0' && unit <= U'9') || unit == U'_';
}

// A macro or a drive in front never counts in case.
void ToUpperFront(std::u32string& units) {
  size_t end = 0;
  if (units.size() >= 2 && units[1] == U':') {
    end = 1;
  } else if (!units.empty() && units[0] == U'%') {
    size_t i = 1;
    while (i < units.size() && IsAsciiWordUnit(units[i])) ++i;
    if (i < units.size() && units[i] == U'%' && i > 1) end = i;
  }
  for (size_t i = 0; i < end; ++i) {
    if (units[i] >= U'a' && units[i] <= U'z') units[i] -= U'a' - U'A';
  }
}

bool Contains(std::u32string_view text, std::u32string_view part) {
  return text.find(part) != std::u32string_view::npos;
}

}  // namespace

bool MatchesWildcards(std::u32string_view pattern, std::u32string_view text,
                      bool question_mark_is_wildcard) {
  // reachable[j]: the pattern read so far matches the first j units.
  std::vector<bool> reachable(text.size() + 1, false);
  reachable[0] = true;
  for (const char32_t p : pattern) {
    std::vector<bool> next(text.size() + 1, false);
    for (size_t j = 0; j <= text.size(); ++j) {
      if (p == U'*') {
        next[j] = reachable[j] || (j > 0 && next[j - 1]);
      } else if (j > 0 && reachable[j - 1]) {
        next[j] = text[j - 1] == p || (p == U'?' && question_mark_is_wildcard);
      }
    }
    reachable = std::move(next);
  }
  return reachable[text.size()];
}

bool LiteralFieldMatches(std::string_view rule_text, std::string_view file_text) {
  if (rule_text == "*") return true;
  std::u32string rule = UnitsOfRule(rule_text);
  std::u32string file = UnitsOfFile(file_text);
  ToUpper(rule);
  ToUpper(file);
  return rule == file;
}

bool BinaryNameMatches(std::string_view rule_text, std::string_view file_text,
                       const MatchingSettings& settings) {
  if (rule_text == "*") return true;
  if (rule_text == "?" && settings.lone_question_mark_is_any_name) return true;
  std::u32string rule = UnitsOfRule(rule_text);
  std::u32string file = UnitsOfFile(file_text);
  ToUpper(rule);
  ToUpper(file);
  const bool has_wildcards = Contains(rule, U"*") || Contains(rule, U"?");
  if (!has_wildcards && settings.binary_name_is_substring && !rule.empty()) {
    return Contains(file, rule);
  }
  return MatchesWildcards(rule, file, /*question_mark_is_wildcard=*/true);
}

bool PathMatches(std::string_view rule_text, const PathAttribute& path, bool case_sensitive,
                 const MatchingSettings& settings) {
  std::u32string rule = UnitsOfRule(rule_text);
  std::u32string file = UnitsOfFile(path.exact);
  if (path.is_host_path) {
    for (char32_t& unit : rule) {
      if (unit == U'/') unit = U'\\';
    }
  }
  ToUpperFront(rule);
  ToUpperFront(file);
  if (!case_sensitive) {
    ToUpper(rule);
    ToUpper(file);
  }
  return MatchesWildcards(rule, file, settings.question_mark_is_wildcard);
}

}  // namespace portcullis::reference
