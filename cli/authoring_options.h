// SPDX-License-Identifier: Apache-2.0
// What the command line said to the commands that write and compare policies, as text.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace portcullis::cli {

// One structure a command; `Options` in cli/options.h holds this.
struct AuthoringOptions {};

}  // namespace portcullis::cli
