// SPDX-License-Identifier: Apache-2.0
// Whom a recorded event is judged for: the account that it was recorded of.
//
// Shape:   an account that this host knows, by name and SID, has its groups; another one has the
//          SID that was recorded, Everyone and Authenticated Users; one that was not recorded is
//          Everyone alone. Where users are asked for, events of others have nobody.
// Limits:  kMaxEventUsers accounts are remembered; then all are looked up anew.
// Lifetime: borrows configuration and accounts. A user lives until the next call.
// Threads: for one thread at a time.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "authoring/simulate/setup.h"
#include "eventlog/event.h"
#include "host/accounts.h"
#include "host/host_config.h"

namespace portcullis::simulation {

inline constexpr size_t kMaxEventUsers = 4096;

class EventUsers {
 public:
  // `wanted`: SIDs or names; empty: everybody.
  EventUsers(std::vector<std::string> wanted, const AccountDirectory& accounts,
             const HostConfig& config)
      : wanted_(std::move(wanted)), accounts_(accounts), config_(config) {}

  const User* Find(const eventlog::EventProcess& process);

 private:
  bool IsWanted(const eventlog::EventProcess& process) const;
  AccessToken TokenOf(const eventlog::EventProcess& process) const;

  const std::vector<std::string> wanted_;
  const AccountDirectory& accounts_;
  const HostConfig& config_;
  std::map<std::string, User> known_;
};

}  // namespace portcullis::simulation
