// SPDX-License-Identifier: Apache-2.0
// The groups that an account of this host stands for: the rows of docs/linux-paths.md.
//
// Shape:   one function, which the token of a name (accounts.h) and that of a thread
//          (thread_token.h) share, so that both are the same.
// Threads: pure.
#pragma once

#include <cstdint>
#include <span>

#include "host/host_config.h"
#include "security/access_token.h"

namespace portcullis {

// `groups` has the primary one too. `is_administrator`: a member of a group that the configuration
// names; root needs none. Whether the token is a service's is left to the caller.
AccessToken TokenFromIds(uint32_t uid, std::span<const uint32_t> groups, bool is_administrator,
                         const HostConfig& config);

}  // namespace portcullis
