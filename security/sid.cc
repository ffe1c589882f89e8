// SPDX-License-Identifier: Apache-2.0
#include "security/sid.h"

#include <fmt/core.h>

#include <charconv>
#include <optional>

#include "base/little_endian.h"

namespace portcullis {
namespace {

constexpr uint64_t kMaxAuthority = 0xFFFF'FFFF'FFFF;
constexpr uint64_t kMaxDecimalAuthority = 0xFFFF'FFFF;

Unexpected Refuse(std::string_view what) {
  return Fail(ErrorCode::kMalformed,
              fmt::format("SID: {}; a SID is S-1-<authority>-<number>...", what));
}

template <typename T>
std::optional<T> ParseNumber(std::string_view text, int base) {
  T value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, base);
  if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::optional<uint64_t> ParseAuthority(std::string_view text) {
  const bool is_hex = text.starts_with("0x") || text.starts_with("0X");
  const auto value =
      is_hex ? ParseNumber<uint64_t>(text.substr(2), 16) : ParseNumber<uint64_t>(text, 10);
  if (!value || *value > kMaxAuthority) return std::nullopt;
  return value;
}

// Takes the text up to the next '-' off the front of `text`, and the '-'.
std::string_view NextPart(std::string_view& text) {
  const size_t dash = text.find('-');
  const std::string_view part = text.substr(0, dash);
  text.remove_prefix(dash == std::string_view::npos ? text.size() : dash + 1);
  return part;
}

}  // namespace

Result<Sid> Sid::Parse(std::string_view text) {
  if (!text.starts_with("S-1-") && !text.starts_with("s-1-")) return Refuse("no S-1- in front");
  if (text.ends_with('-')) return Refuse("ends in a hyphen");
  text.remove_prefix(4);
  const auto authority = ParseAuthority(NextPart(text));
  if (!authority) return Refuse("the authority is not a number of 48 bits");
  Sid sid(*authority, {});
  while (!text.empty()) {
    if (sid.count_ == kMaxSubAuthorities) {
      return Fail(ErrorCode::kLimitExceeded,
                  fmt::format("SID: more than {} sub-authorities", kMaxSubAuthorities));
    }
    const auto sub = ParseNumber<uint32_t>(NextPart(text), 10);
    if (!sub) return Refuse("a sub-authority is not a number of 32 bits");
    sid.sub_authorities_[sid.count_++] = *sub;
  }
  return sid;
}

Result<Sid> Sid::Read(ByteReader& reader) {
  struct Head {
    uint8_t revision;
    uint8_t count;
    std::array<uint8_t, 6> authority;
  };
  const uint64_t offset = reader.offset();
  const auto head = TRY(reader.Read<Head>());
  if (head.revision != 1) {
    return Fail(ErrorCode::kMalformed,
                fmt::format("SID at offset {}: revision {}, not 1", offset, head.revision));
  }
  if (head.count > kMaxSubAuthorities) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("SID at offset {}: {} sub-authorities, allowed are {}", offset,
                            head.count, kMaxSubAuthorities));
  }
  Sid sid(0, {});
  for (const uint8_t byte : head.authority) sid.authority_ = (sid.authority_ << 8) | byte;
  for (; sid.count_ < head.count; ++sid.count_) {
    sid.sub_authorities_[sid.count_] = TRY(reader.Read<le32>());
  }
  return sid;
}

Result<Sid> Sid::Child(uint32_t sub_authority) const {
  if (count_ == kMaxSubAuthorities) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("SID: more than {} sub-authorities", kMaxSubAuthorities));
  }
  Sid child = *this;
  child.sub_authorities_[child.count_++] = sub_authority;
  return child;
}

void Sid::AppendBinary(std::string& bytes) const {
  bytes.push_back(1);
  bytes.push_back(static_cast<char>(count_));
  for (int shift = 40; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<char>(authority_ >> shift));
  }
  for (const uint32_t sub : sub_authorities()) AppendLe32(bytes, sub);
}

std::string Sid::ToString() const {
  std::string text = authority_ > kMaxDecimalAuthority ? fmt::format("S-1-0x{:X}", authority_)
                                                       : fmt::format("S-1-{}", authority_);
  for (const uint32_t sub : sub_authorities()) text += fmt::format("-{}", sub);
  return text;
}

}  // namespace portcullis

size_t std::hash<portcullis::Sid>::operator()(const portcullis::Sid& sid) const noexcept {
  uint64_t mixed = sid.authority() * 0x9E3779B97F4A7C15ULL;
  for (const uint32_t sub : sid.sub_authorities()) {
    mixed = (mixed ^ sub) * 0x9E3779B97F4A7C15ULL;
    mixed ^= mixed >> 32;
  }
  return static_cast<size_t>(mixed);
}
