// SPDX-License-Identifier: Apache-2.0
#include "security/sid.h"

#include <gtest/gtest.h>

namespace portcullis {
namespace {

TEST(Sid, RoundTripsItsText) {
  for (const char* text : {"S-1-1-0", "S-1-5-32-544", "S-1-5-21-1-2-3-4294967295", "S-1-5",
                           "S-1-0x123456789ABC-7", "S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15"}) {
    const auto sid = Sid::Parse(text);
    ASSERT_TRUE(sid) << text << ": " << sid.error().message;
    EXPECT_EQ(sid->ToString(), text);
  }
  EXPECT_EQ(Sid::Parse("s-1-1-0"), well_known_sids::kEveryone);
}

TEST(Sid, RefusesWhatIsNotASid) {
  for (const char* text : {"", "S-1-", "S-2-5-1", "S-1-5-", "S-1-5--1", "S-1-x", "S-1-5-4294967296",
                           "S-1-0x1000000000000", "S-1-5- 1", "BA", "S-1-5-+1",
                           "S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16"}) {
    EXPECT_FALSE(Sid::Parse(text)) << text;
  }
}

}  // namespace
}  // namespace portcullis
