// SPDX-License-Identifier: Apache-2.0
// What an inspector gives up before it looks at the first file.
//
// Shape:   afterwards the process has one descriptor, no file system, no network, no capability, an
//          id that nobody else has, bounded memory, and the system calls of seccomp_filter.h. A
//          fanotify group it inherited is closed with everything else.
// Limits:  kMaxInspectorMemory of address space; no child, no core, no file larger than nothing.
// Errors:  the first step that failed; the caller must end the process, for half a sandbox is none.
//          Namespaces alone may be refused (in a container, say): what is left of them is then
//          covered by the filter. A caller that is not root keeps its ids: in tests.
// Lifetime: for good. Everything that is read from disk must have been read before.
// Threads: for a process with one thread.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "base/unique_fd.h"

namespace portcullis::enforcement {

inline constexpr uint64_t kMaxInspectorMemory = uint64_t{512} << 20;

// `socket` is the descriptor that is kept; it comes back as the lowest one. `mapped_bytes` of files
// are mapped already and do not count as the process's own memory.
Result<UniqueFd> EnterSandbox(UniqueFd socket, uint64_t mapped_bytes = 0);

}  // namespace portcullis::enforcement
