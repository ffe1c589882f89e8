// SPDX-License-Identifier: Apache-2.0
// A folder of its own for other people's tools to work in: a second opinion on what we read.
//
// Errors:  a command that can not be started has the status -1; MustRun makes the test fail.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/test_signer.h"

namespace portcullis::testing {

inline constexpr const char* kOsslsigncodeAbsent = "osslsigncode absent";

bool HasProgram(const std::string& name);
// Whether osslsigncode is there, of this version or a later one.
bool IsOsslsigncode(int major, int minor);

struct ToolOutput {
  int status = -1;
  std::string text;  // of both streams
};

class ToolFolder {
 public:
  ToolFolder();
  ~ToolFolder();
  ToolFolder(const ToolFolder&) = delete;
  ToolFolder& operator=(const ToolFolder&) = delete;

  std::filesystem::path path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

  void Write(const std::string& name, std::string_view text) const;
  void Write(const std::string& name, const std::vector<uint8_t>& bytes) const;
  // Both in PEM.
  void WriteKey(const std::string& name, const Certificate& owner) const;
  std::vector<uint8_t> Read(const std::string& name) const;
  void Remove(const std::string& name) const;

  // By the shell, in the folder.
  ToolOutput Run(const std::string& command) const;
  void MustRun(const std::string& command) const;

 private:
  std::filesystem::path path_;
};

}  // namespace portcullis::testing
