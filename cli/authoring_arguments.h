// SPDX-License-Identifier: Apache-2.0
// The options of the commands that write and compare policies, for cli/arguments.cc alone.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cli/options.h"

namespace portcullis::cli {

// Adds those of the command `name`; false where it is none of these commands.
bool AddAuthoringOptions(CLI::App& app, const std::string& name, Options& options);

}  // namespace portcullis::cli
