// SPDX-License-Identifier: Apache-2.0
// The journal: the process that owns the event store, feeds the sinks and tells who was blocked.
//
// Shape:   a child that nobody waits for (child_process.h). It reads what gate and supervisor sent
//          (journal_link.h), folds and stores it in batches (journal_store.h), hands renderings to
//          the sinks' own threads (sink_feeder.h), and writes notices (user_notice.h). When its
//          link to the supervisor ends it takes what is there, stores it, and ends.
// Limits:  kMaxPacketsATurn packets before it looks at its batch and beats again.
// Errors:  each is said in an event; what could not be stored is counted.
// Lifetime: MakeJournal's directories are made by the caller's rights, before the first mark.
// Threads: one, and one for each sink.
// Source:  docs/events.md.
#pragma once

#include "base/result.h"
#include "enforcement/child_process.h"
#include "enforcement/journal_config.h"
#include "enforcement/journal_link.h"
#include "eventlog/rendering.h"

namespace portcullis::enforcement {

struct JournalSetup {
  JournalConfig config;
  eventlog::Origin origin;  // but for its stream, which the store has
  const JournalLink* link = nullptr;
  int notices = -1;  // where notices for desktops go (desktop_notifier.h); -1: nowhere
};

// The body: returns its exit status.
int RunJournal(const JournalSetup& setup, ChildSelf self);

// The kind of child that it is. `link` outlives every process of the service. Makes the state's
// directory, and those of its files, where they are missing, for the account to write: an error is
// the caller's to tell, the journal then tries by itself.
struct Journal {
  ChildKind kind;
  Result<void> made_directories;
};
Result<Journal> MakeJournal(const JournalConfig& config, const ServiceAccount& account,
                            const JournalLink& link, int notices = -1);

}  // namespace portcullis::enforcement
