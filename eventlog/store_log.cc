// SPDX-License-Identifier: Apache-2.0
#include "eventlog/store_log.h"

#include <fmt/core.h>

#include "eventlog/store_schema.h"

namespace portcullis::eventlog {
namespace {

constexpr uint64_t kFrameHeaderBytes = 24;

int KeepFrames(void* frames, sqlite3* /*handle*/, const char* /*name*/, int count) {
  *static_cast<int*>(frames) = count;
  return SQLITE_OK;
}

}  // namespace

StoreLog::StoreLog(const Database& database, uint64_t most_bytes)
    : database_(database), most_bytes_(most_bytes) {
  sqlite3_wal_hook(database_.handle(), KeepFrames, &frames_);  // and no checkpoint by itself
}

StoreLog::~StoreLog() { sqlite3_wal_hook(database_.handle(), nullptr, nullptr); }

uint64_t StoreLog::bytes() const {
  return static_cast<uint64_t>(frames_) * (uint64_t{kStorePageBytes} + kFrameHeaderBytes);
}

Result<void> StoreLog::MakeRoom() {
  if (bytes() < most_bytes_ / 2) return {};
  int in_log = 0;
  int carried_over = 0;
  const int code = sqlite3_wal_checkpoint_v2(database_.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE,
                                             &in_log, &carried_over);
  if (code != SQLITE_OK && (code & 0xFF) != SQLITE_BUSY) {
    return Fail(ErrorCode::kIo, fmt::format("event store: {}", sqlite3_errmsg(database_.handle())));
  }
  if (bytes() + kTransactionBytes <= most_bytes_) return {};
  return Empty();
}

Result<void> StoreLog::Empty() {
  const int code = sqlite3_wal_checkpoint_v2(database_.handle(), nullptr,
                                             SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  if ((code & 0xFF) == SQLITE_BUSY) {
    return Fail(ErrorCode::kIo, "event store: its log is full, and a reader holds it open");
  }
  if (code != SQLITE_OK) {
    return Fail(ErrorCode::kIo, fmt::format("event store: {}", sqlite3_errmsg(database_.handle())));
  }
  frames_ = 0;
  return {};
}

}  // namespace portcullis::eventlog
