// SPDX-License-Identifier: Apache-2.0
#include "formats/msi/installer.h"

#include <algorithm>

#include "formats/msi/string_pool.h"
#include "formats/msi/table.h"

namespace portcullis::msi {
namespace {

// {000C10xx-0000-0000-C000-000000000046}; the first byte, xx, stands first in the file.
constexpr std::array<uint8_t, 15> kClassTail = {0x10, 0x0C, 0, 0, 0, 0, 0,   0xC0,
                                                0,    0,    0, 0, 0, 0, 0x46};
enum ClassHead : uint8_t { kTransformHead = 0x82, kPackageHead = 0x84, kPatchHead = 0x86 };

struct WantedProperty {
  std::string_view name;
  std::string Properties::*text;
};
constexpr std::array kWanted = {
    WantedProperty{"ProductName", &Properties::product_name},
    WantedProperty{"ProductCode", &Properties::product_code},
    WantedProperty{"ProductVersion", &Properties::product_version},
    WantedProperty{"Manufacturer", &Properties::manufacturer},
};

enum PropertyColumn : size_t { kName, kValue };

}  // namespace

std::optional<InstallerKind> KindOfClass(const std::array<uint8_t, 16>& class_id) {
  if (!std::ranges::equal(std::span(class_id).subspan(1), kClassTail)) return std::nullopt;
  switch (class_id[0]) {
    case kPackageHead:
      return InstallerKind::kPackage;
    case kPatchHead:
      return InstallerKind::kPatch;
    case kTransformHead:
      return InstallerKind::kTransform;
    default:
      return std::nullopt;
  }
}

Result<Properties> ReadProperties(const cfb::CompoundFile& file) {
  const StringPool strings = TRY(StringPool::Read(file));
  const Table table = TRY(Table::Read(file, strings, "Property", {"Property", "Value"}));
  Properties properties;
  // The name is the key of the table: a second row of the name can not be made by its own means.
  std::array<bool, kWanted.size()> is_found = {};
  for (size_t row = 0; row < table.rows(); ++row) {
    for (size_t i = 0; i < kWanted.size(); ++i) {
      if (is_found[i]) continue;
      if (!TRY(strings.Is(table.StringAt(row, kName), kWanted[i].name))) continue;
      properties.*kWanted[i].text = TRY(strings.Text(table.StringAt(row, kValue)));
      is_found[i] = true;
    }
  }
  return properties;
}

}  // namespace portcullis::msi
