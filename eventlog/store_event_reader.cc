// SPDX-License-Identifier: Apache-2.0
#include "eventlog/store_event_reader.h"

#include <fmt/core.h>

#include <limits>

#include "base/bytes.h"
#include "eventlog/command_line_bytes.h"
#include "eventlog/event_limits.h"
#include "eventlog/event_store.h"
#include "eventlog/store_schema.h"

namespace portcullis::eventlog {
namespace {

constexpr size_t kHashBytes = 32;

// The columns of `event` from `operation` on.
enum EventColumn : int {
  kOperation = 8,
  kVerdict,
  kCollection,
  kEnforcement,
  kReason,
  kBlocked,
  kAnsweredBy,
  kRule,
  kFile,
  kProgram,
  kAccount,
  kPid,
  kThreadId,
  kParentPid,
  kCommandLine
};

// `last` is the enumeration's last member.
template <typename E>
Result<E> Enum(const Statement& row, int column, E last) {
  return static_cast<E>(TRY(row.Number(column, static_cast<uint64_t>(last))));
}

Result<bool> Bool(const Statement& row, int column) { return TRY(row.Number(column, 1)) == 1; }

// All 64 bits; see store_schema.h.
Result<uint64_t> Bits(const Statement& row, int column) {
  return static_cast<uint64_t>(TRY(row.Integer(column)));
}

Result<uint32_t> Word(const Statement& row, int column) {
  return static_cast<uint32_t>(TRY(row.Number(column, std::numeric_limits<uint32_t>::max())));
}

Result<std::optional<uint32_t>> OptionalWord(const Statement& row, int column) {
  if (row.IsNull(column)) return std::optional<uint32_t>();
  return std::optional(TRY(Word(row, column)));
}

Result<std::string> Text(const Statement& row, int column, size_t limit) {
  return std::string(TRY(row.Text(column, limit)));
}

Result<std::optional<std::string>> Hash(const Statement& row, int column) {
  if (row.IsNull(column)) return std::optional<std::string>();
  const auto bytes = TRY(row.Blob(column, kHashBytes));
  if (bytes.size() == kHashBytes) return std::optional(HexLower(AsBytes(bytes)));
  return Fail(ErrorCode::kMalformed, fmt::format("event store: a hash of {} bytes", bytes.size()));
}

Result<EventRule> RuleOf(const Statement& row) {
  EventRule rule;
  rule.id = TRY(Text(row, 1, kMaxEventName));
  rule.name = TRY(Text(row, 2, kMaxEventText));
  rule.sddl = TRY(Text(row, 3, kMaxEventText));
  rule.policy = TRY(Text(row, 4, kMaxEventText));
  rule.is_deny = TRY(Bool(row, 5));
  return rule;
}

Result<std::optional<FullyQualifiedBinaryName>> PublisherOf(const Statement& row) {
  if (row.IsNull(13)) return std::optional<FullyQualifiedBinaryName>();
  FullyQualifiedBinaryName name;
  name.publisher = TRY(Text(row, 13, kMaxEventText));
  name.product = TRY(Text(row, 14, kMaxEventText));
  name.binary = TRY(Text(row, 15, kMaxEventText));
  name.version.packed = TRY(Bits(row, 16));
  return std::optional(std::move(name));
}

Result<EventFile> FileOf(const Statement& row) {
  EventFile file;
  file.path = TRY(Text(row, 1, kMaxEventPath));
  file.path_verified = TRY(Bool(row, 2));
  file.macro_path = TRY(Text(row, 3, kMaxEventPath));
  file.size = TRY(Bits(row, 4));
  file.inode = TRY(Bits(row, 5));
  file.device = TRY(Bits(row, 6));
  file.owner_uid = TRY(OptionalWord(row, 7));
  file.owner_gid = TRY(OptionalWord(row, 8));
  file.mode = TRY(OptionalWord(row, 9));
  if (!row.IsNull(10)) file.mtime_ns = TRY(row.Integer(10));
  file.sha256 = TRY(Hash(row, 11));
  file.rule_sha256 = TRY(Hash(row, 12));
  file.publisher = TRY(PublisherOf(row));
  const auto unknown = static_cast<int64_t>(TRY(row.Number(17, kHashUnknown | kPublisherUnknown)));
  file.unknown = {(unknown & kHashUnknown) != 0, (unknown & kPublisherUnknown) != 0};
  return file;
}

Result<EventProcess> AccountOf(const Statement& row) {
  EventProcess account;
  account.uid = TRY(OptionalWord(row, 1));
  account.gid = TRY(OptionalWord(row, 2));
  account.login_uid = TRY(OptionalWord(row, 3));
  account.session_id = TRY(OptionalWord(row, 4));
  account.terminal = TRY(Word(row, 5));
  account.user = TRY(Text(row, 6, kMaxEventName));
  if (!row.IsNull(7)) account.user_sid = TRY(Sid::Parse(TRY(row.Text(7, kMaxEventName))));
  account.is_service = TRY(Bool(row, 8));
  return account;
}

Result<std::string> ProgramOf(const Statement& row) { return Text(row, 1, kMaxEventPath); }

// The row of this id, read once.
template <typename T, typename Read>
Result<const T*> Shared(std::unordered_map<int64_t, T>& known, Statement& statement, int64_t id,
                        Read read) {
  const auto found = known.find(id);
  if (found != known.end()) return &found->second;
  if (!TRY(statement.Bind(1, id).Step())) {
    statement.Reset();
    return Fail(ErrorCode::kMalformed, "event store: an event refers to what is not there");
  }
  auto value = read(statement);
  statement.Reset();
  return &known.emplace(id, TRY(std::move(value))).first->second;
}

Result<EventId> IdOf(const Statement& row) {
  const auto id = static_cast<EventId>(TRY(row.Number(1, std::numeric_limits<uint16_t>::max())));
  if (KindOf(id) != nullptr) return id;
  return Fail(ErrorCode::kMalformed,
              fmt::format("event store: {} is no event's number", static_cast<unsigned>(id)));
}

}  // namespace

Result<StoreEventReader> StoreEventReader::Prepare(const Database& database) {
  StoreEventReader reader;
  reader.event_ = TRY(database.Prepare("SELECT * FROM event WHERE sequence = ?1"));
  reader.rule_ = TRY(database.Prepare("SELECT * FROM rule WHERE id = ?1"));
  reader.file_ = TRY(database.Prepare("SELECT * FROM file WHERE id = ?1"));
  reader.program_ = TRY(database.Prepare("SELECT * FROM program WHERE id = ?1"));
  reader.account_ = TRY(database.Prepare("SELECT * FROM account WHERE id = ?1"));
  return reader;
}

void StoreEventReader::Forget() {
  event_.Reset();
  rules_.clear();
  files_.clear();
  programs_.clear();
  accounts_.clear();
}

Result<Event> StoreEventReader::Read(uint64_t sequence) {
  event_.Reset();
  if (!TRY(event_.Bind(1, static_cast<int64_t>(sequence)).Step())) {
    return Fail(ErrorCode::kMalformed,
                fmt::format("event store: event {} is in the index alone", sequence));
  }
  Event event;
  event.sequence = sequence;
  event.id = TRY(IdOf(event_));
  event.time_ns = TRY(event_.Integer(2));
  event.last_time_ns = TRY(event_.Integer(3));
  event.count = TRY(event_.Number(4, kMaxCount));
  event.request_id = TRY(Text(event_, 5, kMaxEventName));
  event.generation = TRY(Bits(event_, 6));
  event.text = TRY(Text(event_, 7, kMaxEventText));
  if (!event_.IsNull(kOperation)) event.decision = TRY(ReadDecision());
  return event;
}

Result<DecisionEvent> StoreEventReader::ReadDecision() {
  using applocker::CollectionType;
  DecisionEvent decision;
  decision.operation = TRY(Enum(event_, kOperation, Operation::kOpen));
  decision.verdict = TRY(Enum(event_, kVerdict, Verdict::kDeniedByDefault));
  if (!event_.IsNull(kCollection)) {
    decision.collection = TRY(Enum(event_, kCollection, CollectionType::kManagedInstaller));
  }
  decision.enforcement = TRY(Enum(event_, kEnforcement, applocker::EnforcementMode::kAuditOnly));
  decision.reason = TRY(Enum(event_, kReason, Reason::kSrpDefault));
  decision.blocked = TRY(Bool(event_, kBlocked));
  decision.answered_by = TRY(Enum(event_, kAnsweredBy, AnsweredBy::kObserved));
  if (!event_.IsNull(kRule)) {
    decision.rule = *TRY(Shared(rules_, rule_, TRY(event_.Integer(kRule)), RuleOf));
  }
  decision.file = *TRY(Shared(files_, file_, TRY(event_.Integer(kFile)), FileOf));
  decision.process = TRY(ReadProcess());
  return decision;
}

Result<EventProcess> StoreEventReader::ReadProcess() {
  EventProcess process =
      *TRY(Shared(accounts_, account_, TRY(event_.Integer(kAccount)), AccountOf));
  process.program = *TRY(Shared(programs_, program_, TRY(event_.Integer(kProgram)), ProgramOf));
  process.pid = TRY(Word(event_, kPid));
  process.thread_id = TRY(Word(event_, kThreadId));
  process.parent_pid = TRY(Word(event_, kParentPid));
  const auto arguments = TRY(event_.Blob(kCommandLine, kMaxCommandLineBytes));
  process.command_line = TRY(ParseCommandLine(arguments));
  return process;
}

}  // namespace portcullis::eventlog
