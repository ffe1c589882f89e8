// SPDX-License-Identifier: Apache-2.0
// An access control list: entries in the order in which they are asked.
//
// Shape:   a revision, 2, or 4 where an ACE has GUIDs, and ACEs.
// Limits:  kMaxAclSize bytes, kMaxAces entries.
// Errors:  Read refuses another revision, a size past the end or too small for the entries, and
//          bytes behind the last entry that are not zero.
// Threads: a value.
// Source:  MS-DTYP 2.4.5.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "security/ace.h"

namespace portcullis {

inline constexpr size_t kMaxAclSize = 0xFFFC;
inline constexpr size_t kMaxAces = kMaxAclSize / 8;

struct Acl {
  static constexpr uint8_t kRevision = 2;
  static constexpr uint8_t kObjectRevision = 4;

  uint8_t revision = kRevision;
  std::vector<Ace> aces;

  static Result<Acl> Read(ByteReader& reader);
  Result<void> AppendBinary(std::string& bytes) const;

  friend bool operator==(const Acl&, const Acl&) = default;
};

// The revision that these entries need.
uint8_t RevisionFor(const std::vector<Ace>& aces);

}  // namespace portcullis
