// SPDX-License-Identifier: Apache-2.0
// Files that are not here: the objects that `inspect --format json` printed elsewhere.
//
// Shape:   one JSON object a line; empty lines are passed over. Only `path` and `collection` are
//          required. `paths`, where given, are used as they are; without them `path` is spelled by
//          the macro table. A missing `publisher` or `hash` is a missing attribute, unless
//          `unknown` names it. `host` is the machine that the file was seen on.
// Limits:  kMaxFactBytes a line, kMaxFactPaths, kMaxFactHashes, kMaxFactPathCharacters;
//          strict_json.h has the others.
// Errors:  what is wrong and in which member; the caller adds file and line.
// Threads: ParseFact is reentrant.
// Source:  docs/cli-json.md.
#pragma once

#include <functional>
#include <string_view>

#include "authoring/file_report.h"
#include "base/result.h"
#include "host/path_spellings.h"

namespace portcullis {

inline constexpr size_t kMaxFactBytes = 1 << 20;
inline constexpr size_t kMaxFactPaths = 64;
inline constexpr size_t kMaxFactHashes = 64;
inline constexpr size_t kMaxFactPathCharacters = 32767;  // what Windows takes as a path

Result<FileReport> ParseFact(std::string_view line, const PathSpeller& speller);

// Calls `take` with each line of `fd` that is not empty, and with its number. The error names the
// line.
Result<void> ForEachFactLine(
    int fd, const std::function<Result<void>(std::string line, uint64_t number)>& take);

}  // namespace portcullis
