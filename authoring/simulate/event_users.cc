// SPDX-License-Identifier: Apache-2.0
#include "authoring/simulate/event_users.h"

#include <algorithm>

namespace portcullis::simulation {
namespace {

namespace sids = well_known_sids;

std::string NameOf(const eventlog::EventProcess& process) {
  if (!process.user.empty()) return process.user;
  return process.user_sid ? process.user_sid->ToString() : "Everyone";
}

}  // namespace

bool EventUsers::IsWanted(const eventlog::EventProcess& process) const {
  if (wanted_.empty()) return true;
  const std::string sid = process.user_sid ? process.user_sid->ToString() : std::string();
  return std::ranges::any_of(wanted_, [&](const std::string& wanted) {
    return !wanted.empty() && (wanted == process.user || wanted == sid);
  });
}

AccessToken EventUsers::TokenOf(const eventlog::EventProcess& process) const {
  AccessToken token;
  token.user = sids::kEveryone;
  if (!process.user_sid) return token;
  if (!process.user.empty()) {
    const auto account = accounts_.FindAccount(process.user);
    if (account) token = TokenForAccount(*account, accounts_, config_);
    if (account && token.user == *process.user_sid) return token;
  }
  token = {};
  token.user = *process.user_sid;
  token.groups = {{sids::kEveryone}, {sids::kAuthenticatedUsers}};
  return token;
}

const User* EventUsers::Find(const eventlog::EventProcess& process) {
  if (!IsWanted(process)) return nullptr;
  const std::string name = NameOf(process);
  const std::string key = name + (process.user_sid ? process.user_sid->ToString() : std::string()) +
                          (process.is_service ? "s" : "");
  const auto known = known_.find(key);
  if (known != known_.end()) return &known->second;
  if (known_.size() == kMaxEventUsers) known_.clear();
  User user{name, TokenOf(process)};
  user.token.is_service = process.is_service;
  return &known_.emplace(key, std::move(user)).first->second;
}

}  // namespace portcullis::simulation
