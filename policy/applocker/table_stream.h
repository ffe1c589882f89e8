// SPDX-License-Identifier: Apache-2.0
// The tables of the fast engine as bytes, one behind the other, and back as views of these bytes.
//
// Shape:   a number of the table's values (u64), then the values as they lie in memory, filled with
//          zeros up to a multiple of 8; a table of kBigTable bytes and more begins at a multiple of
//          64, which is a cache line. There are no offsets, so none can be wrong.
// Units:   bytes from the start of the section. The section itself begins at a multiple of 64.
// Limits:  a table never has more values than the section has room for; nothing is allocated.
// Errors:  the reader keeps the first one and gives empty tables from there on.
// Lifetime: tables that are read borrow the bytes.
// Source:  docs/formats/compiled-policy.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "policy/applocker/pod_table.h"

namespace portcullis::applocker {

inline constexpr size_t kTableAlignment = 8;
inline constexpr size_t kBigTableAlignment = 64;
inline constexpr size_t kBigTable = 4096;

class TableWriter {
 public:
  template <typename T>
  void Table(const PodTable<T>& table) {
    Number(table.size());
    const size_t bytes = table.size_bytes();
    AlignTo(bytes >= kBigTable ? kBigTableAlignment : kTableAlignment);
    if (bytes > 0) bytes_.append(reinterpret_cast<const char*>(table.data()), bytes);
    AlignTo(kTableAlignment);
  }
  void Number(uint64_t number);
  std::string Take() { return std::move(bytes_); }

 private:
  void AlignTo(size_t alignment);

  std::string bytes_;
};

class TableReader {
 public:
  // `bytes` begin at a multiple of 64 in memory.
  explicit TableReader(Bytes bytes) : bytes_(bytes) {}

  template <typename T>
  void Table(PodTable<T>& table) {
    static_assert(alignof(T) <= kTableAlignment);
    const Bytes values = TakeValues(Number(), sizeof(T));
    if (values.empty()) return;
    table =
        PodTable<T>::View({reinterpret_cast<const T*>(values.data()), values.size() / sizeof(T)});
  }
  uint64_t Number();
  // A number that must not be above `limit`; `what` is for the message.
  uint32_t NumberUpTo(uint32_t limit, const char* what);
  // Keeps `what` as the error unless `holds` or there is one already.
  void Expect(bool holds, const char* what);
  bool ok() const { return !error_; }
  // The error, or that bytes are left over.
  Result<void> Finish() const;

 private:
  void AlignTo(size_t alignment);
  Bytes TakeValues(uint64_t count, size_t size);

  Bytes bytes_;
  size_t position_ = 0;
  std::optional<Error> error_;
};

}  // namespace portcullis::applocker
