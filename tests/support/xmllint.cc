// SPDX-License-Identifier: Apache-2.0
#include "tests/support/xmllint.h"

#include <fmt/core.h>
#include <stdlib.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>

namespace portcullis::testing {
namespace {

namespace fs = std::filesystem;

// A folder that goes away with this value.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (fs::temp_directory_path() / "portcullis-xmllint-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace

bool HasXmllint() { return std::system("command -v xmllint > /dev/null 2>&1") == 0; }

// What xmllint says of each text, all of them in one run.
std::vector<Opinion> AskXmllint(const fs::path& schema, const std::vector<std::string>& texts) {
  const ScratchFolder folder;
  for (size_t i = 0; i < texts.size(); ++i) {
    std::ofstream(folder.path() / fmt::format("{}.xml", i), std::ios::binary) << texts[i];
  }
  const std::string command =
      fmt::format("cd '{}' && xmllint --nonet --noout --schema '{}' *.xml 2>&1",
                  folder.path().string(), schema.string());
  std::vector<Opinion> opinions(texts.size(), Opinion::kNotWellFormed);
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return opinions;
  std::string output;
  std::array<char, 4096> piece;
  while (const size_t size = fread(piece.data(), 1, piece.size(), pipe)) {
    output.append(piece.data(), size);
  }
  pclose(pipe);
  for (size_t begin = 0; begin < output.size();) {
    const size_t end = std::min(output.find('\n', begin), output.size());
    const std::string line = output.substr(begin, end - begin);
    begin = end + 1;
    char* rest = nullptr;
    const size_t i = std::strtoul(line.c_str(), &rest, 10);
    const std::string_view said = rest;
    if (i >= texts.size()) continue;
    if (said == ".xml validates") opinions[i] = Opinion::kValid;
    if (said == ".xml fails to validate") opinions[i] = Opinion::kInvalid;
  }
  return opinions;
}

}  // namespace portcullis::testing
