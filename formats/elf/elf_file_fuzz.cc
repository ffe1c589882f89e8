// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdlib>

#include "formats/elf/elf_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const portcullis::MemorySource source(portcullis::Bytes(data, size));
  const auto elf = portcullis::elf::ElfFile::Parse(source);
  if (elf && elf->is_library() && elf->is_program()) std::abort();
  return 0;
}
