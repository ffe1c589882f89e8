// SPDX-License-Identifier: Apache-2.0
#include "eventlog/store_shared_rows.h"

#include <algorithm>

#include "base/bytes.h"
#include "eventlog/event_hash.h"
#include "eventlog/event_limits.h"
#include "eventlog/store_schema.h"

namespace portcullis::eventlog {
namespace {

constexpr std::array<const char*, kSharedTables> kInserts = {
    "INSERT INTO rule VALUES(?1,?2,?3,?4,?5,?6)",
    "INSERT INTO file VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18)",
    "INSERT INTO program VALUES(?1,?2)", "INSERT INTO account VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)"};

// Rows that are gone may still be those below which an epoch begins: a number is never used twice.
constexpr std::array<const char*, kSharedTables> kLastIds = {
    "SELECT max(ifnull((SELECT max(id) FROM rule),0),ifnull((SELECT max(rule)-1 FROM epoch),0))",
    "SELECT max(ifnull((SELECT max(id) FROM file),0),ifnull((SELECT max(file)-1 FROM epoch),0))",
    "SELECT max(ifnull((SELECT max(id) FROM program),0),"
    "ifnull((SELECT max(program)-1 FROM epoch),0))",
    "SELECT max(ifnull((SELECT max(id) FROM account),0),"
    "ifnull((SELECT max(account)-1 FROM epoch),0))"};

void BindRule(Statement& row, const EventRule& rule) {
  row.BindText(2, rule.id, kMaxEventName).BindText(3, rule.name, kMaxEventText);
  row.BindText(4, rule.sddl, kMaxEventText).BindText(5, rule.policy, kMaxEventText);
  row.Bind(6, rule.is_deny ? 1 : 0);
}

// `bytes` keeps them until the row is written.
void BindHash(Statement& row, int parameter, const std::optional<std::string>& hex,
              std::string& bytes) {
  const auto parsed = FromHex(hex.value_or(""));
  if (!parsed || parsed->size() != 32) {
    row.BindNull(parameter);
    return;
  }
  bytes = *parsed;
  row.BindBlob(parameter, bytes);
}

void BindPublisher(Statement& row, const std::optional<FullyQualifiedBinaryName>& name) {
  if (!name) {
    row.BindNull(14).BindNull(15).BindNull(16).BindNull(17);
    return;
  }
  row.BindText(14, name->publisher, kMaxEventText).BindText(15, name->product, kMaxEventText);
  row.BindText(16, name->binary, kMaxEventText);
  row.Bind(17, static_cast<int64_t>(name->version.packed));
}

struct FileHashes {
  std::string sha256;
  std::string rule_sha256;
};

void BindFile(Statement& row, const EventFile& file, FileHashes& hashes) {
  row.BindText(2, file.path, kMaxEventPath).Bind(3, file.path_verified ? 1 : 0);
  row.BindText(4, file.macro_path, kMaxEventPath);
  row.Bind(5, static_cast<int64_t>(file.size)).Bind(6, static_cast<int64_t>(file.inode));
  row.Bind(7, static_cast<int64_t>(file.device));
  row.BindOptional(8, file.owner_uid).BindOptional(9, file.owner_gid);
  row.BindOptional(10, file.mode).BindOptional(11, file.mtime_ns);
  BindHash(row, 12, file.sha256, hashes.sha256);
  BindHash(row, 13, file.rule_sha256, hashes.rule_sha256);
  BindPublisher(row, file.publisher);
  row.Bind(18, (file.unknown.hash ? kHashUnknown : 0) |
                   (file.unknown.publisher ? kPublisherUnknown : 0));
}

void BindAccount(Statement& row, const EventProcess& process, const std::string& sid) {
  row.BindOptional(2, process.uid).BindOptional(3, process.gid);
  row.BindOptional(4, process.login_uid).BindOptional(5, process.session_id);
  row.Bind(6, process.terminal).BindText(7, process.user, kMaxEventName);
  if (process.user_sid) {
    row.BindText(8, sid, kMaxEventName);
  } else {
    row.BindNull(8);
  }
  row.Bind(9, process.is_service ? 1 : 0);
}

// At the least what SQLite keeps of a row.
constexpr uint64_t kRowBytes = 64;

uint64_t BytesOf(const EventRule& rule) {
  return kRowBytes + rule.name.size() + rule.sddl.size() + rule.policy.size();
}
uint64_t BytesOf(const EventFile& file) {
  return 2 * kRowBytes + file.path.size() + file.macro_path.size() +
         (file.publisher ? file.publisher->publisher.size() + file.publisher->product.size() : 0);
}

}  // namespace

Result<SharedRows> SharedRows::Prepare(const Database& database, uint64_t epoch_bytes) {
  SharedRows rows;
  rows.most_epoch_bytes_ = epoch_bytes;
  for (size_t i = 0; i < kSharedTables; ++i) {
    rows.tables_[i].insert = TRY(database.Prepare(kInserts[i]));
    rows.tables_[i].last_id = TRY(database.Prepare(kLastIds[i]));
  }
  rows.insert_epoch_ = TRY(database.Prepare("INSERT OR REPLACE INTO epoch VALUES(?1,?2,?3,?4,?5)"));
  return rows;
}

Result<void> SharedRows::BeginTransaction(uint64_t sequence) {
  if (epoch_ && sequence - *epoch_ < kEpochEvents && epoch_bytes_ < most_epoch_bytes_) return {};
  return BeginEpoch(sequence);
}

Result<void> SharedRows::BeginEpoch(uint64_t sequence) {
  insert_epoch_.Bind(1, static_cast<int64_t>(sequence));
  for (size_t i = 0; i < kSharedTables; ++i) {
    Table& table = tables_[i];
    if (!TRY(table.last_id.Step())) return Fail(ErrorCode::kMalformed, "event store: no last id");
    table.next_id = TRY(table.last_id.Integer(0)) + 1;
    table.last_id.Reset();
    table.known.Clear();
    insert_epoch_.Bind(static_cast<int>(i) + 2, table.next_id);
  }
  TRY_VOID(insert_epoch_.Run());
  epoch_ = sequence;
  epoch_bytes_ = 0;
  return {};
}

template <typename Bind>
Result<int64_t> SharedRows::IdOf(size_t table, const Hash128& hash, Bind bind) {
  Table& rows = tables_[table];
  if (const int64_t* const known = rows.known.Find(hash)) return *known;
  rows.insert.Bind(1, rows.next_id);
  epoch_bytes_ += bind(rows.insert);
  TRY_VOID(rows.insert.Run());
  rows.known.Put(hash, rows.next_id);
  return rows.next_id++;
}

Result<SharedIds> SharedRows::Write(const DecisionEvent& decision) {
  SharedIds ids;
  if (decision.rule) {
    ids.rule = TRY(IdOf(kRule, HashOf(*decision.rule, key_), [&decision](Statement& row) {
      BindRule(row, *decision.rule);
      return BytesOf(*decision.rule);
    }));
  }
  FileHashes hashes;
  ids.file = TRY(IdOf(kFile, HashOf(decision.file, key_), [&](Statement& row) {
    BindFile(row, decision.file, hashes);
    return BytesOf(decision.file);
  }));
  const EventProcess& process = decision.process;
  ids.program = TRY(IdOf(kProgram, HashOfProgram(process, key_), [&process](Statement& row) {
    row.BindText(2, process.program, kMaxEventPath);
    return kRowBytes + process.program.size();
  }));
  std::string sid;
  ids.account = TRY(IdOf(kAccount, HashOfAccount(process, key_), [&](Statement& row) {
    if (process.user_sid) sid = process.user_sid->ToString();
    BindAccount(row, process, sid);
    return 2 * kRowBytes;
  }));
  return ids;
}

}  // namespace portcullis::eventlog
