// SPDX-License-Identifier: Apache-2.0
// Puts a store that can not be used out of the way, so that nobody loses what is in it.
//
// Shape:   `NAME` becomes `NAME.YYYYMMDDThhmmssZ.bad`, its log and its shared memory the same with
//          SQLite's endings; a further one of that second gets `.2` and so on.
// Errors:  kIo.
// Threads: for one process at a time.
#pragma once

#include <string>

#include "base/result.h"

namespace portcullis::eventlog {

// Where it is now.
Result<std::string> SetAside(const std::string& path);

}  // namespace portcullis::eventlog
