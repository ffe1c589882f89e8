// SPDX-License-Identifier: Apache-2.0
#include "formats/msi/stream_name.h"

#include "tests/support/msi_builder.h"

namespace portcullis::msi {
namespace {

// As they stand in packages that other tools wrote.
TEST(StreamName, PacksTheNamesOfTheTablesThatEveryDatabaseHas) {
  EXPECT_EQ(TableStreamName("_StringPool"), u"\u4840\u3f3f\u4577\u446c\u3e6a\u44b2\u482f");
  EXPECT_EQ(TableStreamName("_StringData"), u"\u4840\u3f3f\u4577\u446c\u3b6a\u45e4\u4824");
}

TEST(StreamName, AgreesWithTheRuleReadPlainly) {
  for (const char* name : {"", "a", "ab", "abc", "_Columns", "Property", "a b", " ", "x-y-", "-"}) {
    EXPECT_EQ(TableStreamName(name), testing::PackedName(name, true)) << name;
  }
}

}  // namespace
}  // namespace portcullis::msi
