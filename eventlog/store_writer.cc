// SPDX-License-Identifier: Apache-2.0
#include "eventlog/store_writer.h"

#include <fmt/core.h>

#include <algorithm>

#include "eventlog/command_line_bytes.h"
#include "eventlog/event_limits.h"
#include "eventlog/store_schema.h"

namespace portcullis::eventlog {
namespace {

constexpr uint64_t kMinLogBytes = 4 << 20;
constexpr uint64_t kLogShare = 16;
constexpr uint64_t kEpochShare = 16;
constexpr std::chrono::hours kLongestAge(24 * 366 * 100);
constexpr int kShrinkSteps = 64;

constexpr const char* kInsertEvent =
    "INSERT INTO event VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,"
    "?20,?21,?22,?23)";
constexpr const char* kCountEvent =
    "UPDATE event SET count = min(count + ?2, ?3), last_time_ns = max(last_time_ns, ?4)"
    " WHERE sequence = ?1";

void BindDecision(Statement& row, const DecisionEvent& decision, const SharedIds& ids) {
  row.Bind(9, static_cast<int64_t>(decision.operation));
  row.Bind(10, static_cast<int64_t>(decision.verdict));
  row.BindOptional(11, decision.collection);
  row.Bind(12, static_cast<int64_t>(decision.enforcement));
  row.Bind(13, static_cast<int64_t>(decision.reason)).Bind(14, decision.blocked ? 1 : 0);
  row.Bind(15, static_cast<int64_t>(decision.answered_by));
  row.BindOptional(16, ids.rule).Bind(17, ids.file).Bind(18, ids.program).Bind(19, ids.account);
  row.Bind(20, decision.process.pid).Bind(21, decision.process.thread_id);
  row.Bind(22, decision.process.parent_pid);
}

}  // namespace

StoreWriter::StoreWriter(const Database& database, uint64_t log_bytes, std::chrono::hours max_age)
    : database_(database), log_(database, log_bytes), max_age_(std::min(max_age, kLongestAge)) {}

Result<std::unique_ptr<StoreWriter>> StoreWriter::Open(const Database& database,
                                                       StoreLimits limits) {
  const uint64_t log_bytes = std::max(kMinLogBytes, limits.max_bytes / kLogShare);
  std::unique_ptr<StoreWriter> writer(new StoreWriter(database, log_bytes, limits.max_age));
  TRY_VOID(writer->Prepare(limits.max_bytes - log_bytes));
  return writer;
}

Result<void> StoreWriter::Prepare(uint64_t file_bytes) {
  const auto file_pages = static_cast<int64_t>(file_bytes / uint64_t{kStorePageBytes});
  TRY_VOID(database_.Run("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"));
  TRY_VOID(log_.Empty());
  trimmer_ = TRY(StoreTrimmer::Prepare(database_, file_pages));
  TRY_VOID(ShrinkTo(file_pages));
  TRY_VOID(database_.Run(fmt::format("PRAGMA max_page_count={}", file_pages).c_str()));
  shared_ = TRY(SharedRows::Prepare(database_, file_bytes / kEpochShare));
  insert_event_ = TRY(database_.Prepare(kInsertEvent));
  count_event_ = TRY(database_.Prepare(kCountEvent));
  next_sequence_ = TRY(database_.Prepare("SELECT next_sequence FROM meta"));
  set_next_sequence_ = TRY(database_.Prepare("UPDATE meta SET next_sequence = ?1"));
  load_block_ =
      TRY(database_.Prepare("SELECT first, earliest_ns, latest_ns, entries FROM event_index"
                            " WHERE first <= ?1 ORDER BY first DESC LIMIT 1"));
  replace_block_ = TRY(database_.Prepare("REPLACE INTO event_index VALUES(?1,?2,?3,?4)"));
  // What this reads it must find in order.
  TRY(NextSequence());
  TRY(LoadBlock(INT64_MAX));
  blocks_.clear();
  return {};
}

// Smaller limits than the store was made with: the oldest go until the rest has room, then the
// file gives the pages back.
Result<void> StoreWriter::ShrinkTo(int64_t file_pages) {
  while (TRY(database_.Integer("PRAGMA page_count")) > file_pages) {
    Transaction transaction = TRY(Transaction::Begin(database_, Transaction::Kind::kWrite));
    const auto step = TRY(trimmer_->TrimSome(0, INT64_MIN, kShrinkSteps));
    TRY_VOID(database_.Run(fmt::format("PRAGMA incremental_vacuum({})", kShrinkSteps).c_str()));
    TRY_VOID(transaction.Commit());
    TRY_VOID(log_.Empty());
    if (!step.enough && step.trimmed == 0) {
      return Fail(ErrorCode::kIo, "event store: it can not be made as small as its limit");
    }
  }
  return {};
}

int64_t StoreWriter::OldestTime() const {
  const auto oldest = std::chrono::system_clock::now() - max_age_;
  return std::chrono::nanoseconds(oldest.time_since_epoch()).count();
}

Result<StoreWriter::Written> StoreWriter::Write(std::span<const Event> events,
                                                std::span<const Repeat> repeats) {
  uint64_t bytes = repeats.size() * 64;
  for (const Event& event : events) bytes += StoredBytes(event);
  if (bytes > kMaxBatchBytes) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("event store: a batch of {} bytes, at most {}", bytes, kMaxBatchBytes));
  }
  TRY_VOID(log_.MakeRoom());
  auto written = WriteInTransaction(events, repeats, bytes);
  blocks_.clear();
  if (!written) {
    shared_->Forget();
    return written;
  }
  expected_next_ = written->first_sequence + events.size();
  return written;
}

Result<StoreWriter::Written> StoreWriter::WriteInTransaction(std::span<const Event> events,
                                                             std::span<const Repeat> repeats,
                                                             uint64_t bytes) {
  Transaction transaction = TRY(Transaction::Begin(database_, Transaction::Kind::kWrite));
  Written written;
  written.first_sequence = TRY(NextSequence());
  written.trimmed = TRY(trimmer_->Trim(bytes, OldestTime()));
  // Another process wrote in between: the rows' numbers that we would give are taken.
  if (written.first_sequence != expected_next_) shared_->Forget();
  TRY_VOID(shared_->BeginTransaction(written.first_sequence));
  uint64_t sequence = written.first_sequence;
  for (const Event& event : events) TRY_VOID(Append(event, sequence++));
  for (const Repeat& repeat : repeats) {
    if (!TRY(Count(repeat))) written.missed_repeats += repeat.count;
  }
  TRY_VOID(WriteBlocks());
  TRY_VOID(set_next_sequence_.Bind(1, static_cast<int64_t>(sequence)).Run());
  TRY_VOID(transaction.Commit());
  return written;
}

Result<uint64_t> StoreWriter::NextSequence() {
  if (!TRY(next_sequence_.Step()))
    return Fail(ErrorCode::kMalformed, "event store: no next number");
  const auto next = TRY(next_sequence_.Number(0, INT64_MAX / 2));
  next_sequence_.Reset();
  if (next > 0) return next;
  return Fail(ErrorCode::kMalformed, "event store: the next number is 0");
}

Result<void> StoreWriter::Append(const Event& event, uint64_t sequence) {
  SharedIds ids;
  if (event.decision) ids = TRY(shared_->Write(*event.decision));
  TRY_VOID(InsertEvent(event, sequence, ids));
  IndexBlock* const block = TRY(TailBlock(sequence));
  block->Append(IndexEntryOf(event, static_cast<uint32_t>(ids.account)));
  block->earliest_ns = std::min(block->earliest_ns, event.time_ns);
  block->latest_ns = std::max(block->latest_ns, event.last_time_ns);
  return {};
}

Result<void> StoreWriter::InsertEvent(const Event& event, uint64_t sequence, const SharedIds& ids) {
  Statement& row = insert_event_;
  row.Bind(1, static_cast<int64_t>(sequence)).Bind(2, static_cast<int64_t>(event.id));
  row.Bind(3, event.time_ns).Bind(4, event.last_time_ns);
  row.Bind(5, static_cast<int64_t>(std::clamp<uint64_t>(event.count, 1, kMaxCount)));
  row.BindText(6, event.request_id, kMaxEventName);
  row.Bind(7, static_cast<int64_t>(event.generation));
  row.BindText(8, event.text, kMaxEventText);
  std::string arguments;
  if (event.decision) {
    BindDecision(row, *event.decision, ids);
    arguments = CommandLineBytes(event.decision->process.command_line);
    row.BindBlob(23, arguments);
  } else {
    for (int column = 9; column <= 23; ++column) row.BindNull(column);
  }
  return row.Run();
}

Result<bool> StoreWriter::Count(const Repeat& repeat) {
  IndexBlock* const block = TRY(BlockOf(repeat.sequence));
  if (block == nullptr) return false;
  count_event_.Bind(1, static_cast<int64_t>(repeat.sequence));
  count_event_.Bind(2, static_cast<int64_t>(std::min(repeat.count, kMaxCount)));
  count_event_.Bind(3, static_cast<int64_t>(kMaxCount)).Bind(4, repeat.last_time_ns);
  TRY_VOID(count_event_.Run());
  block->SeenAgain(repeat.sequence, repeat.last_time_ns);
  return true;
}

Result<IndexBlock*> StoreWriter::LoadBlock(uint64_t sequence) {
  load_block_.Bind(1, static_cast<int64_t>(std::min(sequence, uint64_t{INT64_MAX})));
  if (!TRY(load_block_.Step())) {
    load_block_.Reset();
    return nullptr;
  }
  IndexBlock block = TRY(IndexBlock::Load(load_block_));
  load_block_.Reset();
  const uint64_t first = block.first();
  return &blocks_.try_emplace(first, std::move(block)).first->second;
}

Result<IndexBlock*> StoreWriter::TailBlock(uint64_t sequence) {
  IndexBlock* tail = nullptr;
  if (!blocks_.empty()) tail = &blocks_.rbegin()->second;
  if (tail == nullptr) tail = TRY(LoadBlock(INT64_MAX));
  if (tail != nullptr && tail->end() == sequence && !tail->full()) return tail;
  return &blocks_.try_emplace(sequence, sequence).first->second;
}

Result<IndexBlock*> StoreWriter::BlockOf(uint64_t sequence) {
  const auto holds = [sequence](const IndexBlock& block) {
    return block.first() <= sequence && sequence < block.end();
  };
  const auto after = blocks_.upper_bound(sequence);
  if (after != blocks_.begin() && holds(std::prev(after)->second)) return &std::prev(after)->second;
  IndexBlock* const block = TRY(LoadBlock(sequence));
  return block != nullptr && holds(*block) ? block : nullptr;
}

Result<void> StoreWriter::WriteBlocks() {
  for (const auto& [first, block] : blocks_) {
    replace_block_.Bind(1, static_cast<int64_t>(first)).Bind(2, block.earliest_ns);
    replace_block_.Bind(3, block.latest_ns).BindBlob(4, block.bytes());
    TRY_VOID(replace_block_.Run());
  }
  return {};
}

}  // namespace portcullis::eventlog
