// SPDX-License-Identifier: Apache-2.0
// Reads anything as host.conf; what is accepted must spell any path without fault.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/bytes.h"
#include "host/host_config.h"
#include "host/path_spellings.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace portcullis;
  const std::string_view text = AsText({data, size});
  const auto config = HostConfig::Parse(text);
  if (!config) return 0;
  const PathSpeller speller(*config, MountTable(), {{"/image", "C:"}});
  for (const std::string_view path :
       {"C:\\Windows\\System32\\a.exe", "%SYSTEM32%\\a", "/usr/bin/a", "\\\\?\\UNC\\a"}) {
    if (speller.ForText(path).empty()) std::abort();
  }
  for (const PathSpelling& spelling : speller.ForDirectory("/image/Windows").Of("a\\b")) {
    if (spelling.verified) std::abort();
  }
  return 0;
}
