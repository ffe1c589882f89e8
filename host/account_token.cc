// SPDX-License-Identifier: Apache-2.0
#include "host/account_token.h"

namespace portcullis {

AccessToken TokenFromIds(uint32_t uid, std::span<const uint32_t> groups, bool is_administrator,
                         const HostConfig& config) {
  namespace sids = well_known_sids;
  const bool is_root = uid == 0;
  const bool is_nobody = uid == config.nobody_id;
  AccessToken token;
  token.user = sids::UnixUser(uid);
  token.groups.push_back({sids::kEveryone});
  if (!is_nobody) token.groups.push_back({sids::kAuthenticatedUsers});
  if (is_root || (uid >= config.first_user_id && !is_nobody)) {
    token.groups.push_back({sids::kUsers});
  }
  for (const uint32_t gid : groups) token.groups.push_back({sids::UnixGroup(gid)});
  if (is_root) {
    token.groups.push_back({sids::kAdministrators});
  } else if (!is_nobody && is_administrator) {
    // Not elevated: the membership only denies, but the linked token's view has it enabled.
    if (config.administrators == AdministratorView::kLinked) {
      token.exe_groups = token.groups;
      token.exe_groups->push_back({sids::kAdministrators});
    }
    token.groups.push_back({sids::kAdministrators, GroupUse::kDenyOnly});
  }
  return token;
}

}  // namespace portcullis
