// SPDX-License-Identifier: Apache-2.0
#include "security/access_mask.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "base/quote.h"
#include "security/ascii.h"

namespace portcullis {
namespace {

struct RightName {
  std::string_view name;
  uint32_t mask;
};

// In the order in which Windows prints them.
constexpr auto kBits = std::to_array<RightName>({
    {"CC", 0x1},
    {"DC", 0x2},
    {"LC", 0x4},
    {"SW", 0x8},
    {"RP", 0x10},
    {"WP", 0x20},
    {"DT", 0x40},
    {"LO", 0x80},
    {"CR", 0x100},
    {"SD", 0x1'0000},
    {"RC", 0x2'0000},
    {"WD", 0x4'0000},
    {"WO", 0x8'0000},
    {"GA", 0x1000'0000},
    {"GX", 0x2000'0000},
    {"GW", 0x4000'0000},
    {"GR", 0x8000'0000},
});
// KX is KR under another name, so it is read and never printed.
constexpr auto kWhole = std::to_array<RightName>({
    {"FA", 0x1F'01FF},
    {"FR", 0x12'0089},
    {"FW", 0x12'0116},
    {"FX", 0x12'00A0},
    {"KA", 0xF'003F},
    {"KR", 0x2'0019},
    {"KW", 0x2'0006},
    {"KX", 0x2'0019},
});
constexpr auto kLabelBits = std::to_array<RightName>({{"NW", 0x1}, {"NR", 0x2}, {"NX", 0x4}});

const RightName* FindName(std::string_view name) {
  for (const auto table : {std::span<const RightName>(kBits), std::span<const RightName>(kWhole),
                           std::span<const RightName>(kLabelBits)}) {
    const auto found = std::ranges::find_if(
        table, [&](const RightName& right) { return EqualsIgnoringCase(right.name, name); });
    if (found != table.end()) return &*found;
  }
  return nullptr;
}

Result<uint32_t> ParseNumber(std::string_view text) {
  int base = 10;
  std::string_view digits = text;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    digits.remove_prefix(2);
  } else if (text.size() > 1 && text.front() == '0') {
    base = 8;
  }
  uint32_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value, base);
  if (error == std::errc::result_out_of_range) {
    return Fail(ErrorCode::kMalformed,
                fmt::format("access rights {} are more than 32 bits", Quote(text)));
  }
  if (digits.empty() || error != std::errc() || stop != end) {
    return Fail(ErrorCode::kMalformed,
                fmt::format("access rights {} are not a number", Quote(text)));
  }
  return value;
}

// The names of all bits of `mask`, or nothing where one has none.
std::string NamesOfBits(uint32_t mask, std::span<const RightName> table) {
  std::string names;
  for (const RightName& right : table) {
    if ((mask & right.mask) == 0) continue;
    names += right.name;
    mask &= ~right.mask;
  }
  return mask == 0 ? names : std::string();
}

}  // namespace

Result<uint32_t> ParseAccessMask(std::string_view text) {
  text = SkipAsciiSpace(text);
  if (!text.empty() && IsAsciiDigit(text.front())) return ParseNumber(text);
  uint32_t mask = 0;
  while (!text.empty()) {
    const RightName* const right = FindName(text.substr(0, 2));
    if (right == nullptr) {
      return Fail(ErrorCode::kMalformed,
                  fmt::format("{} does not begin with the name of an access right", Quote(text)));
    }
    mask |= right->mask;
    text.remove_prefix(2);
    const std::string_view rest = SkipAsciiSpace(text);
    if (rest.empty() && !text.empty()) {
      return Fail(ErrorCode::kMalformed, "a space after the access rights");
    }
    text = rest;
  }
  return mask;
}

std::string FormatAccessMask(uint32_t mask, RightsOf what) {
  if (mask == 0) return {};
  if (what == RightsOf::kMandatoryLabel) {
    if (std::string names = NamesOfBits(mask, kLabelBits); !names.empty()) return names;
  }
  const auto* const whole = std::ranges::find(kWhole, mask, &RightName::mask);
  if (whole != kWhole.end()) return std::string(whole->name);
  std::string names = NamesOfBits(mask, kBits);
  return names.empty() ? fmt::format("0x{:x}", mask) : names;
}

}  // namespace portcullis
