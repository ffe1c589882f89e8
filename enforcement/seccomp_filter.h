// SPDX-License-Identifier: Apache-2.0
// The system calls that an inspector is left with; any other ends the process.
//
// Shape:   an allow list as a classic BPF program. mmap and mprotect are allowed without PROT_EXEC,
//          newfstatat only as fstat (with AT_EMPTY_PATH alone); calls of another architecture and
//          of the x32 table are not.
// Errors:  kIo when the kernel refuses the filter; kUnsupported on an architecture it was not
// written
//          for.
// Threads: the filter holds for the calling thread and what it starts; nothing is to be started.
// Source:  seccomp(2), linux/filter.h.
#pragma once

#include <linux/filter.h>

#include <vector>

#include "base/result.h"

namespace portcullis::enforcement {

std::vector<sock_filter> BuildInspectorFilter();

// Needs no_new_privs, or CAP_SYS_ADMIN.
Result<void> InstallInspectorFilter();

}  // namespace portcullis::enforcement
