// SPDX-License-Identifier: Apache-2.0
#include "cli/srp_file.h"

#include <fmt/core.h>

#include "host/read_file.h"
#include "security/ascii.h"

namespace portcullis::cli {

using srp::Scope;

std::optional<Scope> ParseSrpScope(std::string_view text) {
  for (const Scope scope : {Scope::kMachine, Scope::kUser}) {
    if (EqualsIgnoringCase(text, srp::ToString(scope))) return scope;
  }
  return std::nullopt;
}

std::optional<Scope> ScopeOf(const SrpOptions& options) {
  return options.scope ? ParseSrpScope(*options.scope) : std::nullopt;
}

Result<srp::RegistryReading> ReadSrpFiles(const std::vector<std::string>& files,
                                          std::optional<Scope> scope, const Io& io) {
  return portcullis::ReadSrpFiles(files, scope, [&io](const std::string& file) {
    return file == "-" ? ReadAll(io.in_fd, kMaxSrpFileBytes) : ReadFile(file, kMaxSrpFileBytes);
  });
}

std::string WarningText(const srp::Note& note) {
  const std::string text = srp::ToString(note);
  return fmt::format("{}: warning{}", note.source, text.substr(note.source.size()));
}

void PrintNotes(const std::vector<srp::Note>& notes, Io& io) {
  for (const srp::Note& note : notes) PrintError(io, WarningText(note));
}

}  // namespace portcullis::cli
