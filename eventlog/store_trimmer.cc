// SPDX-License-Identifier: Apache-2.0
#include "eventlog/store_trimmer.h"

#include <algorithm>
#include <limits>

#include "eventlog/store_index.h"
#include "eventlog/store_schema.h"

namespace portcullis::eventlog {
namespace {

// What a batch takes besides its bytes: a begun page of each table, a path of inner pages, the
// map of pages that auto_vacuum keeps.
constexpr int64_t kSparePages = 64;

constexpr std::array<const char*, kSharedTables> kDeleteRows = {
    "DELETE FROM rule WHERE id < min(?1, (SELECT min(id) FROM rule) + ?2)",
    "DELETE FROM file WHERE id < min(?1, (SELECT min(id) FROM file) + ?2)",
    "DELETE FROM program WHERE id < min(?1, (SELECT min(id) FROM program) + ?2)",
    "DELETE FROM account WHERE id < min(?1, (SELECT min(id) FROM account) + ?2)"};

Result<int64_t> OneNumber(Statement& statement) {
  if (!TRY(statement.Step())) return Fail(ErrorCode::kMalformed, "event store: no number of pages");
  const auto number = TRY(statement.Integer(0));
  statement.Reset();
  return number;
}

}  // namespace

Result<StoreTrimmer> StoreTrimmer::Prepare(const Database& database, int64_t file_pages) {
  StoreTrimmer trimmer;
  trimmer.database_ = &database;
  trimmer.file_pages_ = file_pages;
  trimmer.page_count_ = TRY(database.Prepare("PRAGMA page_count"));
  trimmer.free_count_ = TRY(database.Prepare("PRAGMA freelist_count"));
  trimmer.oldest_block_ =
      TRY(database.Prepare("SELECT first, latest_ns FROM event_index ORDER BY first LIMIT 1"));
  trimmer.delete_block_ = TRY(database.Prepare("DELETE FROM event_index WHERE first = ?1"));
  trimmer.delete_events_ = TRY(database.Prepare("DELETE FROM event WHERE sequence < ?1"));
  trimmer.live_epoch_ =
      TRY(database.Prepare("SELECT first_sequence, rule, file, program, account FROM epoch"
                           " WHERE first_sequence <= ifnull((SELECT min(sequence) FROM event), ?1)"
                           " ORDER BY first_sequence DESC LIMIT 1"));
  trimmer.delete_epochs_ = TRY(database.Prepare("DELETE FROM epoch WHERE first_sequence < ?1"));
  for (size_t i = 0; i < kSharedTables; ++i) {
    trimmer.delete_rows_[i] = TRY(database.Prepare(kDeleteRows[i]));
  }
  return trimmer;
}

Result<int64_t> StoreTrimmer::FreePages() {
  return file_pages_ - TRY(OneNumber(page_count_)) + TRY(OneNumber(free_count_));
}

Result<std::optional<StoreTrimmer::Block>> StoreTrimmer::OldestBlock() {
  std::optional<Block> block;
  if (TRY(oldest_block_.Step())) {
    block = Block{TRY(oldest_block_.Integer(0)), TRY(oldest_block_.Integer(1))};
  }
  oldest_block_.Reset();
  return block;
}

Result<uint64_t> StoreTrimmer::DeleteBlock(int64_t first) {
  TRY_VOID(delete_block_.Bind(1, first).Run());
  const auto next = TRY(OldestBlock());
  const int64_t end = next ? next->first : std::numeric_limits<int64_t>::max();
  TRY_VOID(delete_events_.Bind(1, end).Run());
  return static_cast<uint64_t>(sqlite3_changes64(database_->handle()));
}

Result<uint64_t> StoreTrimmer::DeleteDeadRows() {
  // Without any event the last epoch is the live one.
  if (!TRY(live_epoch_.Bind(1, std::numeric_limits<int64_t>::max()).Step())) {
    live_epoch_.Reset();
    return 0;
  }
  uint64_t deleted = 0;
  const auto first = TRY(live_epoch_.Integer(0));
  for (size_t i = 0; i < kSharedTables; ++i) {
    const auto live = TRY(live_epoch_.Integer(static_cast<int>(i) + 1));
    TRY_VOID(delete_rows_[i].Bind(1, live).Bind(2, kTrimmedRows).Run());
    deleted += static_cast<uint64_t>(sqlite3_changes64(database_->handle()));
  }
  live_epoch_.Reset();
  TRY_VOID(delete_epochs_.Bind(1, first).Run());
  return deleted;
}

Result<StoreTrimmer::Step> StoreTrimmer::TrimSome(uint64_t needed_bytes, int64_t oldest_ns,
                                                  int most) {
  const int64_t needed =
      kSparePages + file_pages_ / 64 +
      static_cast<int64_t>((needed_bytes + needed_bytes / 2) / uint64_t{kStorePageBytes});
  Step step;
  for (int i = 0; i < most; ++i) {
    const bool has_room = TRY(FreePages()) >= needed;
    const auto oldest = TRY(OldestBlock());
    const bool is_old = oldest && oldest->latest_ns < oldest_ns;
    step.enough = has_room && !is_old;
    if (step.enough) return step;
    if (TRY(DeleteDeadRows()) > 0) continue;
    if (!oldest) return step;
    step.trimmed += TRY(DeleteBlock(oldest->first));
  }
  step.enough = TRY(FreePages()) >= needed;
  return step;
}

Result<uint64_t> StoreTrimmer::Trim(uint64_t needed_bytes, int64_t oldest_ns) {
  const Step step = TRY(TrimSome(needed_bytes, oldest_ns, kMaxTrimSteps));
  if (step.trimmed > 0) TRY(DeleteDeadRows());
  if (step.enough) return step.trimmed;
  return Fail(ErrorCode::kIo, "event store: it is full, and no more could be removed at once");
}

}  // namespace portcullis::eventlog
