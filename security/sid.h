// SPDX-License-Identifier: Apache-2.0
// A security identifier: who a rule or a token is about.
//
// Shape:   revision 1, a 48-bit identifier authority, 0 to 15 sub-authorities of 32 bits.
//          In bytes: revision, count, the authority in six bytes most significant first, the
//          sub-authorities little-endian.
// Limits:  kMaxSubAuthorities.
// Errors:  Parse refuses what is not `S-1-<authority>[-<sub-authority>]...` in decimal (an
//          authority may be in hex; one of 2^32 and more is printed so, as Windows prints it).
//          Read refuses a revision other than 1 and more sub-authorities than kMaxSubAuthorities.
// Threads: a value.
// Source:  MS-DTYP 2.4.2, 2.4.2.1 and 2.4.2.2.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace portcullis {

class Sid {
 public:
  static constexpr size_t kMaxSubAuthorities = 15;
  static constexpr size_t kMaxBinarySize = 8 + 4 * kMaxSubAuthorities;

  // S-1-0-0, "Nobody".
  constexpr Sid() : authority_(0), count_(1) {}
  // At most kMaxSubAuthorities; more is a mistake of the caller and is cut.
  constexpr Sid(uint64_t authority, std::initializer_list<uint32_t> sub_authorities)
      : authority_(authority & 0xFFFF'FFFF'FFFF) {
    for (const uint32_t sub : sub_authorities) {
      if (count_ < kMaxSubAuthorities) sub_authorities_[count_++] = sub;
    }
  }
  static Result<Sid> Parse(std::string_view text);
  static Result<Sid> Read(ByteReader& reader);
  // This SID with one more sub-authority, as a domain's SID makes the SID of an account of it.
  // kLimitExceeded where there are kMaxSubAuthorities already.
  Result<Sid> Child(uint32_t sub_authority) const;

  uint64_t authority() const { return authority_; }
  std::span<const uint32_t> sub_authorities() const { return {sub_authorities_.data(), count_}; }
  std::string ToString() const;
  size_t BinarySize() const { return 8 + 4 * size_t{count_}; }
  void AppendBinary(std::string& bytes) const;

  friend bool operator==(const Sid&, const Sid&) = default;
  friend std::strong_ordering operator<=>(const Sid&, const Sid&) = default;

 private:
  uint64_t authority_ = 0;
  std::array<uint32_t, kMaxSubAuthorities> sub_authorities_ = {};
  uint8_t count_ = 0;
};

namespace well_known_sids {
inline constexpr Sid kEveryone{1, {0}};
inline constexpr Sid kAuthenticatedUsers{5, {11}};
inline constexpr Sid kService{5, {6}};
inline constexpr Sid kLocalSystem{5, {18}};
inline constexpr Sid kLocalService{5, {19}};
inline constexpr Sid kNetworkService{5, {20}};
inline constexpr Sid kAdministrators{5, {32, 544}};
inline constexpr Sid kUsers{5, {32, 545}};
// Samba's convention for accounts of Unix: S-1-22-1-<uid>, S-1-22-2-<gid>.
constexpr Sid UnixUser(uint32_t uid) { return Sid{22, {1, uid}}; }
constexpr Sid UnixGroup(uint32_t gid) { return Sid{22, {2, gid}}; }
}  // namespace well_known_sids

}  // namespace portcullis

template <>
struct std::hash<portcullis::Sid> {
  size_t operator()(const portcullis::Sid& sid) const noexcept;
};
