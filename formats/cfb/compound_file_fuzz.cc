// SPDX-License-Identifier: Apache-2.0
// A hostile compound file. What Parse takes holds together: every stream can be read to its end,
// all of them are no more than the file, and the tree has each entry once.
#include <cstdint>
#include <cstdlib>
#include <set>

#include "formats/cfb/compound_file.h"

namespace {

using namespace portcullis;

void Require(bool holds) {
  if (!holds) std::abort();
}

struct Walk {
  const cfb::CompoundFile& file;
  uint64_t file_size;
  uint64_t bytes = 0;
  std::set<uint32_t> seen = {};

  void Visit(const cfb::Entry& storage, size_t depth) {
    Require(depth <= cfb::kMaxStorageDepth);
    for (const uint32_t index : storage.children) {
      Require(seen.insert(index).second);
      const cfb::Entry& entry = file.entry(index);
      Require(file.Find(storage, entry.name) == &entry);
      if (entry.kind == cfb::EntryKind::kStorage) {
        Visit(entry, depth + 1);
        continue;
      }
      const cfb::Stream stream = file.Open(entry);
      bytes += stream.size();
      Require(bytes <= file_size);
      Require(stream.Copy(0, stream.size(), file_size).has_value());
    }
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const MemorySource source(Bytes(data, size));
  const auto file = cfb::CompoundFile::Parse(source);
  if (!file) return 0;
  Walk walk{.file = *file, .file_size = size};
  walk.Visit(file->root(), 0);
  return 0;
}
