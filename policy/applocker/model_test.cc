// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/model.h"

#include <gtest/gtest.h>

namespace portcullis::applocker {
namespace {

TEST(RuleId, KeepsTheCaseItWasWrittenInAndComparesWithoutIt) {
  constexpr std::string_view kMixed = "A61c8B2c-a319-4CD0-9690-d2177cad7b51";
  const auto mixed = RuleId::Parse(kMixed);
  const auto lower = RuleId::Parse("a61c8b2c-a319-4cd0-9690-d2177cad7b51");
  ASSERT_TRUE(mixed && lower);
  EXPECT_EQ(mixed->ToString(), kMixed);
  EXPECT_EQ(*mixed, *lower);
  EXPECT_FALSE(*mixed == *RuleId::Parse("b61c8b2c-a319-4cd0-9690-d2177cad7b51"));
}

TEST(RuleId, RefusesBracesAndEveryOtherShape) {
  for (const char* text :
       {"", "{a61c8b2c-a319-4cd0-9690-d2177cad7b51}", "a61c8b2ca319-4cd0-9690-d2177cad7b51-",
        "g61c8b2c-a319-4cd0-9690-d2177cad7b51", "a61c8b2c-a319-4cd0-9690-d2177cad7b5"}) {
    EXPECT_FALSE(RuleId::Parse(text)) << text;
  }
}

TEST(CollectionType, IsReadInAnyCaseAndWrittenInOne) {
  const auto appx = ParseCollectionType("aPPx");
  ASSERT_TRUE(appx);
  EXPECT_STREQ(ToString(*appx), "Appx");
  EXPECT_FALSE(ParseCollectionType("Executable"));
  EXPECT_FALSE(ParseCollectionType(""));
}

}  // namespace
}  // namespace portcullis::applocker
