// SPDX-License-Identifier: Apache-2.0
// What `serve` prints as it happens: decisions, and what befalls the service itself.
//
// Shape:   for people a line a decision on standard output and sentences on standard error; as JSON
//          everything on standard error, an object a line. A line is written at once, whole.
// Limits:  an event's line is cut to PIPE_BUF.
// Errors:  a record waits for who reads, an event never: where there is no room it is dropped. Both
//          count what was lost, and say it when there is room again.
// Threads: Record, Lost and Head are for one thread. Event is for any, in forks too: it shares no
//          buffer and no lock with the others.
// Source:  docs/cli-json.md.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/io.h"
#include "cli/text.h"
#include "enforcement/decision_record.h"
#include "enforcement/supervisor.h"

namespace portcullis::cli {

// "blocked", "would block" (it was only observed), "audited"; empty for what was allowed.
const char* EffectOf(const enforcement::DecisionRecord& record);
// The rule's name, or why there is none.
std::string RuleOrReason(const enforcement::DecisionRecord& record);

class ServePrinter {
 public:
  enum class Format : uint8_t { kTable, kJson };
  ServePrinter(Io& io, Format format);

  void Head();
  void Record(const enforcement::DecisionRecord& record);
  void Lost(uint64_t count);
  void Event(const enforcement::ServiceEvent& event);

  Format format() const { return format_; }
  // Records that could not be written: a disk that is full, say.
  uint64_t unwritten() const;

 private:
  std::string LineOf(const enforcement::ServiceEvent& event) const;
  bool SayWhatWasDropped();
  void TellUnwritten(uint64_t before);

  Io& io_;
  Format format_;
  std::vector<Column> columns_;
  uint64_t told_unwritten_ = 0;
  std::atomic<uint64_t> dropped_{0};  // events
};

}  // namespace portcullis::cli
