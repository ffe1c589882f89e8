// SPDX-License-Identifier: Apache-2.0
#include "host/accounts.h"

#include <map>

namespace portcullis {
namespace {

namespace sids = well_known_sids;
using ::testing::Contains;
using ::testing::Not;

class FakeAccounts final : public AccountDirectory {
 public:
  Result<Account> FindAccount(const std::string&) const override {
    return Fail(ErrorCode::kNotFound, "not used");
  }
  std::optional<uint32_t> FindGroup(const std::string& name) const override {
    const std::map<std::string, uint32_t> groups = {{"sudo", 27}, {"adm", 4}};
    const auto found = groups.find(name);
    return found == groups.end() ? std::nullopt : std::optional(found->second);
  }
  std::vector<std::pair<uint32_t, std::string>> ListAccounts(size_t) const override { return {}; }
};

AccessToken TokenOf(Account account, const HostConfig& config = HostConfig::Default()) {
  return TokenForAccount(account, FakeAccounts(), config);
}

TEST(TokenForAccount, MakesAnOrdinaryUser) {
  const AccessToken token = TokenOf({"alice", 1000, {1000, 100}});
  EXPECT_EQ(token.user.ToString(), "S-1-22-1-1000");
  const std::vector<TokenGroup> groups = {{sids::kEveryone},
                                          {sids::kAuthenticatedUsers},
                                          {sids::kUsers},
                                          {sids::UnixGroup(1000)},
                                          {sids::UnixGroup(100)}};
  EXPECT_EQ(token.groups, groups);
  EXPECT_FALSE(token.exe_groups);
  EXPECT_FALSE(token.is_service);
}

TEST(TokenForAccount, GivesRootEnabledAdministrators) {
  const AccessToken token = TokenOf({"root", 0, {0}});
  EXPECT_THAT(token.groups, Contains(TokenGroup{sids::kAdministrators, GroupUse::kEnabled}));
  EXPECT_THAT(token.groups, Contains(TokenGroup{sids::kUsers, GroupUse::kEnabled}));
  EXPECT_FALSE(token.exe_groups);
}

TEST(TokenForAccount, LinksAdministratorsForPrograms) {
  const AccessToken token = TokenOf({"alice", 1000, {1000, 27}});
  EXPECT_THAT(token.groups, Contains(TokenGroup{sids::kAdministrators, GroupUse::kDenyOnly}));
  ASSERT_TRUE(token.exe_groups);
  EXPECT_THAT(*token.exe_groups, Contains(TokenGroup{sids::kAdministrators, GroupUse::kEnabled}));
}

TEST(TokenForAccount, KeepsAdministratorsDenyOnlyWhereSet) {
  HostConfig config = HostConfig::Default();
  config.administrators = AdministratorView::kElevatedOnly;
  const AccessToken token = TokenOf({"alice", 1000, {1000, 27}}, config);
  EXPECT_THAT(token.groups, Contains(TokenGroup{sids::kAdministrators, GroupUse::kDenyOnly}));
  EXPECT_FALSE(token.exe_groups);
}

TEST(TokenForAccount, AsksTheConfiguredGroups) {
  HostConfig config = HostConfig::Default();
  config.administrator_groups = {"adm", "nowhere"};
  EXPECT_FALSE(TokenOf({"alice", 1000, {27}}, config).exe_groups);
  EXPECT_TRUE(TokenOf({"alice", 1000, {4}}, config).exe_groups);
}

TEST(TokenForAccount, LeavesNobodyWithEveryoneAlone) {
  const AccessToken token = TokenOf({"nobody", 65534, {65534}});
  EXPECT_EQ(token.groups, (std::vector<TokenGroup>{{sids::kEveryone}, {sids::UnixGroup(65534)}}));
}

TEST(TokenForAccount, LeavesSystemAccountsOutOfUsers) {
  const AccessToken token = TokenOf({"daemon", 1, {1}});
  EXPECT_THAT(token.groups, Contains(TokenGroup{sids::kAuthenticatedUsers}));
  EXPECT_THAT(token.groups, Not(Contains(TokenGroup{sids::kUsers})));
}

TEST(SystemAccounts, FindsRootAndNotTheAbsent) {
  const SystemAccounts accounts;
  const auto root = accounts.FindAccount("root");
  ASSERT_TRUE(root);
  EXPECT_EQ(root->uid, 0U);
  EXPECT_THAT(root->groups, Contains(0U));
  EXPECT_EQ(accounts.FindGroup("root"), 0U);
  const auto absent = accounts.FindAccount("no-such-account-here");
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(accounts.FindGroup("no-such-group-here"));
}

TEST(SystemAccounts, ListsRootAndNoMoreThanAsked) {
  const SystemAccounts accounts;
  EXPECT_THAT(accounts.ListAccounts(1'000'000), Contains(std::pair(0U, std::string("root"))));
  EXPECT_EQ(accounts.ListAccounts(1).size(), 1U);
  EXPECT_EQ(accounts.ListAccounts(1).size(), 1U);  // begins anew each time
}

}  // namespace
}  // namespace portcullis
