// SPDX-License-Identifier: Apache-2.0
// What `test` and `explain` share: loading, judging file after file, counting, the exit status.
#pragma once

#include <functional>
#include <tl/expected.hpp>

#include "cli/file_context.h"
#include "cli/files.h"
#include "cli/judge.h"
#include "cli/options.h"
#include "cli/values.h"

namespace portcullis::cli {

struct JudgeRun {
  const Options& options;
  Values values;
  FileContext context;
  Judge judge;
};

// Loads everything, or prints the one line that says what is wrong and gives the status to end
// with.
tl::expected<JudgeRun, ExitStatus> LoadJudgeRun(std::string_view command, const Options& options,
                                                Io& io);

void FillVerdict(FileLine& line, const FileReport& report, const Decision& decision);

// Judges everything that was asked for; `also` sees each line before it is printed. Counts go to
// standard error. 3 if nothing could be judged, else 1 if anything was denied, else 0.
ExitStatus JudgeFiles(const JudgeRun& run, Io& io, const FileWork& work,
                      const std::function<void(const FileLine&)>& also);

}  // namespace portcullis::cli
