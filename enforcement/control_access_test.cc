// SPDX-License-Identifier: Apache-2.0
#include "enforcement/control_access.h"

#include <gtest/gtest.h>

namespace portcullis::enforcement {
namespace {

using api::ControlRequest;

constexpr gid_t kGroup = 50;

TEST(ControlAccess, GivesEachWhatIsTheirs) {
  struct Row {
    const char* who;
    ControlPeer peer;
    std::optional<gid_t> group;
    bool may_status, may_reload;
  };
  const Row rows[] = {
      {"root", {0, 0, {}}, std::nullopt, true, true},
      {"root, a group set", {0, 0, {}}, kGroup, true, true},
      {"a user", {1000, 1000, {1000}}, std::nullopt, false, false},
      {"a user of another group", {1000, 1000, {1000, 51}}, kGroup, false, false},
      {"a member", {1000, 1000, {1000, kGroup}}, kGroup, true, false},
      {"a member by its first group", {1000, kGroup, {}}, kGroup, true, false},
      {"root's group alone", {1000, 0, {0}}, std::nullopt, false, false},
      {"nobody knows who", {}, kGroup, false, false},
      {"nobody knows who, no group", {}, std::nullopt, false, false},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(MayAsk(row.peer, ControlRequest::kStatus, row.group), row.may_status) << row.who;
    EXPECT_EQ(MayAsk(row.peer, ControlRequest::kReload, row.group), row.may_reload) << row.who;
    EXPECT_EQ(MayAskAnything(row.peer, row.group), row.may_status) << row.who;
  }
}

}  // namespace
}  // namespace portcullis::enforcement
