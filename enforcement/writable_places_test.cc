// SPDX-License-Identifier: Apache-2.0
#include "enforcement/writable_places.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace portcullis::enforcement {
namespace {

using applocker::CollectionType;
using applocker::EnforcementMode;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class WritablePlacesTest : public ::testing::Test {
 protected:
  WritablePlacesTest() {
    std::string pattern = "/tmp/portcullis-places-XXXXXX";
    root_ = mkdtemp(pattern.data());
    chmod(root_.c_str(), 0755);
  }
  ~WritablePlacesTest() override { std::filesystem::remove_all(root_); }
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root: folders of root's own";
  }

  std::string Folder(const std::string& name, mode_t mode, uid_t uid = 0, gid_t gid = 0) const {
    const std::string path = root_ + "/" + name;
    std::filesystem::create_directories(path);
    EXPECT_EQ(chown(path.c_str(), uid, gid), 0);
    EXPECT_EQ(chmod(path.c_str(), mode), 0);
    return path;
  }
  void Allow(const std::string& pattern, const std::string& name,
             const Sid& who = well_known_sids::kEveryone) {
    applocker::Rule rule;
    rule.name = name;
    rule.user_or_group_sid = who;
    rule.condition = applocker::FilePathCondition{pattern};
    rules_.push_back(std::move(rule));
  }
  WritablePlaces Find(EnforcementMode mode = EnforcementMode::kEnabled, uint64_t limit = 1000) {
    applocker::RuleCollection collection;
    collection.type = CollectionType::kExe;
    collection.enforcement_mode = mode;
    collection.rules = rules_;
    NamedPolicy named;
    named.policy.collections = {collection};
    std::vector<NamedPolicy> all;
    all.push_back(std::move(named));
    const auto set = PolicySet::Builder().AddMergedLayer(std::move(all)).Build();
    EXPECT_TRUE(set);
    const PathSpeller speller(HostConfig(), MountTable(), {});
    return FindWritablePlaces(*set, speller, {root_}, limit);
  }

  std::string root_;
  std::vector<applocker::Rule> rules_;
};

TEST_F(WritablePlacesTest, AreThoseOfARuleThatOthersThanRootMayWrite) {
  const std::string open = Folder("tools/open", 01777);
  const std::string owned = Folder("tools/owned", 0755, 12'345);
  Folder("tools/closed", 0755);
  Folder("elsewhere", 0777);
  Allow(root_ + "/tools/*", "tools");
  const WritablePlaces found = Find();
  ASSERT_EQ(found.places.size(), 1U);
  EXPECT_EQ(found.places[0].rule, "tools");
  EXPECT_EQ(found.places[0].folders, 2U);
  EXPECT_THAT(found.places[0].examples, ::testing::UnorderedElementsAre(open, owned));
  EXPECT_EQ(found.looked_at, 6U);
  EXPECT_TRUE(found.is_complete);
}

TEST_F(WritablePlacesTest, AreNoneWhereTheWriterMayNotRunIt) {
  Folder("tools", 0755, 12'345);
  Allow(root_ + "/tools/*", "somebody else's", well_known_sids::UnixUser(20'000));
  EXPECT_THAT(Find().places, IsEmpty());
  Allow(root_ + "/tools/*", "his own", well_known_sids::UnixUser(12'345));
  EXPECT_EQ(Find().places.at(0).rule, "his own");
}

TEST_F(WritablePlacesTest, CountAGroupThatMayWrite) {
  Folder("tools", 0775, 0, 12'345);
  Allow(root_ + "/tools/*", "the group's", well_known_sids::UnixGroup(12'345));
  EXPECT_EQ(Find().places.size(), 1U);
}

TEST_F(WritablePlacesTest, AreNotLookedForWhereNothingIsEnforced) {
  Folder("tools", 0777);
  Allow(root_ + "/*", "all");
  EXPECT_THAT(Find(EnforcementMode::kAuditOnly).places, IsEmpty());
}

TEST_F(WritablePlacesTest, SaysWhenThereAreTooMany) {
  Folder("a", 0755);
  Folder("b", 0755);
  Allow(root_ + "/*", "all");
  EXPECT_FALSE(Find(EnforcementMode::kEnabled, 2).is_complete);
  EXPECT_TRUE(Find(EnforcementMode::kEnabled, 3).is_complete);
}

TEST_F(WritablePlacesTest, DoesNotFollowLinks) {
  Folder("tools", 0755);
  Folder("elsewhere", 0777);
  std::filesystem::create_symlink(root_ + "/elsewhere", root_ + "/tools/link");
  Allow(root_ + "/tools/*", "tools");
  EXPECT_THAT(Find().places, IsEmpty());
}

}  // namespace
}  // namespace portcullis::enforcement
