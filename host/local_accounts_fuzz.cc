// SPDX-License-Identifier: Apache-2.0
// Reads anything as the three files of accounts.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/bytes.h"
#include "host/local_accounts.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace portcullis;
  const std::string_view text = AsText({data, size});
  const LocalAccounts files(ParsePasswd(text), ParseGroups(text));
  for (const PasswdEntry& entry : files.accounts()) {
    if (entry.name.empty() || entry.shell.find('\n') != std::string::npos) std::abort();
    if (!files.FindAccount(entry.name)) std::abort();
  }
  for (const std::string& shell : ParseShells(text)) {
    if (!shell.starts_with('/')) std::abort();
  }
  return 0;
}
