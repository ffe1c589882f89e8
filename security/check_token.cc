// SPDX-License-Identifier: Apache-2.0
#include "security/check_token.h"

#include <algorithm>
#include <span>

namespace portcullis {
namespace {

bool IsIn(std::span<const TokenGroup> groups, const Sid& sid, AceEffect effect) {
  return std::ranges::any_of(groups, [&](const TokenGroup& group) {
    return group.sid == sid && (group.use == GroupUse::kEnabled || effect == AceEffect::kDeny);
  });
}

}  // namespace

bool HasSid(const AccessToken& token, const Sid& sid, AceEffect effect) {
  return token.user == sid || IsIn(token.groups, sid, effect);
}

bool HasDeviceSid(const CheckToken& token, const Sid& sid, AceEffect effect) {
  return IsIn(token.device_groups, sid, effect);
}

}  // namespace portcullis
