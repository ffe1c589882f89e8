// SPDX-License-Identifier: Apache-2.0
#include "enforcement/trial.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace portcullis::enforcement {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using Kind = ServiceEvent::Kind;
namespace fs = std::filesystem;

constexpr int64_t kSecond = 1'000'000'000;

// A machine whose clock and boots are the test's.
class TrialTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = "/tmp/portcullis-trial-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    state_ = folder_ + "/state";
    policy_ = folder_ + "/policy.xml";
    Write(policy_, "former");
  }
  void TearDown() override { fs::remove_all(folder_); }

  // As of a process of its own: what it knows is on the disk.
  Trials Make() {
    return Trials(state_, {[this] { return now_; }, [this] { return boot_; }});
  }
  TrialRecord Try() {
    const Trials trials = Make();
    const auto lock = trials.Lock();
    EXPECT_TRUE(lock);
    const auto trial = trials.Begin(policy_, seconds(120));
    EXPECT_TRUE(trial) << trial.error().message;
    Write(policy_, "tried");
    return trial.value_or(TrialRecord());
  }
  static void Write(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
  }
  std::string Policy() const {
    std::ostringstream text;
    text << std::ifstream(policy_).rdbuf();
    return text.str();
  }
  static std::vector<Kind> Kinds(const TrialNews& news) {
    std::vector<Kind> kinds;
    for (const ServiceEvent& event : news.events) kinds.push_back(event.kind);
    return kinds;
  }
  size_t SetAside() const {
    size_t count = 0;
    for (const auto& entry : fs::directory_iterator(state_)) {
      if (entry.path().extension() == ".bad") ++count;
    }
    return count;
  }

  std::string folder_, state_, policy_;
  int64_t now_ = 1000 * kSecond;
  std::string boot_ = "boot-1";
};

TEST_F(TrialTest, NothingIsMadeWhereNoTrialIs) {
  const TrialNews news = Make().Settle();
  EXPECT_TRUE(news.events.empty());
  EXPECT_FALSE(news.look_again_ns);
  EXPECT_FALSE(fs::exists(state_));
}

TEST_F(TrialTest, ThatIsConfirmedStays) {
  const TrialRecord trial = Try();
  ASSERT_TRUE(Make().End(trial, TrialEnd::kConfirmed));
  now_ += 500 * kSecond;
  Trials service = Make();
  const TrialNews news = service.Settle();
  EXPECT_EQ(Policy(), "tried");
  EXPECT_THAT(Kinds(news), ::testing::ElementsAre(Kind::kPolicyConfirmed));
  EXPECT_FALSE(news.look_again_ns);
  EXPECT_TRUE(service.Settle().events.empty()) << "it is told once";
}

TEST_F(TrialTest, ThatIsNotConfirmedGoesBack) {
  Try();
  Trials service = Make();
  const TrialNews before = service.Settle();
  EXPECT_THAT(Kinds(before), ::testing::ElementsAre(Kind::kNote));
  EXPECT_THAT(before.events.front().text, HasSubstr("within 120 s"));
  ASSERT_TRUE(before.look_again_ns);
  EXPECT_EQ(*before.look_again_ns, now_ + 120 * kSecond);
  EXPECT_TRUE(service.Settle().events.empty()) << "it is told once";
  now_ = *before.look_again_ns - 1;
  EXPECT_TRUE(service.Settle().look_again_ns);
  EXPECT_EQ(Policy(), "tried");
  ++now_;
  const TrialNews after = service.Settle();
  EXPECT_EQ(Policy(), "former");
  EXPECT_THAT(Kinds(after), ::testing::ElementsAre(Kind::kPolicyReverted));
  EXPECT_THAT(after.events.front().text, HasSubstr("not confirmed in time"));
  EXPECT_FALSE(after.look_again_ns);
}

TEST_F(TrialTest, GoesOnWithWhatIsLeftWhenTheServiceIsStartedAgain) {
  Try();
  Make().Settle();
  now_ += 100 * kSecond;
  Trials next = Make();
  const TrialNews news = next.Settle();
  EXPECT_EQ(Policy(), "tried");
  ASSERT_FALSE(news.events.empty());
  EXPECT_THAT(news.events.front().text, HasSubstr("within 20 s"));
  now_ += 20 * kSecond;
  next.Settle();
  EXPECT_EQ(Policy(), "former");
}

TEST_F(TrialTest, GoesBackAtTheStartOfAServiceThatDidNotRunAtTheDeadline) {
  Try();
  now_ += 121 * kSecond;
  EXPECT_THAT(Kinds(Make().Settle()), ::testing::ElementsAre(Kind::kPolicyReverted));
  EXPECT_EQ(Policy(), "former");
}

// The clock of the next boot begins anew: the deadline says nothing there.
TEST_F(TrialTest, GoesBackAfterAReboot) {
  Try();
  boot_ = "boot-2";
  now_ = 5 * kSecond;
  const TrialNews news = Make().Settle();
  EXPECT_EQ(Policy(), "former");
  ASSERT_THAT(Kinds(news), ::testing::ElementsAre(Kind::kPolicyReverted));
  EXPECT_THAT(news.events.front().text, HasSubstr("started anew"));
}

TEST_F(TrialTest, WhoseServiceDiedBeforeItCouldTellIsToldByTheNext) {
  Try();
  boot_ = "boot-2";
  TrialKeeper keeper(Make());
  keeper.Look();
  EXPECT_EQ(Policy(), "former");
  EXPECT_THAT(Kinds(keeper.Settle()), ::testing::ElementsAre(Kind::kPolicyReverted));
  EXPECT_TRUE(keeper.Settle().events.empty());
}

TEST_F(TrialTest, GoesBackByCommand) {
  const TrialRecord trial = Try();
  ASSERT_TRUE(Make().End(trial, TrialEnd::kByCommand));
  EXPECT_EQ(Policy(), "former");
  EXPECT_THAT(Kinds(Make().Settle()), ::testing::ElementsAre(Kind::kPolicyReverted));
  const auto none = Make().Find();
  ASSERT_TRUE(none);
  EXPECT_FALSE(*none);
}

// The power failed between the state and the policy: the former one is put back where it is.
TEST_F(TrialTest, ThatWasWrittenDownButNotBegunChangesNothing) {
  Try();
  Write(policy_, "former");
  now_ += 121 * kSecond;
  Make().Settle();
  EXPECT_EQ(Policy(), "former");
}

TEST_F(TrialTest, WhoseRecordIsDamagedIsSetAsideAndThePolicyStays) {
  Try();
  Write(state_ + "/trial/record", "policy = /etc/passwd\n");
  const TrialNews news = Make().Settle();
  EXPECT_EQ(Policy(), "tried");
  ASSERT_THAT(Kinds(news), ::testing::ElementsAre(Kind::kNote));
  EXPECT_THAT(news.events.front().text, HasSubstr("damaged"));
  EXPECT_EQ(SetAside(), 1U);
  EXPECT_TRUE(Make().Settle().events.empty());
}

TEST_F(TrialTest, WhoseFormerPolicyIsDamagedIsSetAsideAndThePolicyStays) {
  Try();
  Write(state_ + "/trial/former.xml", "formes");
  now_ += 121 * kSecond;
  EXPECT_THAT(Kinds(Make().Settle()), ::testing::ElementsAre(Kind::kNote));
  EXPECT_EQ(Policy(), "tried");
  EXPECT_EQ(SetAside(), 1U);
}

TEST_F(TrialTest, ThatOthersMayWriteIsNotBelieved) {
  Try();
  ASSERT_EQ(chmod((state_ + "/trial").c_str(), 0777), 0);
  now_ += 121 * kSecond;
  EXPECT_THAT(Kinds(Make().Settle()), ::testing::ElementsAre(Kind::kNote));
  EXPECT_EQ(Policy(), "tried");
}

TEST_F(TrialTest, WithAnEndlessDeadlineIsDamaged) {
  TrialRecord trial = Try();
  trial.deadline_ns = now_ + 30 * 24 * 3600 * kSecond;
  Write(state_ + "/trial/record", trial.ToText());
  EXPECT_THAT(Kinds(Make().Settle()), ::testing::ElementsAre(Kind::kNote));
  EXPECT_EQ(SetAside(), 1U);
}

TEST_F(TrialTest, NeedsAFormerPolicy) {
  fs::remove(policy_);
  const Trials trials = Make();
  const auto lock = trials.Lock();
  const auto trial = trials.Begin(policy_, seconds(120));
  ASSERT_FALSE(trial);
  EXPECT_EQ(trial.error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(fs::exists(state_ + "/trial"));
}

TEST_F(TrialTest, IsNotBegunWhereItsRecordWouldNotReadBack) {
  const Trials trials = Make();
  const auto lock = trials.Lock();
  const std::string odd = folder_ + "/two\nlines";
  Write(odd, "former");
  EXPECT_FALSE(trials.Begin(odd, seconds(120)));
  boot_ = "";
  EXPECT_FALSE(trials.Begin(policy_, seconds(120)));
}

TEST_F(TrialTest, IsLeftAloneWhileAnotherProcessHasTheLock) {
  Try();
  now_ += 121 * kSecond;
  const auto lock = Make().Lock();
  ASSERT_TRUE(lock);
  const TrialNews news = Make().Settle();
  EXPECT_EQ(Policy(), "tried");
  ASSERT_TRUE(news.look_again_ns);
  EXPECT_GT(*news.look_again_ns, now_);
}

// It is tried again: the policy's folder may be writable by then.
TEST_F(TrialTest, ThatCanNotBePutBackIsTriedAgain) {
  Try();
  now_ += 121 * kSecond;
  fs::remove(policy_);
  fs::create_directory(policy_);
  Trials service = Make();
  const TrialNews news = service.Settle();
  EXPECT_THAT(Kinds(news), ::testing::ElementsAre(Kind::kNote));
  EXPECT_TRUE(news.look_again_ns);
  fs::remove(policy_);
  EXPECT_THAT(Kinds(service.Settle()), ::testing::ElementsAre(Kind::kPolicyReverted));
  EXPECT_EQ(Policy(), "former");
}

TEST(TrialRecord, RefusesWhatIsNotWholeAndPlain) {
  const TrialRecord good{std::string(32, 'a'), "/etc/p.xml", "boot", 5, 6, std::string(64, 'b')};
  const auto read = TrialRecord::Parse(good.ToText());
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, good);
  EXPECT_FALSE(TrialRecord::Parse(""));
  EXPECT_FALSE(TrialRecord::Parse(good.ToText() + good.ToText()));
  EXPECT_FALSE(TrialRecord::Parse(good.ToText() + "more = 1\n"));
  EXPECT_FALSE(TrialRecord::Parse(good.ToText() + "#" + std::string(kMaxTrialRecord, 'x')));
  for (TrialRecord bad : {good, good, good, good}) {
    static int which = 0;
    if (which == 0) bad.policy = "etc/p.xml";
    if (which == 1) bad.id = "short";
    if (which == 2) bad.boot_id = "";
    if (which++ == 3) bad.deadline_ns = -1;
    EXPECT_FALSE(TrialRecord::Parse(bad.ToText())) << bad.ToText();
  }
}

}  // namespace
}  // namespace portcullis::enforcement
