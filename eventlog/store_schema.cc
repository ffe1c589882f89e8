// SPDX-License-Identifier: Apache-2.0
#include "eventlog/store_schema.h"

#include <fmt/core.h>
#include <sys/random.h>

#include <array>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "eventlog/event_limits.h"

namespace portcullis::eventlog {
namespace {

constexpr int64_t kApplicationId = 0x5043'4556;  // "PCEV"
constexpr int64_t kVersion = 1;
constexpr size_t kStreamBytes = 16;

struct Table {
  std::string_view name;
  const char* sql;  // as SQLite keeps it
};

constexpr auto kTables = std::to_array<Table>({
    {"meta",
     "CREATE TABLE meta(one INTEGER PRIMARY KEY, stream TEXT NOT NULL,"
     " next_sequence INTEGER NOT NULL) STRICT"},
    {"rule",
     "CREATE TABLE rule(id INTEGER PRIMARY KEY, rule_id TEXT, name TEXT, sddl TEXT,"
     " policy TEXT, is_deny INTEGER) STRICT"},
    {"file",
     "CREATE TABLE file(id INTEGER PRIMARY KEY, path TEXT, path_verified INTEGER, macro_path TEXT,"
     " size INTEGER, inode INTEGER, device INTEGER, owner_uid INTEGER, owner_gid INTEGER,"
     " mode INTEGER, mtime_ns INTEGER, sha256 BLOB, rule_sha256 BLOB, publisher TEXT,"
     " product TEXT, binary TEXT, version INTEGER, unknown INTEGER) STRICT"},
    {"program", "CREATE TABLE program(id INTEGER PRIMARY KEY, path TEXT) STRICT"},
    {"account",
     "CREATE TABLE account(id INTEGER PRIMARY KEY, uid INTEGER, gid INTEGER, login_uid INTEGER,"
     " session_id INTEGER, terminal INTEGER, user TEXT, sid TEXT, is_service INTEGER) STRICT"},
    {"event",
     "CREATE TABLE event(sequence INTEGER PRIMARY KEY, id INTEGER, time_ns INTEGER,"
     " last_time_ns INTEGER, count INTEGER, request_id TEXT, generation INTEGER, text TEXT,"
     " operation INTEGER, verdict INTEGER, collection INTEGER, enforcement INTEGER,"
     " reason INTEGER, blocked INTEGER, answered_by INTEGER, rule INTEGER, file INTEGER,"
     " program INTEGER, account INTEGER, pid INTEGER, thread_id INTEGER, parent_pid INTEGER,"
     " command_line BLOB) STRICT"},
    {"event_index",
     "CREATE TABLE event_index(first INTEGER PRIMARY KEY, earliest_ns INTEGER, latest_ns INTEGER,"
     " entries BLOB) STRICT"},
    {"epoch",
     "CREATE TABLE epoch(first_sequence INTEGER PRIMARY KEY, rule INTEGER, file INTEGER,"
     " program INTEGER, account INTEGER) STRICT"},
});

std::string NewStream() {
  std::array<uint8_t, kStreamBytes> bytes;
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) std::abort();
  return HexLower(bytes);
}

Unexpected NoStore(std::string_view why) {
  return Fail(ErrorCode::kMalformed, fmt::format("event store: {}", why));
}

Result<void> CheckTables(const Database& database) {
  Statement rows = TRY(database.Prepare("SELECT name, sql FROM sqlite_schema ORDER BY rowid"));
  for (const Table& table : kTables) {
    if (!TRY(rows.Step())) return NoStore("a table is missing");
    if (TRY(rows.Text(0, kMaxEventText)) != table.name ||
        TRY(rows.Text(1, kMaxEventText)) != table.sql) {
      return NoStore(fmt::format("the table {} is not as this program makes it", table.name));
    }
  }
  if (TRY(rows.Step())) return NoStore("it holds more than this program puts there");
  return {};
}

}  // namespace

Result<bool> IsEmptyDatabase(const Database& database) {
  return TRY(database.Integer("SELECT count(*) FROM sqlite_schema")) == 0 &&
         TRY(database.Integer("PRAGMA application_id")) == 0 &&
         TRY(database.Integer("PRAGMA user_version")) == 0;
}

Result<void> CreateStore(const Database& database) {
  TRY_VOID(database.Run(fmt::format("PRAGMA page_size={}; PRAGMA auto_vacuum=INCREMENTAL;"
                                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
                                    kStorePageBytes)
                            .c_str()));
  Transaction transaction = TRY(Transaction::Begin(database, Transaction::Kind::kWrite));
  for (const Table& table : kTables) TRY_VOID(database.Run(table.sql));
  const std::string rest = fmt::format(
      "PRAGMA application_id={}; PRAGMA user_version={}; INSERT INTO meta VALUES(1, '{}', 1);",
      kApplicationId, kVersion, NewStream());
  TRY_VOID(database.Run(rest.c_str()));
  return transaction.Commit();
}

Result<void> CheckStore(const Database& database) {
  if (TRY(database.Integer("PRAGMA application_id")) != kApplicationId) {
    return NoStore("it is another program's database");
  }
  const auto version = TRY(database.Integer("PRAGMA user_version"));
  if (version > kVersion) {
    return Fail(ErrorCode::kUnsupported,
                fmt::format("event store: version {}, this program knows {}", version, kVersion));
  }
  if (version != kVersion) return NoStore(fmt::format("its version is {}", version));
  if (TRY(database.Integer("PRAGMA page_size")) != kStorePageBytes) {
    return NoStore("its pages have another size");
  }
  return CheckTables(database);
}

Result<std::string> LoadStream(const Database& database) {
  Statement row = TRY(database.Prepare("SELECT stream FROM meta"));
  if (!TRY(row.Step())) return NoStore("it has no name");
  const std::string stream(TRY(row.Text(0, kStreamBytes * 2)));
  const auto bytes = FromHex(stream);
  if (bytes && bytes->size() == kStreamBytes) return stream;
  return NoStore("its name is not as this program makes it");
}

}  // namespace portcullis::eventlog
