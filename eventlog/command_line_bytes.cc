// SPDX-License-Identifier: Apache-2.0
#include "eventlog/command_line_bytes.h"

#include "base/bytes.h"

namespace portcullis::eventlog {

std::string CommandLineBytes(const std::vector<std::string>& command_line) {
  std::string bytes;
  if (command_line.empty()) return bytes;
  for (const std::string& argument : CutArguments(command_line)) {
    bytes.push_back(static_cast<char>(argument.size() & 0xFF));
    bytes.push_back(static_cast<char>(argument.size() >> 8));
    bytes.append(argument);
  }
  return bytes;
}

Result<std::vector<std::string>> ParseCommandLine(std::string_view bytes) {
  std::vector<std::string> command_line;
  ByteReader reader(AsBytes(bytes), "command line");
  while (!reader.empty()) {
    const auto size = reader.Read<le16>();
    const auto argument = reader.ReadBytes(size ? size->value() : 0);
    if (!size || !argument || argument->size() > kMaxEventArgument ||
        command_line.size() == kMaxEventArguments) {
      return Fail(ErrorCode::kMalformed, "event store: a command line can not be");
    }
    command_line.emplace_back(AsText(*argument));
  }
  return command_line;
}

}  // namespace portcullis::eventlog
