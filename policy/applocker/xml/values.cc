// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/xml/values.h"

#include <algorithm>
#include <charconv>

#include "base/utf.h"

namespace portcullis::applocker {
namespace {

constexpr std::string_view kWhiteSpace = " \t\r\n";
constexpr size_t kMinSidLength = 7;
constexpr size_t kMaxDigitsInVersionPart = 5;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::optional<unsigned> HexValue(char c) {
  if (IsDigit(c)) return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

std::string_view WithoutSign(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  return text;
}

std::string_view WithoutLeadingZeros(std::string_view digits) {
  return digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
}

bool AreDigits(std::string_view text) { return std::ranges::all_of(text, IsDigit); }

// The remaining `parts` of a version. An any-character separator makes this ambiguous, so it tries.
bool MatchesVersionParts(std::string_view text, int parts) {
  for (size_t digits = 1; digits <= kMaxDigitsInVersionPart && digits <= text.size(); ++digits) {
    if (!IsDigit(text[digits - 1])) return false;
    const std::string_view rest = text.substr(digits);
    if (parts == 1 || rest.empty()) {
      if (parts == 1 && rest.empty()) return true;
      continue;
    }
    const auto separator = FirstCodePoint(rest);
    if (!separator || separator->value == '\n' || separator->value == '\r') continue;
    if (MatchesVersionParts(rest.substr(separator->length), parts - 1)) return true;
  }
  return false;
}

}  // namespace

std::string_view TrimWhiteSpace(std::string_view text) {
  const size_t first = text.find_first_not_of(kWhiteSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kWhiteSpace) - first + 1);
}

bool IsWhiteSpace(std::string_view text) {
  return text.find_first_not_of(kWhiteSpace) == std::string_view::npos;
}

size_t CountCodePoints(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }));
}

size_t CountUtf16Units(std::string_view text) {
  const auto four_byte_leads =
      std::ranges::count_if(text, [](char c) { return static_cast<uint8_t>(c) >= 0xF0; });
  return CountCodePoints(text) + static_cast<size_t>(four_byte_leads);
}

bool IsDecimal(std::string_view text) {
  text = WithoutSign(text);
  const size_t dot = text.find('.');
  const std::string_view whole = text.substr(0, dot);
  const std::string_view part =
      dot == std::string_view::npos ? std::string_view() : text.substr(dot + 1);
  if (whole.empty() && part.empty()) return false;
  return AreDigits(whole) && AreDigits(part) &&
         WithoutLeadingZeros(whole).size() + part.size() <= kMaxDigits;
}

bool IsInteger(std::string_view text) {
  text = WithoutSign(text);
  return !text.empty() && AreDigits(text) && WithoutLeadingZeros(text).size() <= kMaxDigits;
}

bool IsDecimalOne(std::string_view text) {
  if (!IsDecimal(text) || text.starts_with('-')) return false;
  text = WithoutSign(text);
  const size_t dot = std::min(text.find('.'), text.size());
  return WithoutLeadingZeros(text.substr(0, dot)) == "1" &&
         text.find_first_not_of('0', std::min(dot + 1, text.size())) == std::string_view::npos;
}

std::optional<uint32_t> ParseUnsignedInt(std::string_view text) {
  if (text.empty() || !AreDigits(text)) return std::nullopt;
  uint32_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

bool MatchesSidType(std::string_view text) {
  if (text.size() < kMinSidLength || !text.starts_with("S-1-")) return false;
  text.remove_prefix(3);
  bool is_after_hyphen = false;
  for (const char c : text) {
    const bool is_hyphen = c == '-';
    if (is_hyphen ? is_after_hyphen : !HexValue(c)) return false;
    is_after_hyphen = is_hyphen;
  }
  return !is_after_hyphen;
}

bool IsAppidTypeList(std::string_view text) {
  while (true) {
    text = TrimWhiteSpace(text);
    if (text.empty()) return true;
    const std::string_view word = text.substr(0, text.find_first_of(kWhiteSpace));
    if (word != "Hash" && word != "Path" && word != "Publisher") return false;
    text.remove_prefix(word.size());
  }
}

bool MatchesVersionPattern(std::string_view text) { return MatchesVersionParts(text, 4); }

std::optional<HashDigits> ParseHashData(std::string_view text) {
  if (!text.starts_with("0x")) return std::nullopt;
  text.remove_prefix(2);
  if (text.size() != 64 && text.size() != 40) return std::nullopt;
  HashDigits digits{.bytes = {}, .size = text.size() / 2};
  for (size_t i = 0; i < digits.size; ++i) {
    const auto high = HexValue(text[2 * i]);
    const auto low = HexValue(text[2 * i + 1]);
    if (!high || !low) return std::nullopt;
    digits.bytes[i] = static_cast<uint8_t>(*high << 4 | *low);
  }
  return digits;
}

}  // namespace portcullis::applocker
