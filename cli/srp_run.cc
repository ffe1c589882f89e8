// SPDX-License-Identifier: Apache-2.0
// `portcullis srp run`: a program with no more than a security level gives. The program takes this
// process's place, so that there is nothing left behind that has more.
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>

#include "api/portcullis.h"
#include "cli/commands.h"
#include "cli/config_files.h"
#include "cli/text.h"

namespace portcullis::cli {
namespace {

const std::map<std::string, uint32_t>& Levels() {
  static const std::map<std::string, uint32_t> levels = {
      {"disallowed", PORTCULLIS_LEVEL_DISALLOWED},
      {"untrusted", PORTCULLIS_LEVEL_UNTRUSTED},
      {"constrained", PORTCULLIS_LEVEL_CONSTRAINED},
      {"basic-user", PORTCULLIS_LEVEL_NORMAL_USER},
      {"fully-trusted", PORTCULLIS_LEVEL_FULLY_TRUSTED}};
  return levels;
}

// With the host's own names for administrators' groups.
int Restrict(uint32_t level, const HostConfig& config) {
  std::vector<const char*> names;
  for (const std::string& name : config.administrator_groups) names.push_back(name.c_str());
  names.push_back(nullptr);
  portcullis_token token = PORTCULLIS_TOKEN_INIT;
  const int error =
      portcullis_level_token(level, PORTCULLIS_TOKEN_NULL_IF_EQUAL, names.data(), &token);
  return error != 0 ? error : portcullis_apply_token(&token);
}

}  // namespace

ExitStatus RunSrpRun(const Options& options, Io& io) {
  const auto level = Levels().find(options.srp_run.level);
  if (level == Levels().end()) {
    PrintError(io, fmt::format("--level {}: fully-trusted, basic-user, constrained, untrusted or "
                               "disallowed is allowed",
                               Printable(options.srp_run.level)));
    return ExitStatus::kUsage;
  }
  const auto config = LoadHostConfig(options.host_config);
  if (!config) {
    PrintError(io, config.error().message);
    return ExitStatus::kFailed;
  }
  if (const int error = Restrict(level->second, *config); error != 0) {
    PrintError(io, fmt::format("{}: not run at the level {}: {}", Printable(options.paths.front()),
                               level->first, portcullis_error_text(error)));
    return ExitStatus::kFailed;
  }
  std::vector<char*> arguments;
  for (const std::string& argument : options.paths) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  io.out.Flush();
  io.err.Flush();
  execvp(arguments.front(), arguments.data());
  PrintError(io, fmt::format("{}: {}", Printable(options.paths.front()), std::strerror(errno)));
  return ExitStatus::kFailed;
}

}  // namespace portcullis::cli
