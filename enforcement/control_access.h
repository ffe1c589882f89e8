// SPDX-License-Identifier: Apache-2.0
// Who may ask what over the control socket, and how many of each may be there.
//
// Shape:   root may ask everything; members of `control-group` how the service is; nobody else
//          anything. Clients are places: a user has kMaxClientsOfUser, all others but root
//          kMaxClientsButRoot together, and everybody kMaxClients.
// Threads: pure functions.
// Source:  docs/control.md "Who may ask".
#pragma once

#include <sys/types.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include "api/control_message.h"

namespace portcullis::enforcement {

inline constexpr size_t kMaxClients = 40;
inline constexpr size_t kMaxClientsButRoot = 24;
inline constexpr size_t kMaxClientsOfUser = 8;

// As the kernel tells of the other end of a socket.
struct ControlPeer {
  uid_t uid = static_cast<uid_t>(-1);
  gid_t gid = static_cast<gid_t>(-1);
  std::vector<gid_t> groups;
};

inline bool MayAsk(const ControlPeer& peer, api::ControlRequest request,
                   std::optional<gid_t> control_group) {
  if (peer.uid == 0) return true;
  if (request != api::ControlRequest::kStatus || !control_group) return false;
  return peer.gid == *control_group ||
         std::ranges::find(peer.groups, *control_group) != peer.groups.end();
}

// Whether anything may be asked.
inline bool MayAskAnything(const ControlPeer& peer, std::optional<gid_t> control_group) {
  return MayAsk(peer, api::ControlRequest::kStatus, control_group);
}

}  // namespace portcullis::enforcement
