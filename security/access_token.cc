// SPDX-License-Identifier: Apache-2.0
#include "security/access_token.h"

#include <algorithm>

namespace portcullis {

bool LooksLikeService(const AccessToken& token) {
  namespace sids = well_known_sids;
  if (token.user == sids::kLocalSystem || token.user == sids::kLocalService ||
      token.user == sids::kNetworkService) {
    return true;
  }
  return std::ranges::find(token.groups, TokenGroup{sids::kService, GroupUse::kEnabled}) !=
         token.groups.end();
}

}  // namespace portcullis
