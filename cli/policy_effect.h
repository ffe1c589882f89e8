// SPDX-License-Identifier: Apache-2.0
// The files whose verdict another policy changes, for `policy diff --on`.
//
// Shape:   of each fact and user one line where one policy allows and the other denies, with the
//          rule or the reason on either side.
// Errors:  printed; the status says: 1 a verdict changes, 3 it could not be done.
// Source:  docs/cli-json.md "policy diff".
#pragma once

#include <vector>

#include "cli/io.h"
#include "cli/options.h"
#include "policy/policy_set.h"

namespace portcullis::cli {

// `policies` are two: before and after.
ExitStatus PrintChangedVerdicts(const std::vector<NamedPolicy>& policies, const Options& options,
                                Io& io);

}  // namespace portcullis::cli
