// SPDX-License-Identifier: Apache-2.0
// Who asks, as an access check with conditions sees them: an AccessToken and what is claimed.
//
// Shape:   the user and groups; the groups of the device; claims of the user, of the device, and
//          local ones, which the caller states of the file (AppLocker's APPID://PATH is one). A
//          claim whose values repeat is no claim: it is as if it were not there.
//          With `restricted_sids` the descriptor must grant to them alone too.
// Threads: a value.
// Source:  MS-DTYP 2.5.2.
#pragma once

#include <optional>
#include <vector>

#include "security/access_token.h"
#include "security/resource_attribute.h"

namespace portcullis {

using Claim = ResourceAttribute;

struct CheckToken {
  AccessToken subject;
  std::vector<TokenGroup> device_groups;
  std::vector<Claim> user_claims;
  std::vector<Claim> device_claims;
  std::vector<Claim> local_claims;
  std::optional<std::vector<Sid>> restricted_sids;

  friend bool operator==(const CheckToken&, const CheckToken&) = default;
};

// Whom an ACE means: a deny-only group counts for denials alone.
enum class AceEffect : uint8_t { kAllow, kDeny };

bool HasSid(const AccessToken& token, const Sid& sid, AceEffect effect);
bool HasDeviceSid(const CheckToken& token, const Sid& sid, AceEffect effect);

}  // namespace portcullis
