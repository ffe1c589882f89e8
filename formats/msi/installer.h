// SPDX-License-Identifier: Apache-2.0
// What a Windows Installer file says of itself.
//
// Shape:   the class of the root storage tells package, patch and transform apart; table Property
//          of a package has its names.
// Units:   UTF-8.
// Limits:  those of StringPool and Table.
// Errors:  kNotFound where the database has no such table; kMalformed, kTruncated, kLimitExceeded.
// Threads: pure.
// Source:  reference section 3.1; docs/formats/msi.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "formats/cfb/compound_file.h"

namespace portcullis::msi {

enum class InstallerKind : uint8_t { kPackage, kPatch, kTransform };

// By the class of a root storage.
std::optional<InstallerKind> KindOfClass(const std::array<uint8_t, 16>& class_id);

struct Properties {
  std::string product_name;
  std::string product_code;  // a GUID in braces
  std::string product_version;
  std::string manufacturer;
};

// A property that is not there is empty.
Result<Properties> ReadProperties(const cfb::CompoundFile& file);

}  // namespace portcullis::msi
