// SPDX-License-Identifier: Apache-2.0
// Policies from files, and a verdict by them on an open file, in the calling process.
//
// Errors:  those of what is read, with the file's name.
// Threads: immutable once loaded.
// Source:  docs/safer-api.md "Without the service".
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/ask_protocol.h"
#include "base/result.h"
#include "host/host_config.h"
#include "host/path_spellings.h"
#include "identity/catalog_store.h"
#include "identity/trust_store.h"
#include "policy/policy_set.h"
#include "security/access_token.h"

namespace portcullis::api {

class OfflinePolicy {
 public:
  static Result<OfflinePolicy> Load(const std::vector<std::string>& files);

  // `request.fd` is this process's; the answer's error is one of those of portcullis.h.
  AskAnswer Judge(const AskRequest& request, const AccessToken& token) const;
  // kNotFound: no such account.
  Result<AccessToken> TokenOf(const std::optional<std::string>& user) const;

 private:
  OfflinePolicy(PolicySet policies, HostConfig host)
      : policies_(std::move(policies)), host_(std::move(host)) {}
  std::vector<PathSpelling> SpellingsOf(const AskRequest& request) const;

  PolicySet policies_;
  HostConfig host_;
  TrustStore trust_;
  std::shared_ptr<const CatalogStore> catalogs_;
  std::unique_ptr<const PathSpeller> speller_;
};

}  // namespace portcullis::api
