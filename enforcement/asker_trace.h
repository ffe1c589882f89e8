// SPDX-License-Identifier: Apache-2.0
// What is read of an asker for the event log alone, while it waits for its denial: afterwards it
// may be gone.
//
// Shape:   the controlling terminal, where the denial may be told; the audit session.
// Errors:  none: what could not be read is not there.
// Threads: reentrant. The files of /proc it reads never wait for the asker's memory.
// Source:  proc(5): stat, sessionid.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace portcullis::enforcement {

struct AskerTrace {
  uint32_t terminal = 0;  // device number; 0: none
  std::optional<uint32_t> session_id;
};

AskerTrace ReadAskerTrace(pid_t tid);

// The field of /proc/TID/stat with this number, as proc(5) counts them, from 3; empty: there is
// none.
std::string_view StatField(std::string_view stat, unsigned field);

}  // namespace portcullis::enforcement
