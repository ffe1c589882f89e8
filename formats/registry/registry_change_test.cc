// SPDX-License-Identifier: Apache-2.0
#include "formats/registry/registry_change.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"

namespace portcullis::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Text(const Change& change) {
  return fmt::format("{} {} {}|{}", change.place, ToString(change.action), change.entry.key,
                     change.entry.value);
}
std::vector<std::string> Seen(const std::vector<Entry>& entries) {
  std::vector<std::string> seen;
  const auto changes = ChangesOf(entries);
  for (const Change& change : *changes) seen.push_back(Text(change));
  return seen;
}

TEST(RegistryChange, SaysWhatAnEntryAsksFor) {
  EXPECT_THAT(Seen({{"K", "v", Type::kDword, DwordData(1)},
                    {"K", "**del.Old", Type::kSz, TextData(" ")},
                    {"K", "**delvals.", Type::kSz, TextData(" ")},
                    {"K", "**DeleteValues", Type::kSz, TextData("a;b;;c d")},
                    {"K", "**DeleteKeys", Type::kSz, TextData("x;y\\z")},
                    {"K", "**SecureKey", Type::kDword, DwordData(1)},
                    {"K", "**soft.New", Type::kDword, DwordData(2)},
                    {"K", "**Other", Type::kDword, DwordData(2)},
                    {"K", "", Type::kNone, {}},
                    {"K", "", Type::kSz, {}}}),
              ElementsAre("1 set-value K|v", "2 delete-value K|Old", "3 delete-all-values K|",
                          "4 delete-value K|a", "4 delete-value K|b", "4 delete-value K|c d",
                          "5 delete-key K\\x|", "5 delete-key K\\y\\z|",
                          "6 secure-key K|**SecureKey", "7 set-if-absent K|New",
                          "8 unknown K|**Other", "9 make-key K|", "10 set-value K|"));
}

TEST(RegistryChange, KeepsTheDataOfWhatIsSet) {
  const auto changes =
      ChangesOf(std::vector<Entry>{{"K", "**soft.New", Type::kDword, DwordData(2)}}).value();
  EXPECT_EQ(changes.front().entry, (Entry{"K", "New", Type::kDword, {2, 0, 0, 0}}));
}

TEST(RegistryChange, RefusesAListThatIsNoTextOrTooLong) {
  const auto listing = [](Type type, std::vector<uint8_t> data) {
    return ChangesOf(std::vector<Entry>{{"K", "**DeleteKeys", type, std::move(data)}});
  };
  EXPECT_THAT(listing(Type::kDword, DwordData(1)).error().message, HasSubstr("entry 1"));
  std::string names;
  for (size_t i = 0; i < kMaxListed; ++i) names += "a;";
  EXPECT_EQ(listing(Type::kSz, TextData(names)).value().size(), kMaxListed);
  const auto refused = listing(Type::kSz, TextData(names + "a"));
  EXPECT_EQ(refused.error().code, ErrorCode::kLimitExceeded);
}

TEST(RegistryChange, MakesDataAsARegistryHoldsIt) {
  EXPECT_EQ(HexLower(TextData("a\u00DF")), "6100df000000");
  EXPECT_EQ(HexLower(TextData("")), "0000");
  EXPECT_EQ(HexLower(TextsData(std::vector<std::string>{"a", "b"})), "61000000620000000000");
  EXPECT_EQ(HexLower(TextsData({})), "0000");
  EXPECT_EQ(HexLower(DwordData(0x01020304)), "04030201");
  EXPECT_EQ(HexLower(QwordData(0x0102030405060708)), "0807060504030201");
}

}  // namespace
}  // namespace portcullis::registry
