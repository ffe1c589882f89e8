// SPDX-License-Identifier: Apache-2.0
// A table of an installer database, of which columns of strings are read.
//
// Shape:   a stream a table; all rows of the first column, then all of the second. Table _Columns,
//          whose own columns are fixed, says what columns the others have.
// Limits:  kMaxTableBytes, kMaxColumns.
// Errors:  kNotFound for a table or column that is not there; kMalformed; kLimitExceeded.
// Lifetime: a value; it keeps the table's bytes.
// Threads: immutable.
// Source:  docs/formats/msi.md.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "formats/cfb/compound_file.h"
#include "formats/msi/string_pool.h"

namespace portcullis::msi {

inline constexpr uint64_t kMaxTableBytes = 4 << 20;
inline constexpr size_t kMaxColumns = 32;  // Windows Installer's own limit

struct Column {
  size_t width = 0;     // bytes a row
  size_t begin = 0;     // where the column's rows stand
  uint32_t number = 0;  // from 1 on; 0 where the layout is fixed
  bool is_string = false;
};

class Table {
 public:
  // `columns` are the names of those that will be asked for, all of strings.
  static Result<Table> Read(const cfb::CompoundFile& file, const StringPool& strings,
                            std::string_view name, const std::vector<std::string_view>& columns);

  size_t rows() const { return rows_; }
  // The number of the string in one of the columns that were asked for.
  uint32_t StringAt(size_t row, size_t column) const;

 private:
  std::vector<uint8_t> bytes_;
  std::vector<Column> columns_;  // in the order asked for
  size_t rows_ = 0;
};

}  // namespace portcullis::msi
