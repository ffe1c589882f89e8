// SPDX-License-Identifier: Apache-2.0
// Runs a command over the files it was given: facts first, then paths, each in the order of input.
//
// Shape:   `work` makes a FileLine of a report, on any thread; `emit` gets the lines in order, on
//          the caller's.
// Limits:  kBatch files are handed to a thread at once (a hand-over costs more than a small file);
//          kWindow batches wait, so memory is bounded.
// Errors:  a fact that can not be read ends the run with the file and the line; an unreadable file
// is
//          a line with a problem.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "authoring/file_report.h"
#include "base/result.h"
#include "cli/file_context.h"
#include "cli/io.h"
#include "policy/decision.h"

namespace portcullis::cli {

inline constexpr size_t kBatch = 16;
inline constexpr size_t kWindow = 256;

// What is left of a file once it was looked at.
struct FileLine {
  std::string path;
  std::string text;  // to be printed
  std::optional<Error> problem;
  std::string defect;  // what is wrong with a file that was looked at all the same
  std::optional<Verdict> verdict;
  std::optional<applocker::CollectionType> collection;
  bool would_block = false;
};

// The path of a report, and what went wrong with it.
FileLine StartLine(const FileReport& report);

using FileWork = std::function<FileLine(const FileReport&)>;
using FileEmit = std::function<void(FileLine)>;

struct FileRun {
  const Options& options;
  const FileContext& context;
  Io& io;
  Directories directories;
};

Result<void> ForEachFile(const FileRun& run, const FileWork& work, const FileEmit& emit);

enum class PrintMode : uint8_t { kTable, kJson, kCountOnly };

// What a run over nothing says, with exit status 3: an empty list is no "all allowed".
inline constexpr std::string_view kNothingFound =
    "there is nothing to look at: no regular file (/proc, /sys and their like are passed over) and "
    "no fact";

// Counts and prints what `emit` gets, and shows progress on a terminal.
class LinePrinter {
 public:
  LinePrinter(Io& io, PrintMode mode) : io_(io), mode_(mode) {}
  ~LinePrinter();
  LinePrinter(const LinePrinter&) = delete;
  LinePrinter& operator=(const LinePrinter&) = delete;

  void Print(const FileLine& line);
  void EndProgress();

  uint64_t readable() const { return readable_; }
  uint64_t unreadable() const { return unreadable_; }
  uint64_t damaged() const { return damaged_; }  // of the readable

 private:
  void PrintDefect(const FileLine& line);
  void ShowProgress();

  Io& io_;
  const PrintMode mode_;
  uint64_t readable_ = 0;
  uint64_t unreadable_ = 0;
  uint64_t damaged_ = 0;
  bool shows_progress_ = false;
  int64_t last_shown_ms_ = 0;
};

}  // namespace portcullis::cli
