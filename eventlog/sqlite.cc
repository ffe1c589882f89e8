// SPDX-License-Identifier: Apache-2.0
#include "eventlog/sqlite.h"

#include <fmt/core.h>

#include <string>

#include "eventlog/event_limits.h"

namespace portcullis::eventlog {
namespace {

constexpr int kBusyMilliseconds = 500;

bool IsCorruption(int code) {
  return (code & 0xFF) == SQLITE_CORRUPT || (code & 0xFF) == SQLITE_NOTADB ||
         code == SQLITE_IOERR_READ || code == SQLITE_IOERR_SHORT_READ ||
         code == SQLITE_IOERR_CORRUPTFS;
}

Unexpected Refusal(sqlite3* handle, int code) {
  if (handle != nullptr && sqlite3_extended_errcode(handle) != SQLITE_OK) {
    code = sqlite3_extended_errcode(handle);
  }
  const char* const text = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
  return Fail(IsCorruption(code) ? ErrorCode::kMalformed : ErrorCode::kIo,
              fmt::format("event store: {}", text));
}

Result<void> Check(sqlite3* handle, int code) {
  if (code == SQLITE_OK) return {};
  return Refusal(handle, code);
}

// An empty view may have no address, which SQLite would take for NULL.
const char* AddressOf(std::string_view text) { return text.empty() ? "" : text.data(); }

void Harden(sqlite3* handle) {
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, kMaxValueBytes);
  sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyMilliseconds);
}

}  // namespace

Statement& Statement::Bind(int parameter, int64_t value) {
  error_ |= sqlite3_bind_int64(statement_, parameter, value);
  return *this;
}

Statement& Statement::BindNull(int parameter) {
  error_ |= sqlite3_bind_null(statement_, parameter);
  return *this;
}

Statement& Statement::BindText(int parameter, std::string_view text, size_t limit) {
  if (text.size() <= limit) {
    error_ |= sqlite3_bind_text(statement_, parameter, AddressOf(text),
                                static_cast<int>(text.size()), SQLITE_STATIC);
    return *this;
  }
  const std::string cut = CutText(text, limit);
  error_ |= sqlite3_bind_text(statement_, parameter, cut.data(), static_cast<int>(cut.size()),
                              SQLITE_TRANSIENT);
  return *this;
}

Statement& Statement::BindBlob(int parameter, std::string_view bytes) {
  error_ |=
      sqlite3_bind_blob64(statement_, parameter, AddressOf(bytes), bytes.size(), SQLITE_STATIC);
  return *this;
}

Result<bool> Statement::Step() {
  if (error_ != SQLITE_OK) return Fail(ErrorCode::kIo, "event store: a value could not be bound");
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  Unexpected refusal = Refusal(sqlite3_db_handle(statement_), code);
  Reset();
  return refusal;
}

Result<void> Statement::Run() {
  while (TRY(Step())) {
  }
  Reset();
  return {};
}

bool Statement::IsNull(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

Unexpected Statement::Refuse(int column, std::string_view what) const {
  return Fail(ErrorCode::kMalformed,
              fmt::format("event store: {} {}", sqlite3_column_name(statement_, column), what));
}

Result<int64_t> Statement::Integer(int column) const {
  if (sqlite3_column_type(statement_, column) == SQLITE_INTEGER) {
    return sqlite3_column_int64(statement_, column);
  }
  return Refuse(column, "is no number");
}

Result<uint64_t> Statement::Number(int column, uint64_t last) const {
  const auto value = TRY(Integer(column));
  if (value >= 0 && static_cast<uint64_t>(value) <= last) return static_cast<uint64_t>(value);
  return Refuse(column, fmt::format("is {}, at most {}", value, last));
}

Result<std::string_view> Statement::Text(int column, size_t limit) const {
  if (sqlite3_column_type(statement_, column) != SQLITE_TEXT) return Refuse(column, "is no text");
  const auto* const text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  const auto size = static_cast<size_t>(sqlite3_column_bytes(statement_, column));
  if (text != nullptr && size <= limit) return std::string_view(text, size);
  return Refuse(column, fmt::format("has {} bytes, at most {}", size, limit));
}

Result<std::string_view> Statement::Blob(int column, size_t limit) const {
  if (sqlite3_column_type(statement_, column) != SQLITE_BLOB) return Refuse(column, "is no bytes");
  const auto* const bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  const auto size = static_cast<size_t>(sqlite3_column_bytes(statement_, column));
  if (size <= limit) return std::string_view(bytes, bytes == nullptr ? 0 : size);
  return Refuse(column, fmt::format("has {} bytes, at most {}", size, limit));
}

Result<Database> Database::Open(const std::string& path, Access access) {
  Database database;
  const int mode = access == Access::kWrite ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
  const int code = sqlite3_open_v2(path.c_str(), &database.handle_,
                                   mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, nullptr);
  if (code != SQLITE_OK) return Refusal(database.handle_, code);
  Harden(database.handle_);
  TRY_VOID(database.Run("PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY;"));
  return database;
}

Result<Statement> Database::Prepare(const char* sql) const {
  sqlite3_stmt* statement = nullptr;
  TRY_VOID(Check(handle_, sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                             &statement, nullptr)));
  return Statement(statement);
}

Result<void> Database::Run(const char* sql) const {
  return Check(handle_, sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr));
}

Result<int64_t> Database::Integer(const char* sql) const {
  Statement statement = TRY(Prepare(sql));
  if (TRY(statement.Step())) return statement.Integer(0);
  return Fail(ErrorCode::kMalformed, "event store: it holds no row where there must be one");
}

Result<Transaction> Transaction::Begin(const Database& database, Kind kind) {
  TRY_VOID(database.Run(kind == Kind::kRead ? "BEGIN" : "BEGIN IMMEDIATE"));
  return Transaction(database);
}

Transaction::~Transaction() {
  if (database_ != nullptr)
    sqlite3_exec(database_->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

Result<void> Transaction::Commit() {
  TRY_VOID(database_->Run("COMMIT"));
  database_ = nullptr;
  return {};
}

}  // namespace portcullis::eventlog
