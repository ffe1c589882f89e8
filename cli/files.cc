// SPDX-License-Identifier: Apache-2.0
#include "cli/files.h"

#include <fcntl.h>
#include <fmt/core.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "authoring/facts.h"
#include "base/unique_fd.h"
#include "cli/text.h"
#include "host/ordered_pool.h"

namespace portcullis::cli {
namespace {

constexpr int64_t kProgressEveryMs = 100;

int64_t NowMs() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

Result<void> RunFacts(const std::string& path, const FileRun& run, const FileWork& work,
                      const FileEmit& emit) {
  UniqueFd opened;
  if (path != "-") {
    opened.Reset(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!opened.valid()) {
      return Fail(ErrorCode::kIo, fmt::format("{}: {}", path, std::strerror(errno)));
    }
    fcntl(opened.get(), F_SETFL, 0);
  }
  const auto take = [&](const std::string& line, uint64_t) -> Result<void> {
    FileReport report = TRY(ParseFact(line, *run.context.speller));
    if (run.context.as && !report.problem) Assign(report, run.context.as);
    emit(work(report));
    return {};
  };
  const auto done = ForEachFactLine(path == "-" ? run.io.in_fd : opened.get(), take);
  if (!done) return Fail(done.error().code, fmt::format("{}: {}", path, done.error().message));
  return {};
}

using Batch = std::vector<WalkItem>;
using Lines = std::vector<FileLine>;

void RunPaths(const FileRun& run, const FileWork& work, const FileEmit& emit) {
  OrderedPool<Batch, Lines> pool(
      run.context.jobs, kWindow,
      [&](const Batch& batch) {
        Lines lines;
        lines.reserve(batch.size());
        for (const WalkItem& item : batch) lines.push_back(work(LookAt(item, run.context)));
        return lines;
      },
      [&](Lines lines) {
        for (FileLine& line : lines) emit(std::move(line));
      });
  Batch batch;
  const auto hand_over = [&] {
    if (!batch.empty()) pool.Add(std::exchange(batch, {}));
  };
  FileWalk walk(*run.context.speller, run.directories, [&](WalkItem item) {
    // Files that were named are few, and may be large: each goes on its own.
    const bool alone = !item.typed.empty();
    if (alone) hand_over();
    batch.push_back(std::move(item));
    if (alone || batch.size() == kBatch) hand_over();
  });
  for (const std::string& path : run.options.paths) walk.Argument(path);
  hand_over();
  pool.Finish();
}

}  // namespace

Result<void> ForEachFile(const FileRun& run, const FileWork& work, const FileEmit& emit) {
  for (const std::string& facts : run.options.facts) {
    TRY_VOID(RunFacts(facts, run, work, emit));
  }
  RunPaths(run, work, emit);
  return {};
}

FileLine StartLine(const FileReport& report) {
  FileLine line;
  line.path = report.path;
  line.problem = report.problem;
  if (!report.problem) line.defect = report.identity.defect;
  return line;
}

LinePrinter::~LinePrinter() { EndProgress(); }

void LinePrinter::Print(const FileLine& line) {
  if (line.problem) {
    ++unreadable_;
    if (mode_ == PrintMode::kCountOnly) return;
    EndProgress();
    PrintError(io_, fmt::format("{}: {}", line.path, line.problem->message));
    if (mode_ == PrintMode::kJson) io_.out.Write(line.text);
  } else {
    ++readable_;
    if (!line.text.empty()) EndProgress();
    io_.out.Write(line.text);
    PrintDefect(line);
  }
  if (io_.err_is_terminal) ShowProgress();
}

void LinePrinter::PrintDefect(const FileLine& line) {
  if (line.defect.empty()) return;
  ++damaged_;
  if (mode_ == PrintMode::kCountOnly) return;
  EndProgress();
  PrintError(io_, fmt::format("{}: damaged: {}", line.path, line.defect));
}

void LinePrinter::ShowProgress() {
  const int64_t now = NowMs();
  if (last_shown_ms_ == 0) last_shown_ms_ = now;
  if (now - last_shown_ms_ < kProgressEveryMs) return;
  last_shown_ms_ = now;
  shows_progress_ = true;
  io_.out.Flush();
  io_.err.Write("\r\x1b[K" + Count(readable_ + unreadable_, "file", "files") + " ...");
  io_.err.Flush();
}

void LinePrinter::EndProgress() {
  if (!shows_progress_) return;
  shows_progress_ = false;
  io_.err.Write("\r\x1b[K");
  io_.err.Flush();
}

}  // namespace portcullis::cli
