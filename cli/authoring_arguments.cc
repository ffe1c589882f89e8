// SPDX-License-Identifier: Apache-2.0
#include "cli/authoring_arguments.h"

#include <map>

namespace portcullis::cli {
namespace {

using AddOptions = void (*)(CLI::App& app, Options& options);

const std::map<std::string, AddOptions>& OptionsOfCommands() {
  static const std::map<std::string, AddOptions> commands = {};
  return commands;
}

}  // namespace

bool AddAuthoringOptions(CLI::App& app, const std::string& name, Options& options) {
  const auto& commands = OptionsOfCommands();
  const auto command = commands.find(name);
  if (command == commands.end()) return false;
  command->second(app, options);
  return true;
}

}  // namespace portcullis::cli
