// SPDX-License-Identifier: Apache-2.0
// Asks the running service over its local socket.
//
// Shape:   one connection a question. A service that is about to replace the process which would
//          answer closes the connection: then it is asked again, till the patience is over.
// Limits:  kStatusPatience, kReloadPatience for an answer; what control_message.h says.
// Errors:  kNotFound: no service is there; kUntrusted: the caller may not ask that; kMalformed: the
//          service refused, and its sentence is the message; kIo: it does not answer in time, or is
//          too busy; kUnsupported: it speaks another version.
// Threads: reentrant; each call blocks its caller.
// Source:  docs/control.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "api/control_message.h"
#include "api/service_status.h"
#include "base/result.h"

namespace portcullis::api {

inline constexpr const char* kDefaultControlSocket = "/run/portcullis/control.sock";
inline constexpr std::chrono::seconds kStatusPatience{20};
inline constexpr std::chrono::seconds kReloadPatience{120};

// Asks the running service to load its policies anew and waits for how it went: the generation that
// is in force then.
Result<uint64_t> AskToReload(const std::string& socket_path);
Result<ServiceStatus> AskForStatus(const std::string& socket_path);

}  // namespace portcullis::api
