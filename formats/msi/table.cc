// SPDX-License-Identifier: Apache-2.0
#include "formats/msi/table.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "formats/msi/stream_name.h"

namespace portcullis::msi {
namespace {

// Numbers are written with their sign's bit turned, so that 0 can stand for none.
constexpr uint32_t kShortBias = 0x8000;

// What _Columns says of a column's type.
constexpr uint32_t kTypeSizeMask = 0xFF;
constexpr uint32_t kTypeString = 0x0800;
constexpr uint32_t kTypeStream = kTypeString | 0x0100;  // its content is a stream of its own
constexpr uint32_t kTypeKnown = 0xFFF;

constexpr std::string_view kColumns = "_Columns";
enum ColumnsColumn : size_t { kTableColumn, kNumberColumn, kNameColumn, kTypeColumn };

size_t WidthOf(uint32_t type, const StringPool& strings) {
  if ((type & kTypeKnown) == kTypeStream) return sizeof(le16);
  if ((type & kTypeString) != 0) return strings.reference_size();
  return (type & kTypeSizeMask) <= 2 ? sizeof(le16) : sizeof(le32);
}

bool IsString(uint32_t type) {
  return (type & kTypeString) != 0 && (type & kTypeKnown) != kTypeStream;
}

uint32_t NumberAt(Bytes bytes, const Column& column, size_t row) {
  uint32_t value = 0;
  for (size_t i = column.width; i-- > 0;) {
    value = value << 8 | bytes[column.begin + row * column.width + i];
  }
  return value;
}

Result<std::vector<uint8_t>> ReadStream(const cfb::CompoundFile& file, std::string_view table) {
  const cfb::Entry* entry = file.Find(file.root(), TableStreamName(table));
  if (entry == nullptr || entry->kind != cfb::EntryKind::kStream) {
    return Fail(ErrorCode::kNotFound, fmt::format("installer database: no table {}", table));
  }
  const cfb::Stream stream = file.Open(*entry);
  return stream.Copy(0, stream.size(), kMaxTableBytes);
}

// How many rows the bytes hold; every column then has its place.
Result<size_t> PlaceColumns(Bytes bytes, std::string_view table, std::vector<Column>& columns) {
  size_t width = 0;
  for (const Column& column : columns) width += column.width;
  if (width == 0 || bytes.size() % width != 0) {
    return Fail(ErrorCode::kMalformed,
                fmt::format("installer database, table {}: {} bytes in rows of {}", table,
                            bytes.size(), width));
  }
  const size_t rows = bytes.size() / width;
  size_t begin = 0;
  for (Column& column : columns) {
    column.begin = begin;
    begin += rows * column.width;
  }
  return rows;
}

struct NamedColumn {
  Column column;
  uint32_t name = 0;  // the number of a string
};

// The columns of `table` in their order, as _Columns lists them.
Result<std::vector<NamedColumn>> ListColumns(const cfb::CompoundFile& file,
                                             const StringPool& strings, std::string_view table) {
  const std::vector<uint8_t> bytes = TRY(ReadStream(file, kColumns));
  const size_t reference = strings.reference_size();
  std::vector<Column> layout = {
      {.width = reference}, {.width = sizeof(le16)}, {.width = reference}, {.width = sizeof(le16)}};
  const size_t rows = TRY(PlaceColumns(bytes, kColumns, layout));
  std::vector<NamedColumn> found;
  for (size_t row = 0; row < rows; ++row) {
    if (!TRY(strings.Is(NumberAt(bytes, layout[kTableColumn], row), table))) continue;
    if (found.size() == kMaxColumns) {
      return Fail(ErrorCode::kLimitExceeded,
                  fmt::format("installer database, table {}: over {} columns", table, kMaxColumns));
    }
    const uint32_t type = NumberAt(bytes, layout[kTypeColumn], row) ^ kShortBias;
    found.push_back({{.width = WidthOf(type, strings),
                      .number = NumberAt(bytes, layout[kNumberColumn], row) ^ kShortBias,
                      .is_string = IsString(type)},
                     NumberAt(bytes, layout[kNameColumn], row)});
  }
  std::ranges::sort(found, {}, [](const NamedColumn& each) { return each.column.number; });
  for (size_t i = 0; i < found.size(); ++i) {
    if (found[i].column.number == i + 1) continue;
    return Fail(
        ErrorCode::kMalformed,
        fmt::format("installer database, table {}: its columns are not numbered from 1 on", table));
  }
  return found;
}

Result<Column> FindColumn(const std::vector<NamedColumn>& listed, const std::vector<Column>& placed,
                          const StringPool& strings, std::string_view name) {
  for (size_t i = 0; i < listed.size(); ++i) {
    if (TRY(strings.Is(listed[i].name, name)) && placed[i].is_string) return placed[i];
  }
  return Fail(ErrorCode::kNotFound,
              fmt::format("installer database: no column {} of strings", name));
}

}  // namespace

Result<Table> Table::Read(const cfb::CompoundFile& file, const StringPool& strings,
                          std::string_view name, const std::vector<std::string_view>& columns) {
  const std::vector<NamedColumn> listed = TRY(ListColumns(file, strings, name));
  Table table;
  table.bytes_ = TRY(ReadStream(file, name));
  std::vector<Column> placed;
  placed.reserve(listed.size());
  for (const NamedColumn& each : listed) placed.push_back(each.column);
  table.rows_ = TRY(PlaceColumns(table.bytes_, name, placed));
  for (const std::string_view column : columns) {
    table.columns_.push_back(TRY(FindColumn(listed, placed, strings, column)));
  }
  return table;
}

uint32_t Table::StringAt(size_t row, size_t column) const {
  return NumberAt(bytes_, columns_[column], row);
}

}  // namespace portcullis::msi
