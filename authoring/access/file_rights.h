// SPDX-License-Identifier: Apache-2.0
// Whether somebody may write one file or folder, by its owner, mode and ACL.
//
// Shape:   the rights as they stand in an inode; the answer is half a sentence that says why.
// Errors:  none: what could not be found out is `doubt`, and lets everybody write.
// Threads: pure functions.
// Source:  acl(5) "Access check algorithm"; docs/authoring.md "Who may write".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "authoring/write_access.h"
#include "host/posix_acl.h"

namespace portcullis {

struct FileRights {
  uint32_t owner = 0;
  uint32_t group = 0;
  uint32_t mode = 0;          // the twelve bits of chmod
  std::vector<AclEntry> acl;  // empty: the mode says all
  std::string doubt;          // half a sentence: why nothing is sure about it; empty: it is

  bool is_sticky() const { return (mode & 01000U) != 0; }
};

// Whether it is one of the writers', who may then give themselves every right.
bool IsOwnedBy(const FileRights& rights, const Writers& writers);

// Absent: none of the writers may write it. Of a folder: may not create, rename or remove in it.
std::optional<std::string> WhyMayWrite(const FileRights& rights, const Writers& writers);

}  // namespace portcullis
