// SPDX-License-Identifier: Apache-2.0
// Collects what `policy new` makes rules of: facts, files looked at here, and events of the store.
//
// Limits:  kMaxSeenFiles.
// Errors:  facts that can not be read, and the event log, with their names. A file that can not be
//          read is told on standard error and counted.
// Threads: files are looked at on several threads; one caller.
#pragma once

#include <vector>

#include "authoring/generate/seen_file.h"
#include "cli/file_context.h"
#include "cli/io.h"
#include "cli/options.h"

namespace portcullis::cli {

struct SeenFiles {
  std::vector<SeenFile> files;  // each once
  uint64_t unreadable = 0;
  uint64_t not_judged = 0;  // no collection judges them
};

Result<SeenFiles> CollectSeenFiles(const Options& options, const FileContext& context, Io& io);

}  // namespace portcullis::cli
