// SPDX-License-Identifier: Apache-2.0
// The accounts of this host as the SIDs that rules name.
//
// Shape:   AccountDirectory finds an account; TokenForAccount makes its token by the table of
//          docs/linux-paths.md: its own SID (S-1-22-1-uid), its groups (S-1-22-2-gid), and of
//          Windows' well-known groups those that it stands for.
// Errors:  kNotFound for an account that is not there, kIo where the database can not be asked.
// Threads: SystemAccounts uses the reentrant calls of the C library, but for ListAccounts, which is
//          for one thread at a time.
// Source:  Samba's idmap convention for unix users and groups; MS-DTYP 2.4.2.4.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "host/host_config.h"
#include "security/access_token.h"

namespace portcullis {

struct Account {
  std::string name;
  uint32_t uid = 0;
  std::vector<uint32_t> groups;  // the primary one too
};

class AccountDirectory {
 public:
  virtual ~AccountDirectory() = default;
  virtual Result<Account> FindAccount(const std::string& name) const = 0;
  virtual std::optional<uint32_t> FindGroup(const std::string& name) const = 0;
  // Uid and name of what can be enumerated, at most `limit`; a uid may come more than once.
  virtual std::vector<std::pair<uint32_t, std::string>> ListAccounts(size_t limit) const = 0;
};

// What the C library's name service knows.
class SystemAccounts final : public AccountDirectory {
 public:
  Result<Account> FindAccount(const std::string& name) const override;
  std::optional<uint32_t> FindGroup(const std::string& name) const override;
  std::vector<std::pair<uint32_t, std::string>> ListAccounts(size_t limit) const override;
};

AccessToken TokenForAccount(const Account& account, const AccountDirectory& directory,
                            const HostConfig& config);

}  // namespace portcullis
