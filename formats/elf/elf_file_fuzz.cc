// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdlib>

#include "formats/elf/elf_dependencies.h"
#include "formats/elf/elf_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const portcullis::MemorySource source(portcullis::Bytes(data, size));
  const auto elf = portcullis::elf::ElfFile::Parse(source);
  if (elf && elf->is_library() && elf->is_program()) std::abort();
  const auto needs = portcullis::elf::ElfDependencies::Parse(source);
  if (needs && needs->needed.size() > portcullis::elf::kMaxNeeded) std::abort();
  if (needs && !elf) std::abort();  // it reads more of the file
  return 0;
}
