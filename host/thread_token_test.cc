// SPDX-License-Identifier: Apache-2.0
#include "host/thread_token.h"

namespace portcullis {
namespace {

namespace sids = well_known_sids;
using ::testing::Contains;
using ::testing::Not;

constexpr uint32_t kSession = 1000;

class FakeAccounts final : public AccountDirectory {
 public:
  Result<Account> FindAccount(const std::string&) const override {
    return Fail(ErrorCode::kNotFound, "not used");
  }
  std::optional<uint32_t> FindGroup(const std::string& name) const override {
    if (name == "sudo") return 27;
    if (name == "adm") return 4;
    return std::nullopt;
  }
  std::vector<std::pair<uint32_t, std::string>> ListAccounts(size_t) const override {
    return {{0, "root"},     {1, "daemon"},     {1000, "alice"},
            {1001, "olive"}, {65534, "nobody"}, {1000, "alias"}};
  }
};

ThreadCredentials Thread(uint32_t uid, std::vector<uint32_t> groups,
                         std::optional<uint32_t> login_uid = kSession) {
  ThreadCredentials thread;
  thread.effective_uid = uid;
  thread.effective_gid = groups.front();
  thread.groups = std::move(groups);
  thread.login_uid = login_uid;
  return thread;
}

AccessToken Token(const ThreadCredentials& thread,
                  ServiceProcess service = ServiceProcess::kLoginUid,
                  const HostConfig& config = HostConfig::Default()) {
  return TokenOf(thread, AccountTable::Load(config, FakeAccounts()), config, service);
}

TEST(ThreadToken, IsThatOfTheAccount) {
  HostConfig elevated_only = HostConfig::Default();
  elevated_only.administrators = AdministratorView::kElevatedOnly;
  HostConfig other_groups = HostConfig::Default();
  other_groups.administrator_groups = {"adm", "nowhere"};
  other_groups.first_user_id = 1001;
  const std::vector<Account> accounts = {
      {"root", 0, {0}},           {"daemon", 1, {1}},
      {"alice", 1000, {1000}},    {"alice", 1000, {1000, 27, 100}},
      {"alice", 1000, {1000, 4}}, {"nobody", 65534, {65534, 27}},
  };
  for (const HostConfig& config : {HostConfig::Default(), elevated_only, other_groups}) {
    for (const Account& account : accounts) {
      EXPECT_EQ(Token(Thread(account.uid, account.groups), ServiceProcess::kNone, config),
                TokenForAccount(account, FakeAccounts(), config))
          << account.name << " of " << account.groups.size() << " groups";
    }
  }
}

TEST(ThreadToken, HasTheEffectiveGroupOnce) {
  ThreadCredentials thread = Thread(1000, {100, 27});
  thread.effective_gid = 50;
  const AccessToken token = Token(thread);
  for (const uint32_t gid : {50U, 100U, 27U}) {
    EXPECT_THAT(token.groups, Contains(TokenGroup{sids::UnixGroup(gid)}).Times(1)) << gid;
  }
  thread.effective_gid = 27;
  EXPECT_THAT(Token(thread).groups, Contains(TokenGroup{sids::UnixGroup(27)}).Times(1));
}

TEST(ThreadToken, IsLocalSystemForRootOutsideASession) {
  EXPECT_THAT(Token(Thread(0, {0}, std::nullopt)).groups, Contains(TokenGroup{sids::kLocalSystem}));
  EXPECT_THAT(Token(Thread(0, {0}, std::nullopt), ServiceProcess::kNone).groups,
              Contains(TokenGroup{sids::kLocalSystem}));
  EXPECT_THAT(Token(Thread(0, {0})).groups, Not(Contains(TokenGroup{sids::kLocalSystem})));
  EXPECT_THAT(Token(Thread(1, {1}, std::nullopt)).groups,
              Not(Contains(TokenGroup{sids::kLocalSystem})));
}

TEST(ThreadToken, IsAServiceAsTheSettingSays) {
  using enum ServiceProcess;
  const struct {
    uint32_t uid;
    bool has_session;
    ServiceProcess meaning;
    bool is_service;
  } rows[] = {
      {1000, true, kLoginUid, false},
      {1000, false, kLoginUid, true},
      {0, true, kLoginUid, false},
      {0, false, kLoginUid, true},
      {7777, false, kLoginUid, true},
      {1000, false, kSystemAccount, false},
      {999, false, kSystemAccount, true},
      {999, true, kSystemAccount, true},
      {0, false, kSystemAccount, true},
      {0, true, kSystemAccount, false},
      {65534, false, kSystemAccount, false},
      {0, false, kNone, false},
      {999, false, kNone, false},
  };
  for (const auto& row : rows) {
    const auto login_uid = row.has_session ? std::optional(kSession) : std::nullopt;
    const AccessToken token = Token(Thread(row.uid, {row.uid}, login_uid), row.meaning);
    EXPECT_EQ(token.is_service, row.is_service) << row.uid;
    EXPECT_EQ(std::ranges::count(token.groups, TokenGroup{sids::kService}), row.is_service ? 1 : 0)
        << row.uid;
  }
}

TEST(ThreadToken, ShowsAServicesGroupsToProgramsToo) {
  const AccessToken token = Token(Thread(1000, {1000, 27}, std::nullopt));
  ASSERT_TRUE(token.exe_groups);
  EXPECT_THAT(*token.exe_groups, Contains(TokenGroup{sids::kService}));
  EXPECT_THAT(*token.exe_groups, Contains(TokenGroup{sids::kAdministrators}));
}

TEST(ThreadToken, LeavesAnUnknownUidWithItselfAndEveryone) {
  const AccessToken token = Token(Thread(7777, {7777, 27}));
  EXPECT_EQ(token.user, sids::UnixUser(7777));
  EXPECT_EQ(token.groups, std::vector<TokenGroup>{{sids::kEveryone}});
  EXPECT_FALSE(token.exe_groups);
}

TEST(AccountTable, KnowsWhatWasListed) {
  const AccountTable table = AccountTable::Load(HostConfig::Default(), FakeAccounts());
  EXPECT_TRUE(table.Knows(1001));
  EXPECT_FALSE(table.Knows(7777));
  EXPECT_EQ(table.NameOf(1001), "olive");
  EXPECT_EQ(table.NameOf(1000), "alice");
  EXPECT_EQ(table.NameOf(7777), "");
  EXPECT_TRUE(table.IsAdministratorGroup(27));
  EXPECT_FALSE(table.IsAdministratorGroup(4));
}

TEST(AccountTable, KnowsRootWhateverTheDatabaseSays) {
  const AccountTable nobody_listed;
  EXPECT_TRUE(nobody_listed.Knows(0));
  EXPECT_EQ(nobody_listed.NameOf(0), "root");
  EXPECT_FALSE(nobody_listed.Knows(1));
}

}  // namespace
}  // namespace portcullis
