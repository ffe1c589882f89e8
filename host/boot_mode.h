// SPDX-License-Identifier: Apache-2.0
// Whether this system was booted to be repaired.
//
// Threads: reentrant.
// Source:  systemd.special(7), systemd(1) "Kernel command line": rescue, emergency, single, s, S, 1
// and -b; bootparam(7).
#pragma once

#include <string_view>

namespace portcullis {

enum class BootMode : int { kNormal, kRescue, kEmergency };

// `kernel_command_line` is the text of /proc/cmdline. The last word that says so counts.
BootMode BootModeOf(std::string_view kernel_command_line);
// Of the running system; kNormal where that can not be read.
BootMode ReadBootMode();

}  // namespace portcullis
