// SPDX-License-Identifier: Apache-2.0
// What else an ELF file needs in order to run: its dynamic loader and its libraries, by name.
//
// Shape:   PT_INTERP, DT_NEEDED, DT_RUNPATH (else DT_RPATH), as they are written.
// Limits:  kMaxNeeded names, kMaxElfName bytes each, kMaxElfStrings of the string table are read.
// Errors:  those of elf_file.h; kMalformed for names that do not lie in the file or do not end.
// Threads: a value. Source: System V ABI, "Dynamic Linking"; ld.so(8).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/byte_source.h"
#include "base/result.h"

namespace portcullis::elf {

inline constexpr size_t kMaxNeeded = 1024;
inline constexpr size_t kMaxElfName = 4096;
inline constexpr size_t kMaxElfStrings = 4 << 20;

struct ElfDependencies {
  std::string interpreter;          // empty: none
  std::vector<std::string> needed;  // "libc.so.6"
  std::string run_path;             // "$ORIGIN/../lib:/opt/lib"

  static Result<ElfDependencies> Parse(const ByteSource& source);
};

}  // namespace portcullis::elf
