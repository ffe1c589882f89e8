// SPDX-License-Identifier: Apache-2.0
// Makes compound files for tests, and says where in them a test finds what it wants to break.
//
// Shape:   a tree of nodes in, bytes and places out. Names must be unique in the whole file where a
//          place is asked for by name.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/support/pe_builder.h"

namespace portcullis::testing {

struct CfbNode {
  std::u16string name = {};
  bool is_storage = false;
  Buffer content = {};                 // of a stream
  std::vector<CfbNode> children = {};  // of a storage
  std::array<uint8_t, 16> class_id = {};
  uint32_t state_bits = 0;
  uint64_t created = 0;
  uint64_t modified = 0;
};

// Where the sectors of a chain stand.
enum class CfbOrder : uint8_t { kInARow, kBackwards, kSmallStreamsBackwards };

struct CfbSpec {
  CfbNode root = {};  // its name is not written
  uint16_t version = 3;
  CfbOrder order = CfbOrder::kInARow;
};

struct BuiltCfb {
  Buffer bytes = {};
  size_t sector_size = 512;
  std::map<std::u16string, size_t> entries = {};                // offset of the directory entry
  std::map<std::u16string, std::vector<uint32_t>> chains = {};  // (mini) sectors of a stream
  std::vector<uint32_t> fat_sectors = {};
  std::vector<uint32_t> directory_sectors = {};
  std::vector<uint32_t> minifat_sectors = {};
  std::vector<uint32_t> mini_stream_sectors = {};

  size_t SectorOffset(uint32_t sector) const { return (size_t{sector} + 1) * sector_size; }
  // Of a sector's number in the FAT, of a mini sector's in the MiniFAT.
  size_t FatOffset(uint32_t sector) const;
  size_t MiniFatOffset(uint32_t mini_sector) const;
  // Of a byte of a stream.
  size_t ContentOffset(const std::u16string& name, size_t size, size_t position) const;
};

// Of the root the entry is called u"".
BuiltCfb BuildCfb(const CfbSpec& spec);

}  // namespace portcullis::testing
