// SPDX-License-Identifier: Apache-2.0
#include "cli/verdicts.h"

#include <fmt/core.h>

#include <array>

#include "cli/text.h"
#include "policy/needed_hashing.h"

namespace portcullis::cli {
namespace {

constexpr std::array kVerdicts = {Verdict::kAllowed, Verdict::kAllowedByDefault, Verdict::kDenied,
                                  Verdict::kDeniedByDefault};

class Tally {
 public:
  void Add(const FileLine& line) {
    if (!line.verdict) return;
    ++counts_[static_cast<size_t>(*line.verdict)];
    blocked_ += line.would_block ? 1 : 0;
  }
  bool AnyDenial(bool by_effect) const {
    const uint64_t denials = counts_[static_cast<size_t>(Verdict::kDenied)] +
                             counts_[static_cast<size_t>(Verdict::kDeniedByDefault)];
    return (by_effect ? blocked_ : denials) > 0;
  }
  std::string Text() const {
    std::string text;
    for (const Verdict verdict : kVerdicts) {
      const uint64_t count = counts_[static_cast<size_t>(verdict)];
      if (count == 0) continue;
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", Grouped(count), ToString(verdict));
    }
    if (AnyDenial(false)) text += fmt::format("; {} would be blocked", Grouped(blocked_));
    return text;
  }

 private:
  std::array<uint64_t, 4> counts_ = {};
  uint64_t blocked_ = 0;
};

tl::unexpected<ExitStatus> End(Io& io, ExitStatus status, std::string_view message) {
  PrintError(io, message);
  return tl::unexpected(status);
}

}  // namespace

tl::expected<JudgeRun, ExitStatus> LoadJudgeRun(std::string_view command, const Options& options,
                                                Io& io) {
  if (options.policies.empty()) {
    return End(io, ExitStatus::kUsage, fmt::format("{}: --policy FILE is missing", command));
  }
  if (options.paths.empty() && options.facts.empty()) {
    return End(io, ExitStatus::kUsage,
               fmt::format("{}: no PATH and no --facts FILE is given", command));
  }
  auto values = ParseValues(options);
  if (!values) return End(io, ExitStatus::kUsage, values.error().message);
  auto context = LoadFileContext(options, *values, io);
  if (!context) return End(io, ExitStatus::kFailed, context.error().message);
  auto judge = LoadJudge(options, *values, context->speller->config(), io);
  if (!judge) return End(io, ExitStatus::kFailed, judge.error().message);
  context->hashing = NeededHashing(judge->policies);
  return JudgeRun{options, *std::move(values), *std::move(context), *std::move(judge)};
}

void FillVerdict(FileLine& line, const FileReport& report, const Decision& decision) {
  line.verdict = decision.verdict;
  line.collection = report.collection;
  line.would_block = decision.would_block();
}

ExitStatus JudgeFiles(const JudgeRun& run, Io& io, const FileWork& work,
                      const std::function<void(const FileLine&)>& also) {
  Tally tally;
  LinePrinter printer(io, run.options.summary ? PrintMode::kCountOnly
                          : run.options.json  ? PrintMode::kJson
                                              : PrintMode::kTable);
  const FileRun files{run.options, run.context, io, Directories::kWalk};
  const auto done = ForEachFile(files, work, [&](const FileLine& line) {
    tally.Add(line);
    also(line);
    printer.Print(line);
  });
  printer.EndProgress();
  if (!done) {
    PrintError(io, done.error().message);
    return ExitStatus::kFailed;
  }
  if (!run.options.json && !run.options.summary && printer.readable() > 1) {
    io.out.Flush();
    io.err.Write(Count(printer.readable(), "file", "files") + ": " + tally.Text() + "\n");
  }
  if (printer.unreadable() > 0) {
    PrintError(io, Count(printer.unreadable(), "file", "files") + " could not be read");
  }
  if (printer.readable() == 0) {
    if (printer.unreadable() == 0) PrintError(io, kNothingFound);
    return ExitStatus::kFailed;
  }
  return tally.AnyDenial(run.options.by_effect) ? ExitStatus::kFound : ExitStatus::kDone;
}

}  // namespace portcullis::cli
