// SPDX-License-Identifier: Apache-2.0
// Reads anything as lines of a folder description, then asks who may write in what it tells of.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "authoring/access/folder_description.h"
#include "authoring/access/tree_write_access.h"
#include "base/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace portcullis;
  static const HostConfig config = HostConfig::Default();
  FolderDescription description;
  std::string_view text = AsText({data, size});
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    static_cast<void>(AddDescribedFolder(text.substr(0, end), config, description));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  const TreeWriteAccess access(description.tree, config);
  const auto of_all = access.FindInTree("/", Writers{});
  Writers alice;
  alice.anybody = false;
  alice.uid = 1000;
  // What one account may write, somebody may.
  const auto of_alice = access.FindInTree("/", alice);
  if (of_all && !*of_all && of_alice && *of_alice) std::abort();
  static_cast<void>(WindowsFolders(description.windows, config).FindInTree("%OSDRIVE%", alice));
  return 0;
}
