// SPDX-License-Identifier: Apache-2.0
// What an interpreter reads that is no script: the account database, locales, its own settings.
//
// Shape:   a read can not be told from a load by the event, so an interpreter's every open would be
//          judged as a script's. Left out is what nobody but root may write and nothing calls a
//          script: no execute bit, no interpreter line, no extension of scripts. What a user may
//          write is always judged: he could have written a script into it.
// Errors:  none: what can not be read is no data.
// Threads: reentrant. Reads two bytes of the descriptor, and opens nothing.
// Source:  docs/limitations.md has what this leaves open.
#pragma once

#include <sys/stat.h>

#include <string_view>

namespace portcullis::enforcement {

bool IsInterpretersData(int fd, const struct stat& status, std::string_view name);

}  // namespace portcullis::enforcement
