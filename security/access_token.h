// SPDX-License-Identifier: Apache-2.0
// Who asks: the user and the groups of the thread that wants to run a file.
//
// Shape:   a user SID and groups, each enabled or deny-only, as an access check sees them.
//          `exe_groups`, where it is set, replaces `groups` for the Exe collection: the view of the
//          linked token of an administrator who is not elevated.
// Errors:  none; a token is built by its caller from facts it already holds.
// Threads: a value; immutable once it is part of a Request.
// Source:  MS-DTYP 2.5.3.2; a deny-only group matches deny rules alone.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "security/sid.h"

namespace portcullis {

enum class GroupUse : uint8_t { kEnabled, kDenyOnly };

struct TokenGroup {
  Sid sid;
  GroupUse use = GroupUse::kEnabled;

  friend bool operator==(const TokenGroup&, const TokenGroup&) = default;
};

// Which groups a collection's rules are matched against.
enum class TokenView : uint8_t { kAsIs, kExe };

struct AccessToken {
  Sid user;
  std::vector<TokenGroup> groups;
  std::optional<std::vector<TokenGroup>> exe_groups;
  // A service process, which collections leave alone unless their Services extension says
  // otherwise.
  bool is_service = false;

  std::span<const TokenGroup> Groups(TokenView view) const {
    return view == TokenView::kExe && exe_groups ? *exe_groups : groups;
  }

  friend bool operator==(const AccessToken&, const AccessToken&) = default;
};

// Question 9 of the open ones (docs/semantics.md): what makes a token that of a service.
enum class ServiceTokens : uint8_t {
  kSystemAccountsAndServiceGroup,  // LocalSystem, LocalService, NetworkService, or the group
  kServiceGroupAlone,              // an enabled SERVICE group
};
bool LooksLikeService(const AccessToken& token,
                      ServiceTokens meaning = ServiceTokens::kSystemAccountsAndServiceGroup);

}  // namespace portcullis
