// SPDX-License-Identifier: Apache-2.0
// Makes Windows Installer files for tests, signs them, and says what their signatures cover.
//
// Shape:   MakeMsi makes the tree that BuildCfb writes; SignMsi adds the signature's streams to it.
// Errors:  none are expected.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/cfb_builder.h"
#include "tests/support/test_signer.h"

namespace portcullis::testing {

inline const std::u16string kSignatureStream =
    u"\x0005"
    u"DigitalSignature";
inline const std::u16string kMetadataStream =
    u"\x0005"
    u"MsiDigitalSignatureEx";

enum class MsiClass : uint8_t { kTransform = 0x82, kPackage = 0x84, kPatch = 0x86 };

struct MsiSpec {
  MsiClass kind = MsiClass::kPackage;
  std::vector<std::pair<std::string, std::string>> properties = {
      {"ProductName", "My Product"},
      {"ProductCode", "{01234567-89AB-CDEF-0123-456789ABCDEF}"},
      {"ProductVersion", "1.2.3"},
      {"Manufacturer", "My Company"}};
  uint32_t code_page = 1252;
  bool has_long_references = false;
  bool value_comes_first = false;  // the columns of Property the other way round
  // Written into _Columns for Property beside its own two, each a column of 16-bit numbers.
  size_t further_columns = 0;
  std::vector<CfbNode> others = {};  // further children of the root
};
CfbNode MakeMsi(const MsiSpec& spec);

// The same as the name of a table's stream, written the slow way.
std::u16string PackedName(std::string_view name, bool is_table);

// What a signature digests, by the documentation read plainly: an oracle.
Buffer MsiContent(const CfbNode& root);
Buffer MsiMetadata(const CfbNode& root);

enum class MsiMetadataUse : uint8_t { kNone, kSigned };
void SignMsi(CfbNode& root, const SignSpec& spec, MsiMetadataUse metadata);

}  // namespace portcullis::testing
