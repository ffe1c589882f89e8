// SPDX-License-Identifier: Apache-2.0
// Makes *.AppLocker files as the reference knows them: a guess, for no sample is at hand.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace portcullis::testing {

struct AppLockerFileText {
  std::string guid;
  std::string name;
  std::string sddl;
};

struct AppLockerFileParts {
  uint32_t unknown_4 = 0;
  uint32_t unknown_8 = 0;
  uint32_t rules = 0;
  uint32_t flags = 1;
  std::string descriptor;  // self-relative
  std::vector<AppLockerFileText> texts;
};

// Header, descriptor, texts in UTF-16 with an end; an SDDL of more than 256 characters is cut.
std::string BuildAppLockerFile(const AppLockerFileParts& parts);

}  // namespace portcullis::testing
