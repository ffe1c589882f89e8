// SPDX-License-Identifier: Apache-2.0
#include "tests/support/samba.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace portcullis::testing {
namespace {

// Debian's, for which its modules are built, whatever else is in the search path.
constexpr const char* kPython = "/usr/bin/python3";

}  // namespace

bool IsSambaHere() {
  const std::string probe = fmt::format("{} -c 'import samba' >/dev/null 2>&1", kPython);
  return std::system(probe.c_str()) == 0;
}

std::string RunSamba(const std::string& script, const std::string& input) {
  std::string folder = ::testing::TempDir() + "portcullis-samba-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) return "no folder for the script";
  std::ofstream(folder + "/script.py") << script;
  std::ofstream(folder + "/input", std::ios::binary) << input;
  const std::string command =
      fmt::format("{} '{}/script.py' < '{}/input' 2>&1", kPython, folder, folder);
  FILE* const pipe = popen(command.c_str(), "r");
  std::string output;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) {
    output.push_back(static_cast<char>(c));
  }
  pclose(pipe);
  std::filesystem::remove_all(folder);
  return output;
}

}  // namespace portcullis::testing
