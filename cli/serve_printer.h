// SPDX-License-Identifier: Apache-2.0
// What `serve` prints as it happens: decisions, and what befalls the service itself.
//
// Shape:   for people a line a decision on standard output and sentences on standard error; as JSON
//          everything on standard error, an object a line. A line is written at once, whole.
// Threads: one in each process of the service; they write whole lines beside each other.
// Source:  docs/cli-json.md.
#pragma once

#include <string>

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

 private:
  Io& io_;
  Format format_;
  std::vector<Column> columns_;
};

}  // namespace portcullis::cli
