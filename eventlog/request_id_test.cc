// SPDX-License-Identifier: Apache-2.0
#include "eventlog/request_id.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace portcullis::eventlog {
namespace {

TEST(RequestIds, AreTwelveCharactersInGroups) {
  RequestIds ids;
  EXPECT_THAT(ids.Next(), ::testing::MatchesRegex(
                              "[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}"));
}

TEST(RequestIds, NeverComeTwice) {
  RequestIds ids({1, 2});
  std::set<std::string> seen;
  for (int i = 0; i < 100'000; ++i) EXPECT_TRUE(seen.insert(ids.Next()).second);
}

// Neighbours have nothing in common that could be seen: each character differs about 31 times of
// 32.
TEST(RequestIds, DoNotShowTheirNeighbours) {
  RequestIds ids({1, 2});
  std::string former = ids.Next();
  size_t equal = 0, all = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::string next = ids.Next();
    for (size_t at = 0; at < next.size(); ++at) {
      if (next[at] == '-') continue;
      ++all;
      if (next[at] == former[at]) ++equal;
    }
    former = next;
  }
  EXPECT_LT(equal, all / 20);
  EXPECT_GT(equal, all / 60);
}

TEST(RequestIds, HangOnTheKey) {
  EXPECT_NE(RequestIds({1, 2}).Next(), RequestIds({1, 3}).Next());
  EXPECT_NE(RequestIds({1, 2}).Next(), RequestIds({4, 2}).Next());
  EXPECT_NE(RequestIds().Next(), RequestIds().Next());
}

TEST(ParseRequestId, TakesWhatAPersonTypes) {
  EXPECT_EQ(ParseRequestId("7k3q9xa0dm2v"), "7K3Q-9XA0-DM2V");
  EXPECT_EQ(ParseRequestId("7K3Q-9XAO-DM2V"), "7K3Q-9XA0-DM2V");
  EXPECT_EQ(ParseRequestId("iIlL-0000-0000"), "1111-0000-0000");
  RequestIds ids;
  const std::string id = ids.Next();
  EXPECT_EQ(ParseRequestId(id), id);
}

TEST(ParseRequestId, RefusesWhatIsNone) {
  for (const char* typed : {"", "7K3Q-9XA0-DM2", "7K3Q-9XA0-DM2VV", "7K3Q-9XA0-DM2U",
                            "7K3Q 9XA0 DM2V", "------------", "7K3Q-9XA0-DM2\xC3"}) {
    EXPECT_EQ(ParseRequestId(typed), std::nullopt) << typed;
  }
}

}  // namespace
}  // namespace portcullis::eventlog
