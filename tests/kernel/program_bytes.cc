// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/program_bytes.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <cstdio>

namespace portcullis::testing {
namespace {

std::string NextId() {
  static unsigned count = 0;
  return fmt::format("00000000-0000-4000-8000-{:012}", ++count);
}

}  // namespace

std::string Sha256Of(const std::string& path) {
  FILE* const pipe = popen(fmt::format("sha256sum '{}'", path).c_str(), "r");
  char digest[65] = {};
  EXPECT_TRUE(pipe != nullptr && std::fread(digest, 1, 64, pipe) == 64) << path;
  if (pipe != nullptr) pclose(pipe);
  return digest;
}

std::string ExePolicy(const std::string& rules) {
  return "<AppLockerPolicy Version=\"1\"><RuleCollection Type=\"Exe\" "
         "EnforcementMode=\"Enabled\">" +
         rules + "</RuleCollection></AppLockerPolicy>";
}

std::string HashRule(const std::string& action, const std::string& sha256) {
  return fmt::format(
      "<FileHashRule Id=\"{}\" Name=\"by hash\" Description=\"\" UserOrGroupSid=\"S-1-1-0\" "
      "Action=\"{}\"><Conditions><FileHashCondition><FileHash Type=\"SHA256\" Data=\"0x{}\" "
      "SourceFileName=\"x\" "
      "SourceFileLength=\"1\"/></FileHashCondition></Conditions></FileHashRule>",
      NextId(), action, sha256);
}

std::string PathRule(const std::string& action, const std::string& path, const std::string& sid) {
  return fmt::format(
      "<FilePathRule Id=\"{}\" Name=\"by path\" Description=\"\" UserOrGroupSid=\"{}\" "
      "Action=\"{}\"><Conditions><FilePathCondition Path=\"{}\"/></Conditions></FilePathRule>",
      NextId(), sid, action, path);
}

}  // namespace portcullis::testing
