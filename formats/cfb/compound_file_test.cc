// SPDX-License-Identifier: Apache-2.0
#include "formats/cfb/compound_file.h"

#include <functional>

#include "tests/support/cfb_builder.h"

namespace portcullis::cfb {
namespace {

using testing::Buffer;
using testing::BuildCfb;
using testing::BuiltCfb;
using testing::CfbNode;
using testing::CfbOrder;
using testing::CfbSpec;
using ::testing::HasSubstr;
using testing::WriteLe;

Buffer Content(size_t size, uint8_t seed = 1) {
  Buffer content(size);
  for (size_t i = 0; i < size; ++i) content[i] = static_cast<uint8_t>(i * 7 + i / 251 + seed);
  return content;
}

// A small and a large stream, and a storage with one of each.
CfbSpec Sample(uint16_t version = 3, CfbOrder order = CfbOrder::kInARow) {
  CfbNode inner{.name = u"inner", .is_storage = true, .state_bits = 5, .created = 6, .modified = 7};
  inner.class_id[3] = 9;
  inner.children = {{.name = u"inner small", .content = Content(65, 2)},
                    {.name = u"inner large", .content = Content(4096, 3)}};
  CfbNode root{.is_storage = true};
  root.class_id[0] = 0x84;
  root.children = {{.name = u"small", .content = Content(4095)},
                   {.name = u"large", .content = Content(70'001)},
                   {.name = u"empty"},
                   inner};
  return {.root = root, .version = version, .order = order};
}

Buffer ContentOf(const CompoundFile& file, const Entry& storage, std::u16string_view name) {
  const Entry* entry = file.Find(storage, name);
  if (entry == nullptr) return {};
  const Stream stream = file.Open(*entry);
  return stream.Copy(0, stream.size(), stream.size()).value();
}

Error ErrorOf(const Buffer& bytes) {
  const MemorySource source(bytes);
  const auto file = CompoundFile::Parse(source);
  return file ? Error{ErrorCode::kIo, "no error"} : file.error();
}

TEST(CompoundFile, ReadsStreamsOfEitherSizeInEitherVersionInAnyOrder) {
  for (const uint16_t version : {uint16_t{3}, uint16_t{4}}) {
    for (const CfbOrder order : {CfbOrder::kInARow, CfbOrder::kBackwards}) {
      const BuiltCfb built = BuildCfb(Sample(version, order));
      const MemorySource source(built.bytes);
      const auto file = CompoundFile::Parse(source);
      ASSERT_TRUE(file) << file.error().message;
      EXPECT_EQ(ContentOf(*file, file->root(), u"small"), Content(4095));
      EXPECT_EQ(ContentOf(*file, file->root(), u"large"), Content(70'001));
      EXPECT_EQ(ContentOf(*file, file->root(), u"empty"), Buffer());
      const Entry* inner = file->Find(file->root(), u"inner");
      ASSERT_NE(inner, nullptr);
      EXPECT_EQ(ContentOf(*file, *inner, u"inner small"), Content(65, 2));
      EXPECT_EQ(ContentOf(*file, *inner, u"inner large"), Content(4096, 3));
      EXPECT_EQ(file->Find(file->root(), u"inner small"), nullptr);
    }
  }
}

TEST(CompoundFile, KeepsWhatASignatureDigests) {
  const BuiltCfb built = BuildCfb(Sample());
  const MemorySource source(built.bytes);
  const auto file = CompoundFile::Parse(source);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->root().kind, EntryKind::kRoot);
  EXPECT_EQ(file->root().class_id[0], 0x84);
  const Entry* inner = file->Find(file->root(), u"inner");
  ASSERT_NE(inner, nullptr);
  EXPECT_EQ(inner->kind, EntryKind::kStorage);
  EXPECT_EQ(inner->class_id[3], 9);
  EXPECT_EQ(inner->state_bits, 5U);
  EXPECT_EQ(inner->created, 6U);
  EXPECT_EQ(inner->modified, 7U);
  EXPECT_EQ(file->Find(file->root(), u"large")->size_field, 70'001U);
}

TEST(CompoundFile, ListsChildrenInTheOrderOfTheirNamesBytes) {
  CfbNode root{.is_storage = true};
  // U+3801 is 01 38, U+0102 is 02 01, U+4800 is 00 48.
  for (const char16_t* name : {u"\u0102", u"\u3801x", u"\u4800", u"\u3801"}) {
    root.children.push_back({.name = name});
  }
  const BuiltCfb built = BuildCfb({.root = root});
  const MemorySource source(built.bytes);
  const auto file = CompoundFile::Parse(source);
  ASSERT_TRUE(file);
  std::vector<std::u16string> names;
  for (const uint32_t child : file->root().children) names.push_back(file->entry(child).name);
  EXPECT_EQ(names, (std::vector<std::u16string>{u"\u4800", u"\u3801", u"\u3801x", u"\u0102"}));
}

TEST(CompoundFile, ReadsAnyPartOfAStream) {
  const BuiltCfb built = BuildCfb(Sample(3, CfbOrder::kBackwards));
  const MemorySource source(built.bytes);
  const auto file = CompoundFile::Parse(source);
  ASSERT_TRUE(file);
  const Stream stream = file->Open(*file->Find(file->root(), u"large"));
  const Buffer content = Content(70'001);
  for (const size_t offset : {0U, 1U, 511U, 512U, 513U, 69'000U, 70'000U, 70'001U}) {
    for (const size_t size : {0U, 1U, 2U, 600U, 5000U}) {
      const auto part = stream.Copy(offset, size, size);
      if (offset + size > content.size()) {
        EXPECT_EQ(part.error().code, ErrorCode::kTruncated) << offset << "+" << size;
      } else {
        EXPECT_TRUE(std::ranges::equal(*part, Bytes(content).subspan(offset, size)));
      }
    }
  }
}

TEST(CompoundFile, FindsAnAllocationTableThatTheHeaderDoesNotHoldWhole) {
  CfbNode root{.is_storage = true};
  root.children = {{.name = u"large", .content = Content(16 << 20)}};  // 258 sectors of the table
  const BuiltCfb built = BuildCfb({.root = root, .order = CfbOrder::kBackwards});
  ASSERT_GT(built.fat_sectors.size(), 109U + 127U);
  const MemorySource source(built.bytes);
  const auto file = CompoundFile::Parse(source);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(ContentOf(*file, file->root(), u"large"), Content(16 << 20));
}

TEST(CompoundFile, ToleratesWhatRealWritersLeave) {
  const CfbSpec spec = Sample();
  BuiltCfb built = BuildCfb(spec);
  // The upper half of a size, in version 3; colours; entries that no tree reaches; more behind the
  // end of a stream; a chain without an end; the root's name.
  WriteLe(built.bytes, built.entries.at(u"large") + 124, 0xDEADBEEF, 4);
  WriteLe(built.bytes, built.entries.at(u"small") + 67, 0, 1);
  WriteLe(built.bytes, built.FatOffset(built.chains.at(u"large").back()), 0xFFFFFFFF, 4);
  WriteLe(built.bytes, built.entries.at(u"") + 64, 0, 2);
  const MemorySource source(built.bytes);
  const auto file = CompoundFile::Parse(source);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(ContentOf(*file, file->root(), u"large"), Content(70'001));
}

TEST(CompoundFile, ReadsAFileWhoseLastSectorIsCutShort) {
  CfbNode root{.is_storage = true};
  root.children = {{.name = u"large", .content = Content(5000)}};
  BuiltCfb built = BuildCfb({.root = root, .version = 4});
  const uint32_t last = built.chains.at(u"large").back();
  // The stream's last sector goes to the end of the file: it changes places with the table's.
  const uint32_t end = built.fat_sectors.back();
  const auto begin_of = [&](uint32_t sector) {
    return built.bytes.begin() + static_cast<std::ptrdiff_t>(built.SectorOffset(sector));
  };
  std::swap_ranges(begin_of(last), begin_of(last) + 4096, begin_of(end));
  WriteLe(built.bytes, 76, last, 4);
  WriteLe(built.bytes, built.SectorOffset(last) + built.chains.at(u"large").front() * 4, end, 4);
  built.bytes.resize(built.SectorOffset(end) + 5000 - 4096);
  const MemorySource source(built.bytes);
  const auto file = CompoundFile::Parse(source);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(ContentOf(*file, file->root(), u"large"), Content(5000));
  built.bytes.pop_back();
  EXPECT_THAT(ErrorOf(built.bytes).message, HasSubstr("pass the end of the file"));
}

struct Damage {
  const char* what;
  std::function<void(BuiltCfb&)> make;
  ErrorCode code;
  const char* word;
};

void ExpectRefused(const std::vector<Damage>& rows) {
  for (const Damage& row : rows) {
    BuiltCfb built = BuildCfb(Sample());
    row.make(built);
    const Error error = ErrorOf(built.bytes);
    EXPECT_EQ(error.code, row.code) << row.what << ": " << error.message;
    EXPECT_THAT(error.message, HasSubstr(row.word)) << row.what;
  }
}

// A damage that writes a number.
std::function<void(BuiltCfb&)> Put(size_t offset, uint64_t value, size_t size) {
  return [=](BuiltCfb& built) { WriteLe(built.bytes, offset, value, size); };
}
std::function<void(BuiltCfb&)> PutInEntry(const char16_t* name, size_t offset, uint64_t value,
                                          size_t size) {
  return
      [=](BuiltCfb& built) { WriteLe(built.bytes, built.entries.at(name) + offset, value, size); };
}

TEST(CompoundFile, RefusesABadHeader) {
  ExpectRefused({
      {"empty", [](BuiltCfb& built) { built.bytes.clear(); }, ErrorCode::kTruncated, ""},
      {"short", [](BuiltCfb& built) { built.bytes.resize(511); }, ErrorCode::kTruncated, "512"},
      {"magic", Put(0, 0, 1), ErrorCode::kMalformed, "magic"},
      {"version", Put(26, 5, 2), ErrorCode::kUnsupported, "version 5"},
      {"byte order", Put(28, 0xFEFF, 2), ErrorCode::kMalformed, "byte order"},
      {"sector of the other version", Put(30, 12, 2), ErrorCode::kMalformed, "sector shift"},
      {"sector", Put(30, 63, 2), ErrorCode::kMalformed, "sector shift"},
      {"mini sector", Put(32, 5, 2), ErrorCode::kMalformed, "mini sector shift"},
      {"cutoff", Put(56, 512, 4), ErrorCode::kMalformed, "cutoff"},
      {"directory past the end", Put(48, 100'000, 4), ErrorCode::kTruncated, "sector 100000"},
      {"no directory", Put(48, 0xFFFFFFFE, 4), ErrorCode::kMalformed, "entry 0"},
      {"no table", Put(44, 0, 4), ErrorCode::kMalformed, "allocation table has no entry"},
      {"more of the table than there is", Put(44, 200, 4), ErrorCode::kTruncated, "sector"},
      {"a part of the table that is nowhere", Put(44, 3, 4), ErrorCode::kTruncated, "sector"},
      {"a part of the table twice",
       [](BuiltCfb& built) { WriteLe(built.bytes, 80, built.fat_sectors[0], 4); },
       ErrorCode::kMalformed, "reached twice"},
  });
}

TEST(CompoundFile, RefusesChainsThatLoopOrMeet) {
  ExpectRefused({
      {"a stream's chain loops",
       [](BuiltCfb& built) {
         const auto& chain = built.chains.at(u"large");
         WriteLe(built.bytes, built.FatOffset(chain[9]), chain[2], 4);
       },
       ErrorCode::kMalformed, "reached twice"},
      {"a sector leads to itself",
       [](BuiltCfb& built) {
         const auto& chain = built.chains.at(u"large");
         WriteLe(built.bytes, built.FatOffset(chain[9]), chain[9], 4);
       },
       ErrorCode::kMalformed, "reached twice"},
      {"two streams meet",
       [](BuiltCfb& built) {
         WriteLe(built.bytes, built.FatOffset(built.chains.at(u"inner large")[3]),
                 built.chains.at(u"large")[3], 4);
       },
       ErrorCode::kMalformed, "reached twice"},
      {"a stream begins in the directory",
       [](BuiltCfb& built) {
         WriteLe(built.bytes, built.entries.at(u"large") + 116, built.directory_sectors[0], 4);
       },
       ErrorCode::kMalformed, "reached twice"},
      {"the directory loops",
       [](BuiltCfb& built) {
         WriteLe(built.bytes, built.FatOffset(built.directory_sectors.back()),
                 built.directory_sectors.front(), 4);
       },
       ErrorCode::kMalformed, "reached twice"},
      {"a mini chain loops",
       [](BuiltCfb& built) {
         const auto& chain = built.chains.at(u"small");
         WriteLe(built.bytes, built.MiniFatOffset(chain[9]), chain[2], 4);
       },
       ErrorCode::kMalformed, "mini sector"},
  });
}

TEST(CompoundFile, RefusesChainsThatEndEarlyOrLeaveTheFile) {
  ExpectRefused({
      {"a chain ends early",
       [](BuiltCfb& built) {
         WriteLe(built.bytes, built.FatOffset(built.chains.at(u"large")[2]), 0xFFFFFFFE, 4);
       },
       ErrorCode::kMalformed, "ends after 1536 bytes of 70001"},
      {"a chain runs into a free sector",
       [](BuiltCfb& built) {
         WriteLe(built.bytes, built.FatOffset(built.chains.at(u"large")[2]), 0xFFFFFFFF, 4);
       },
       ErrorCode::kMalformed, "ends after"},
      {"a chain leaves the file",
       [](BuiltCfb& built) {
         WriteLe(built.bytes, built.FatOffset(built.chains.at(u"large")[2]), 4'000'000, 4);
       },
       ErrorCode::kTruncated, "sector 4000000"},
      {"a mini chain leaves the mini stream",
       [](BuiltCfb& built) {
         WriteLe(built.bytes, built.MiniFatOffset(built.chains.at(u"small")[2]), 4'000'000, 4);
       },
       ErrorCode::kTruncated, "mini sector 4000000"},
      {"a stream larger than the file", PutInEntry(u"large", 120, 0x7FFFFFFF, 4),
       ErrorCode::kMalformed, "ends after"},
      {"the file is cut", [](BuiltCfb& built) { built.bytes.resize(built.bytes.size() - 1); },
       ErrorCode::kTruncated, "pass the end"},
  });
}

TEST(CompoundFile, RefusesATableWhoseOwnChainLoops) {
  CfbNode root{.is_storage = true};
  root.children = {{.name = u"large", .content = Content(16 << 20)}};
  BuiltCfb built = BuildCfb({.root = root});
  ByteReader reader(built.bytes, "test");
  ASSERT_TRUE(reader.Seek(68));
  const uint32_t first = reader.Read<le32>().value();
  WriteLe(built.bytes, built.SectorOffset(first) + 508, first, 4);
  const Error error = ErrorOf(built.bytes);
  EXPECT_EQ(error.code, ErrorCode::kMalformed);
  EXPECT_THAT(error.message, HasSubstr("reached twice"));
}

TEST(CompoundFile, RefusesABadDirectory) {
  ExpectRefused({
      {"a tree that loops",
       [](BuiltCfb& built) {
         for (const size_t link : {68U, 72U}) {
           WriteLe(built.bytes, built.entries.at(u"small") + link, 1, 4);
           WriteLe(built.bytes, built.entries.at(u"large") + link, 2, 4);
         }
       },
       ErrorCode::kMalformed, "the tree loops"},
      {"a storage inside of itself", PutInEntry(u"inner", 76, 0, 4), ErrorCode::kMalformed,
       "the tree loops"},
      {"no such entry", PutInEntry(u"inner", 76, 4711, 4), ErrorCode::kMalformed, "entry 4711"},
      {"an unused entry", PutInEntry(u"small", 66, 0, 1), ErrorCode::kMalformed, "kind 0"},
      {"a second root", PutInEntry(u"small", 66, 5, 1), ErrorCode::kMalformed, "kind 5"},
      {"a root that is a stream", PutInEntry(u"", 66, 2, 1), ErrorCode::kMalformed, "entry 0"},
      {"a NUL in a name", PutInEntry(u"small", 2, 0, 2), ErrorCode::kMalformed, "a NUL inside"},
      {"no NUL behind a name", PutInEntry(u"small", 10, 'x', 2), ErrorCode::kMalformed,
       "does not end in NUL"},
      {"no name", PutInEntry(u"small", 64, 2, 2), ErrorCode::kMalformed, "a name of 2 bytes"},
      {"half a unit", PutInEntry(u"small", 64, 11, 2), ErrorCode::kMalformed, "a name of 11 bytes"},
      {"a long name", PutInEntry(u"small", 64, 66, 2), ErrorCode::kMalformed, "a name of 66 bytes"},
      {"a name twice",
       [](BuiltCfb& built) {
         const size_t from = built.entries.at(u"small");
         const size_t to = built.entries.at(u"large");
         std::copy_n(built.bytes.begin() + static_cast<std::ptrdiff_t>(from), 10,
                     built.bytes.begin() + static_cast<std::ptrdiff_t>(to));
         built.bytes[to] = 'S';
       },
       ErrorCode::kMalformed, "one name"},
  });
}

// ---- Limits: at each, and one past it.

CfbNode Nested(size_t depth) {
  CfbNode node{.name = u"leaf", .content = Content(1)};
  for (size_t i = 0; i < depth; ++i) node = {.name = u"s", .is_storage = true, .children = {node}};
  return node;
}

TEST(CompoundFileLimits, Depth) {
  const auto at = BuildCfb({.root = Nested(kMaxStorageDepth + 1)});  // the root is no level
  EXPECT_EQ(ErrorOf(at.bytes).message, "no error");
  const auto past = BuildCfb({.root = Nested(kMaxStorageDepth + 2)});
  EXPECT_EQ(ErrorOf(past.bytes).code, ErrorCode::kLimitExceeded);
}

// Of letters without case: names that differ in case alone are one.
std::u16string ShortName(size_t number) {
  return {static_cast<char16_t>(0x4E00 + number % 1024),
          static_cast<char16_t>(0x4E00 + number / 1024)};
}

TEST(CompoundFileLimits, DirectoryEntries) {
  CfbNode root{.is_storage = true};
  for (size_t i = 1; i < kMaxDirectoryEntries; ++i) {
    root.children.push_back({.name = ShortName(i)});
  }
  EXPECT_EQ(ErrorOf(BuildCfb({.root = root}).bytes).message, "no error");
  root.children.push_back({.name = u"one more"});
  EXPECT_EQ(ErrorOf(BuildCfb({.root = root}).bytes).code, ErrorCode::kLimitExceeded);
}

TEST(CompoundFileLimits, MiniStream) {
  BuiltCfb built = BuildCfb(Sample(4));
  WriteLe(built.bytes, built.entries.at(u"") + 120, kMaxMiniStreamBytes, 8);
  EXPECT_THAT(ErrorOf(built.bytes).message, HasSubstr("ends after"));
  WriteLe(built.bytes, built.entries.at(u"") + 120, kMaxMiniStreamBytes + 1, 8);
  EXPECT_EQ(ErrorOf(built.bytes).code, ErrorCode::kLimitExceeded);
}

// A file of any size, of which only the beginning is not zero.
class SparseSource final : public ByteSource {
 public:
  SparseSource(Bytes head, uint64_t size) : head_(head), size_(size) {}
  uint64_t size() const override { return size_; }
  Result<void> ReadAt(uint64_t offset, std::span<uint8_t> out) const override {
    for (size_t i = 0; i < out.size(); ++i) {
      out[i] = offset + i < head_.size() ? head_[static_cast<size_t>(offset + i)] : 0;
    }
    return {};
  }

 private:
  Bytes head_;
  uint64_t size_;
};

TEST(CompoundFileLimits, Sectors) {
  const BuiltCfb built = BuildCfb(Sample());
  const uint64_t size = (kMaxSectors + 1) * built.sector_size;
  EXPECT_TRUE(CompoundFile::Parse(SparseSource(built.bytes, size)));
  const auto past = CompoundFile::Parse(SparseSource(built.bytes, size + 1));
  ASSERT_FALSE(past);
  EXPECT_EQ(past.error().code, ErrorCode::kLimitExceeded);
}

// Small streams written backwards are in as many pieces as mini sectors.
TEST(CompoundFileLimits, Extents) {
  constexpr size_t kPiecesEach = 63;
  constexpr size_t kTables = 4;  // FAT, directory, mini stream, MiniFAT
  CfbNode root{.is_storage = true};
  size_t left = kMaxExtents - kTables;
  for (size_t i = 0; left > 0; ++i) {
    const size_t pieces = std::min(left, kPiecesEach);
    root.children.push_back({.name = ShortName(i), .content = Buffer(pieces * 64, 1)});
    left -= pieces;
  }
  const auto build = [&] {
    return BuildCfb({.root = root, .version = 4, .order = CfbOrder::kSmallStreamsBackwards});
  };
  EXPECT_EQ(ErrorOf(build().bytes).message, "no error");
  root.children.push_back({.name = u"one more", .content = Buffer(1)});
  EXPECT_EQ(ErrorOf(build().bytes).code, ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace portcullis::cfb
