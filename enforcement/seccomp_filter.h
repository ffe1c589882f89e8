// SPDX-License-Identifier: Apache-2.0
// The system calls that a process without rights is left with; any other ends it.
//
// Shape:   an allow list as a classic BPF program. mmap and mprotect are allowed without PROT_EXEC;
//          calls of another architecture and of the x32 table are not. An inspector has newfstatat
//          only as fstat (with AT_EMPTY_PATH alone); what a child of the supervisor has beside
//          kChildCalls, it names.
// Errors:  kIo when the kernel refuses the filter; kUnsupported on an architecture it was not
//          written for.
// Threads: the filter holds for the calling thread and what it starts.
// Source:  seccomp(2), linux/filter.h.
#pragma once

#include <linux/filter.h>

#include <span>
#include <vector>

#include "base/result.h"

namespace portcullis::enforcement {

std::vector<sock_filter> BuildInspectorFilter();

// Beside what every child has: memory, clocks, descriptors, files, threads of its own, and sockets
// of this machine alone (AF_UNIX). No child makes a process, a program, a signal or an id.
std::vector<sock_filter> BuildChildFilter(std::span<const int> more_calls);

// Needs no_new_privs, or CAP_SYS_ADMIN.
Result<void> InstallFilter(std::vector<sock_filter> code);

}  // namespace portcullis::enforcement
