// SPDX-License-Identifier: Apache-2.0
// What the variables and registry values in path rules of Software Restriction Policies stand for
// on this host, and for paths of Windows.
//
// Shape:   the defaults follow from the macro table (%WINDIR% is that of the table); host.conf may
//          name values of its own, which replace the default of that name wholly. A user's folders
//          are those of every user: a host is asked for all of them.
// Threads: pure functions.
// Source:  docs/srp.md "Variables" has the table and its reasons.
#pragma once

#include <string_view>

#include "host/host_config.h"
#include "policy/srp/environment.h"

namespace portcullis {

srp::Environment PathEnvironment(const HostConfig& config);

// Whether host.conf may give it a value: a variable of the table, or a registry value
// (`HKEY_LOCAL_MACHINE\...`). Without percent signs, in any case.
bool IsPathVariable(std::string_view name);

}  // namespace portcullis
