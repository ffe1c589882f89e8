// SPDX-License-Identifier: Apache-2.0
// Writes a line at once or not at all: for a process that nobody who reads may hold up.
//
// Shape:   one system call for all of `text`, without a buffer or a lock.
// Limits:  of more than PIPE_BUF bytes a pipe may take a part.
// Errors:  false: not, or not all, written. Before Linux 6.4, and on a terminal, a writer that
// comes
//          in between the look and the call can still make it wait.
// Threads: reentrant; whole lines of several processes stand beside each other.
#pragma once

#include <string_view>

namespace portcullis {

bool WriteNow(int fd, std::string_view text);

}  // namespace portcullis
