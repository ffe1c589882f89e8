// SPDX-License-Identifier: Apache-2.0
#include "tests/support/tool_folder.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace portcullis::testing {

namespace fs = std::filesystem;

bool HasProgram(const std::string& name) {
  return std::system(("command -v " + name + " > /dev/null 2>&1").c_str()) == 0;
}

bool IsOsslsigncode(int major, int minor) {
  const std::string output = ToolFolder().Run("osslsigncode --version").text;
  int has_major = 0;
  int has_minor = 0;
  if (std::sscanf(output.c_str(), "osslsigncode %d.%d", &has_major, &has_minor) != 2) return false;
  return has_major > major || (has_major == major && has_minor >= minor);
}

ToolFolder::ToolFolder() {
  std::string pattern = (fs::temp_directory_path() / "portcullis-tools-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) std::abort();
  path_ = pattern;
}

ToolFolder::~ToolFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void ToolFolder::Write(const std::string& name, std::string_view text) const {
  std::ofstream(path_ / name, std::ios::binary) << text;
}

void ToolFolder::Write(const std::string& name, const std::vector<uint8_t>& bytes) const {
  Write(name, AsText(bytes));
}

void ToolFolder::WriteKey(const std::string& name, const Certificate& owner) const {
  FILE* const file = fopen((path_ / name).c_str(), "w");
  ASSERT_NE(file, nullptr);
  EXPECT_EQ(PEM_write_PrivateKey(file, owner.key.get(), nullptr, nullptr, 0, nullptr, nullptr), 1);
  EXPECT_EQ(fclose(file), 0);
}

std::vector<uint8_t> ToolFolder::Read(const std::string& name) const {
  std::ifstream stream(path_ / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void ToolFolder::Remove(const std::string& name) const { fs::remove(path_ / name); }

ToolOutput ToolFolder::Run(const std::string& command) const {
  ToolOutput output;
  FILE* const pipe =
      popen(fmt::format("cd '{}' && ({}) 2>&1 </dev/null", path_.string(), command).c_str(), "r");
  if (pipe == nullptr) return output;
  std::array<char, 4096> piece;
  while (const size_t size = fread(piece.data(), 1, piece.size(), pipe)) {
    output.text.append(piece.data(), size);
  }
  const int status = pclose(pipe);
  output.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return output;
}

void ToolFolder::MustRun(const std::string& command) const {
  const ToolOutput output = Run(command);
  ASSERT_EQ(output.status, 0) << command << "\n" << output.text;
}

}  // namespace portcullis::testing
