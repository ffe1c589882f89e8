// SPDX-License-Identifier: Apache-2.0
// What the store's file looks like.
//
// Shape:   `event` has a row an event; what many events share stands once in `rule`, `file`,
//          `program` and `account`. `event_index` has a row for each kIndexedEvents of them
//          (store_index.h). `epoch` says which of the shared rows events from a number on refer to
//          at the least, so that older ones can go with the last event before it. `meta` has one
//          row. Numbers of 64 bits without a sign stand as the number with a sign of the same bits.
// Errors:  Check: kMalformed for a database that is no store or was altered, kUnsupported for the
//          store of a newer program.
// Source:  docs/events.md "The store".
#pragma once

#include "base/result.h"
#include "eventlog/sqlite.h"

namespace portcullis::eventlog {

inline constexpr int64_t kStorePageBytes = 8192;

// The bits of file.unknown.
inline constexpr int64_t kHashUnknown = 1;
inline constexpr int64_t kPublisherUnknown = 2;

// Makes it in an empty file.
Result<void> CreateStore(const Database& database);
// Whether this is a store of this version, with nothing added.
Result<void> CheckStore(const Database& database);
// Whether anything was ever written into the file.
Result<bool> IsEmptyDatabase(const Database& database);

// The text that is in `meta`.
Result<std::string> LoadStream(const Database& database);

}  // namespace portcullis::eventlog
