// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/table_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/held_bytes.h"
#include "policy/applocker/key_table.h"

namespace portcullis::applocker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Pair {
  uint32_t a;
  uint32_t b;
};

std::string Written(size_t small, size_t big) {
  TableWriter writer;
  writer.Table(PodTable(std::vector<char>(small, 'x')));
  writer.Table(PodTable(std::vector<Pair>(big, Pair{7, 9})));
  return writer.Take();
}

// The message, or nothing.
std::string Refusal(const std::string& bytes) {
  const HeldBytes held = CopyAligned(AsBytes(bytes));
  TableReader reader(held.bytes);
  PodTable<char> small;
  PodTable<Pair> big;
  reader.Table(small);
  reader.Table(big);
  const auto read = reader.Finish();
  return read ? "" : read.error().message;
}

TEST(TableStream, GivesBackWhatWasWrittenWhereItLies) {
  const HeldBytes held = CopyAligned(AsBytes(Written(3, 1000)));
  TableReader reader(held.bytes);
  PodTable<char> small;
  PodTable<Pair> big;
  reader.Table(small);
  reader.Table(big);
  ASSERT_TRUE(reader.Finish());
  EXPECT_THAT(small.values(), ElementsAre('x', 'x', 'x'));
  ASSERT_EQ(big.size(), 1000U);
  EXPECT_EQ(big.back().b, 9U);
  // A view into the bytes, at a cache line.
  const auto* const at = reinterpret_cast<const uint8_t*>(big.data());
  EXPECT_EQ((at - held.bytes.data()) % 64, 0);
  EXPECT_LE(at + big.size_bytes(), held.bytes.data() + held.bytes.size());
}

TEST(TableStream, RefusesWhatIsCutShortAnywhere) {
  const std::string whole = Written(3, 20);
  ASSERT_EQ(Refusal(whole), "");
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(Refusal(whole.substr(0, size)), "") << size;
  }
}

TEST(TableStream, RefusesACountThatHasNoRoom) {
  std::string bytes = Written(3, 20);
  bytes[16] = 21;  // the second table's, which has room for 20
  EXPECT_THAT(Refusal(bytes), HasSubstr("byte 24: a table of 21 values of 8 bytes; 160 bytes"));
}

TEST(TableStream, RefusesWhatIsNotZeroBetweenTables) {
  std::string bytes = Written(3, 20);
  bytes[8 + 3] = 1;
  EXPECT_THAT(Refusal(bytes), HasSubstr("not zero"));
}

TEST(TableStream, RefusesWhatStandsBehindTheLastTable) {
  EXPECT_THAT(Refusal(Written(3, 20) + std::string(8, '\0')), HasSubstr("8 bytes stand behind"));
}

TEST(TableStream, KeepsTheFirstError) {
  const HeldBytes held = CopyAligned(AsBytes(std::string(64, '\xFF')));
  TableReader reader(held.bytes);
  PodTable<Pair> table;
  reader.Table(table);
  reader.Expect(false, "another");
  EXPECT_TRUE(table.empty());
  const auto read = reader.Finish();
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kTruncated);
  EXPECT_THAT(read.error().message, HasSubstr("18446744073709551615 values of 8 bytes"));
}

// ---- A key table, whose probes must end.

struct KeyTableBytes {
  std::vector<uint64_t> filter;
  std::vector<Pair> slots;
  std::vector<uint32_t> lists;
  uint64_t filter_shift = 63;
  uint64_t slot_shift = 63;
};
constexpr uint32_t kEmpty = UINT32_MAX;

KeyTableBytes Good() {
  return {{~uint64_t{0}, ~uint64_t{0}},
          {{1, KeyTable::kList | 0}, {0, kEmpty}, {0, kEmpty}},
          {2, 3, 4}};
}

std::string RefusalOf(const KeyTableBytes& parts, uint32_t end = 5) {
  TableWriter writer;
  writer.Number(parts.filter_shift);
  writer.Number(parts.slot_shift);
  writer.Table(PodTable(parts.filter));
  writer.Table(PodTable(parts.slots));
  writer.Table(PodTable(parts.lists));
  const HeldBytes held = CopyAligned(AsBytes(writer.Take()));
  TableReader reader(held.bytes);
  const KeyTable table = KeyTable::Read(reader, end);
  const auto read = reader.Finish();
  return read ? "" : read.error().message;
}

TEST(KeyTableFile, TakesWhatHoldsTogether) { EXPECT_EQ(RefusalOf(Good()), ""); }

TEST(KeyTableFile, RefusesWhatCouldLeadAProbeAstray) {
  const auto refusal = [](auto change) {
    KeyTableBytes parts = Good();
    change(parts);
    return RefusalOf(parts);
  };
  using Parts = KeyTableBytes&;
  EXPECT_THAT(refusal([](Parts p) { p.slots.back().b = 1; }), HasSubstr("last slot"));
  EXPECT_EQ(refusal([](Parts p) { p.slots.resize(2); }),
            "");  // a home for each key, the last empty
  EXPECT_THAT(refusal([](Parts p) { p.slots.resize(1); }), HasSubstr("fewer slots"));
  EXPECT_THAT(refusal([](Parts p) { p.slot_shift = 62; }), HasSubstr("fewer slots"));
  EXPECT_THAT(refusal([](Parts p) { p.slot_shift = 64; }), HasSubstr("impossible shift"));
  EXPECT_THAT(refusal([](Parts p) { p.slot_shift = 3; }), HasSubstr("fewer slots"));
  EXPECT_THAT(refusal([](Parts p) { p.filter.pop_back(); }), HasSubstr("size of its shift"));
  EXPECT_THAT(refusal([](Parts p) { p.filter_shift = 70; }), HasSubstr("impossible shift"));
  EXPECT_THAT(refusal([](Parts p) { p.slots.clear(); }), HasSubstr("without slots"));
  EXPECT_THAT(refusal([](Parts p) { p.slots[1].b = 5; }), HasSubstr("out of range"));
  EXPECT_THAT(refusal([](Parts p) { p.slots[0].b = KeyTable::kList | 1; }),
              HasSubstr("not where the one before it ends"));
  EXPECT_THAT(refusal([](Parts p) { p.slots[1].b = KeyTable::kList | 0; }),
              HasSubstr("not where the one before it ends"));
  EXPECT_THAT(refusal([](Parts p) { p.lists[0] = 3; }), HasSubstr("past the end"));
  EXPECT_THAT(refusal([](Parts p) { p.lists[0] = UINT32_MAX; }), HasSubstr("past the end"));
  EXPECT_THAT(refusal([](Parts p) { p.lists[2] = 5; }), HasSubstr("out of range"));
  EXPECT_THAT(refusal([](Parts p) { p.lists.push_back(1); }), HasSubstr("in no list"));
}

}  // namespace
}  // namespace portcullis::applocker
