// SPDX-License-Identifier: Apache-2.0
// Options that several commands have, for cli/arguments.cc and cli/authoring_arguments.cc alone.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli/options.h"

namespace portcullis::cli {

// --format table|json.
void AddFormat(CLI::App& app, Options& options);
// A list option takes one value each time; `--trust a b` would swallow the paths behind it.
CLI::Option* AddRepeatable(CLI::App& app, const char* name, std::vector<std::string>& values,
                           const char* type, const char* text);
// --macros: where what paths and accounts stand for is configured.
void AddHostConfig(CLI::App& app, Options& options);
// What files are looked at, and how.
void AddFileOptions(CLI::App& app, Options& options);

}  // namespace portcullis::cli
