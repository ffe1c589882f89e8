// SPDX-License-Identifier: Apache-2.0
// As much of an ELF file as tells a program from a library.
//
// Shape:   file header, program headers, first dynamic section. 32 and 64 bits, either byte order.
// Limits:  kMaxProgramHeaders, kMaxDynamicEntries; nothing else of the file is read.
// Errors:  kTruncated, kMalformed, kLimitExceeded; kUnsupported for an unknown class or byte order.
// Threads: a value. Source: System V ABI, "Object Files"; docs/formats/kinds.md.
#pragma once

#include <cstdint>

#include "base/byte_source.h"
#include "base/result.h"

namespace portcullis::elf {

inline constexpr size_t kMaxProgramHeaders = 4096;
inline constexpr size_t kMaxDynamicEntries = 16384;

enum class ElfType : uint8_t { kExecutable, kSharedObject, kOther };

struct ElfFile {
  ElfType type = ElfType::kOther;
  bool has_interpreter = false;          // PT_INTERP
  bool has_soname = false;               // DT_SONAME
  bool is_position_independent = false;  // DF_1_PIE: a program that is linked as a shared object

  static Result<ElfFile> Parse(const ByteSource& source);

  // A shared object with a name of its own, or one that nothing says is a program. The C library
  // and the dynamic loader can be run, but are libraries.
  bool is_library() const;
  bool is_program() const;
};

bool IsElf(Bytes head);  // the first four bytes

}  // namespace portcullis::elf
