// SPDX-License-Identifier: Apache-2.0
// A thread's credentials as the AccessToken that rules are matched against.
//
// Shape:   AccountTable is read ahead of any verdict (it asks the name service); TokenOf is pure.
//          The token is that of the account by host/accounts.h, and besides: the group LocalSystem
//          for root outside a login session, the group SERVICE for a service process. A uid that
//          the table does not know has its own SID and Everyone only; 0 is root without being
//          asked for.
// Limits:  kMaxAccounts entries are read ahead; the others are as good as not known.
// Lifetime: a table is an immutable snapshot; a newer one replaces it whole.
// Threads: Load may block on the name service, and is for one thread at a time (the C library
//          enumerates for all threads at once); TokenOf is reentrant and allocates only the token.
// Source:  docs/linux-paths.md has the table of groups; host/accounts.h makes the token of a name.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "host/accounts.h"
#include "host/host_config.h"
#include "host/thread_credentials.h"
#include "security/access_token.h"

namespace portcullis {

inline constexpr size_t kMaxAccounts = 1 << 20;

// What makes a process one of a service, which collections exempt unless they say otherwise.
enum class ServiceProcess : uint8_t {
  kLoginUid,       // its login uid is unset
  kSystemAccount,  // uid below the first ordinary user's, root outside a login session included
  kNone,           // no process is
};

class AccountTable {
 public:
  AccountTable() = default;
  // Reads the accounts that can be enumerated, and the groups that stand for Administrators.
  static AccountTable Load(const HostConfig& config, const AccountDirectory& directory);

  bool Knows(uint32_t uid) const;
  // Empty where the account is not known.
  std::string NameOf(uint32_t uid) const;
  bool IsAdministratorGroup(uint32_t gid) const;

 private:
  std::unordered_map<uint32_t, std::string> names_;
  std::vector<uint32_t> administrator_groups_;
};

AccessToken TokenOf(const ThreadCredentials& thread, const AccountTable& accounts,
                    const HostConfig& config, ServiceProcess service_process);

}  // namespace portcullis
