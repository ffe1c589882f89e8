// SPDX-License-Identifier: Apache-2.0
// What kind of file this is: by its content first, by its name where content can not tell.
//
// Shape:   bytes and a name in; a kind and whether the content is a program or a library out.
// Limits:  a few reads of fixed size, and the limits of the format's own reader.
// Errors:  kIo alone. What is wrong with the content goes into `defect`.
// Threads: pure.
// Source:  docs/formats/kinds.md.
#pragma once

#include <string>
#include <string_view>

#include "base/byte_source.h"
#include "base/result.h"
#include "identity/file_identity.h"

namespace portcullis {

struct ContentKind {
  FileKind kind = FileKind::kUnknown;
  bool is_library = false;
  bool is_program = false;
  std::string defect;  // one sentence where the content breaks its format's rules
};

// For a PE file only the kind is filled; its own headers say the rest.
Result<ContentKind> ClassifyContent(const ByteSource& source, std::string_view name);

}  // namespace portcullis
