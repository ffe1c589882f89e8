// SPDX-License-Identifier: Apache-2.0
// SQLite as Results: a database, and statements that are prepared once.
//
// Limits:  kMaxValueBytes of any value, whatever the file says.
// Errors:  kMalformed: the file is corrupt or no database, or a column is not of the type, length
//          or range asked for. kIo: the rest (disk full, busy, not permitted), with SQLite's
//          sentence.
// Lifetime: statements end before their database. A text of a column lasts until the next Step; a
//          bound text must last until the Step after it.
// Threads: an object is for one thread at a time.
#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace portcullis::eventlog {

inline constexpr int kMaxValueBytes = 1 << 20;

class Statement {
 public:
  Statement() = default;
  Statement(Statement&& other) noexcept
      : statement_(std::exchange(other.statement_, nullptr)), error_(other.error_) {}
  Statement& operator=(Statement&& other) noexcept {
    std::swap(statement_, other.statement_);
    std::swap(error_, other.error_);
    return *this;
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { sqlite3_finalize(statement_); }

  // Parameters count from 1. What could not be bound fails the next Step.
  Statement& Bind(int parameter, int64_t value);
  Statement& BindNull(int parameter);
  // Cut at `limit`, as event_limits.h does.
  Statement& BindText(int parameter, std::string_view text, size_t limit);
  Statement& BindBlob(int parameter, std::string_view bytes);
  template <typename T>
  Statement& BindOptional(int parameter, const std::optional<T>& value) {
    return value ? Bind(parameter, static_cast<int64_t>(*value)) : BindNull(parameter);
  }

  // Whether there is a row.
  Result<bool> Step();
  void Reset() { sqlite3_reset(statement_); }
  // Of a statement without rows; it can be bound anew afterwards.
  Result<void> Run();

  // Columns count from 0.
  bool IsNull(int column) const;
  Result<int64_t> Integer(int column) const;
  // At most `last`, at least 0.
  Result<uint64_t> Number(int column, uint64_t last) const;
  Result<std::string_view> Text(int column, size_t limit) const;
  Result<std::string_view> Blob(int column, size_t limit) const;

 private:
  friend class Database;
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  Unexpected Refuse(int column, std::string_view what) const;

  sqlite3_stmt* statement_ = nullptr;
  int error_ = SQLITE_OK;
};

class Database {
 public:
  Database() = default;
  Database(Database&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Database& operator=(Database&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() { sqlite3_close_v2(handle_); }

  enum class Access { kRead, kWrite };
  // The file is there. Nothing of a hostile file is run: no trigger, view, default or function of
  // it that SQLite would not run by itself.
  static Result<Database> Open(const std::string& path, Access access);

  Result<Statement> Prepare(const char* sql) const;
  // One statement or several.
  Result<void> Run(const char* sql) const;
  // The first column of the first row.
  Result<int64_t> Integer(const char* sql) const;

  sqlite3* handle() const { return handle_; }

 private:
  sqlite3* handle_ = nullptr;
};

// A transaction that is undone unless it is committed.
class Transaction {
 public:
  enum class Kind { kRead, kWrite };
  static Result<Transaction> Begin(const Database& database, Kind kind);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  Result<void> Commit();

 private:
  explicit Transaction(const Database& database) : database_(&database) {}
  const Database* database_;
};

}  // namespace portcullis::eventlog
