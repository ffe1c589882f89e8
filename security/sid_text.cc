// SPDX-License-Identifier: Apache-2.0
#include "security/sid_text.h"

#include <fmt/core.h>

#include "base/quote.h"
#include "security/ascii.h"
#include "security/sid_alias.h"

namespace portcullis {
namespace {

// `text` without the spaces in front of its numbers, and its hex sub-authorities in decimal: what
// Sid::Parse reads. Empty where a sub-authority is not a number.
std::string Normalized(std::string_view text) {
  std::string plain;
  for (size_t part = 0; !text.empty(); ++part) {
    const size_t dash = text.find('-');
    const std::string_view number = SkipAsciiSpace(text.substr(0, dash));
    text.remove_prefix(dash == std::string_view::npos ? text.size() : dash + 1);
    if (part > 0) plain += '-';
    const bool is_hex = number.starts_with("0x") || number.starts_with("0X");
    if (part < 3 || !is_hex) {
      plain += number;
      continue;
    }
    uint64_t value = 0;
    if (number.size() == 2 || number.size() > 18) return {};
    for (const char c : number.substr(2)) {
      if (HexDigitValue(c) < 0) return {};
      value = value << 4 | static_cast<uint64_t>(HexDigitValue(c));
    }
    plain += fmt::format("{}", value);
  }
  return plain;
}

}  // namespace

Result<Sid> ParseSidText(std::string_view text, const std::optional<Sid>& domain) {
  text = SkipAsciiSpace(text);
  const bool is_numeric = text.size() > 1 && AsciiUpper(text[0]) == 'S' && text[1] == '-';
  if (is_numeric) {
    // Normalized() drops a hyphen at the end.
    return text.ends_with('-') ? Sid::Parse(text) : Sid::Parse(Normalized(text));
  }
  const std::string_view alias = TrimAsciiSpace(text);
  const auto found = FindSidByAlias(alias, domain);
  if (found) return *found;
  if (found.error() == SidAliasError::kNeedsDomain) {
    return Fail(ErrorCode::kNotFound,
                fmt::format("{} stands for an account of a domain, and no domain's SID is known",
                            Quote(alias)));
  }
  return Fail(ErrorCode::kMalformed,
              fmt::format("{} is neither a SID nor the alias of one", Quote(alias)));
}

std::string FormatSidText(const Sid& sid, const std::optional<Sid>& domain) {
  const std::string_view alias = FindAliasOfSid(sid, domain);
  return alias.empty() ? sid.ToString() : std::string(alias);
}

}  // namespace portcullis
