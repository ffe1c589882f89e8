// SPDX-License-Identifier: Apache-2.0
// Files of Software Restriction Policies as the command line names them: `-` is standard input, and
// --scope says whose a Registry.pol is.
//
// Errors:  those of host/srp_files.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/io.h"
#include "cli/options.h"
#include "host/srp_files.h"

namespace portcullis::cli {

// "machine", "user", in any case.
std::optional<srp::Scope> ParseSrpScope(std::string_view text);
// That of --scope, which is checked already.
std::optional<srp::Scope> ScopeOf(const SrpOptions& options);

Result<srp::RegistryReading> ReadSrpFiles(const std::vector<std::string>& files,
                                          std::optional<srp::Scope> scope, const Io& io);

// "FILE: warning: entry 3: KEY: value "NAME": reason".
std::string WarningText(const srp::Note& note);
// One warning a note, on standard error.
void PrintNotes(const std::vector<srp::Note>& notes, Io& io);

}  // namespace portcullis::cli
