// SPDX-License-Identifier: Apache-2.0
#include "security/access_token.h"

#include <algorithm>

namespace portcullis {

bool LooksLikeService(const AccessToken& token, ServiceTokens meaning) {
  namespace sids = well_known_sids;
  const bool is_system_account = token.user == sids::kLocalSystem ||
                                 token.user == sids::kLocalService ||
                                 token.user == sids::kNetworkService;
  if (is_system_account && meaning == ServiceTokens::kSystemAccountsAndServiceGroup) return true;
  return std::ranges::find(token.groups, TokenGroup{sids::kService, GroupUse::kEnabled}) !=
         token.groups.end();
}

}  // namespace portcullis
