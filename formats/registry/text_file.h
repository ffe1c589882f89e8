// SPDX-License-Identifier: Apache-2.0
// The text of a file that Windows' tools write: what encoding it is in, and its lines.
//
// Shape:   bytes in, UTF-8 without the byte-order mark out. A mark says UTF-16LE, UTF-16BE or
//          UTF-8; without one `unmarked` says what the bytes are.
// Errors:  kMalformed for what is not of that encoding.
// Threads: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace portcullis::registry {

enum class Unmarked : uint8_t {
  kUtf8,         // strictly
  kWindows1252,  // whatever it is
  kUtf8Or1252,   // UTF-8 where it is that
};
// `what` names the form in messages.
Result<std::string> DecodeTextFile(Bytes file, Unmarked unmarked, std::string_view what);

// The front of a file, to tell its form by. What can not be decoded, or is cut off, does not
// matter.
std::string DecodeTextHead(Bytes head, size_t most_bytes);

// The text as UTF-16LE with its mark, as Windows' tools write it.
std::string EncodeTextFile(std::string_view text);

// Windows-1252 to UTF-8.
std::string DecodeWestern(Bytes bytes);

}  // namespace portcullis::registry
