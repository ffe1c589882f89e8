// SPDX-License-Identifier: Apache-2.0
// Reads anything as --map and as a path of a fact. The first spelling is the path itself or what it
// stands for, and a spelling is never empty.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/bytes.h"
#include "host/path_spellings.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace portcullis;
  const std::string_view text = AsText({data, size});
  if (const auto mapping = TreeMapping::Parse(text)) {
    if (mapping->directory.empty() || !IsWindowsPath(mapping->windows_path)) std::abort();
  }
  static const PathSpeller speller(HostConfig::Default(), MountTable(), {});
  for (const PathSpelling& spelling : speller.ForText(text)) {
    if (spelling.text.empty() && !text.empty()) std::abort();
  }
  MountTable::Parse(text, {"nfs"}, BlockDevices("/nowhere")).Find("/usr/bin");
  return 0;
}
