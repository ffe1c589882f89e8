// SPDX-License-Identifier: Apache-2.0
// policy set, confirm and revert, on scratch paths, with a made-up service and a made-up clock.
#include "cli/policy_set.h"

#include <sys/stat.h>

#include <sstream>

#include "cli/test_io.h"

namespace portcullis::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
namespace fs = std::filesystem;

constexpr int64_t kSecond = 1'000'000'000;

std::string ExePolicy(const std::string& rules) {
  return "<AppLockerPolicy Version=\"1\"><RuleCollection Type=\"Exe\" "
         "EnforcementMode=\"Enabled\">" +
         rules + "</RuleCollection></AppLockerPolicy>";
}
std::string PathRule(const std::string& action, const std::string& path) {
  return "<FilePathRule Id=\"921cc481-6e17-4653-8f75-050b80acca20\" Name=\"r\" Description=\"\" "
         "UserOrGroupSid=\"S-1-1-0\" Action=\"" +
         action + "\"><Conditions><FilePathCondition Path=\"" + path +
         "\"/></Conditions></FilePathRule>";
}

class PolicySetTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_.Write("root/etc/passwd", "root:x:0:0::/root:/usr/bin/bash\n");
    folder_.Write("root/usr/bin/bash",
                  "\x7f"
                  "ELF");
    folder_.Write("root/usr/bin/sudo",
                  "\x7f"
                  "ELF");
    folder_.Write("service.conf", "state-directory = " + folder_ / "state" + "\n");
    former_ = ExePolicy(PathRule("Allow", "*"));
    good_ = ExePolicy(PathRule("Allow", "%WINDIR%\\*"));
    bad_ = ExePolicy(PathRule("Allow", "%WINDIR%\\*").replace(4, 0, "") +
                     PathRule("Deny", "*\\sudo").replace(18, 1, "8"));
    folder_.Write("policy.xml", former_);
    world_.root = folder_ / "root";
    world_.clock = {[this] { return now_; }, [this] { return boot_; }};
    world_.reload = [this](const std::string& socket) -> Result<uint64_t> {
      sockets_.push_back(socket);
      read_.push_back(Policy());
      if (!refusal_.empty()) return Fail(refusal_code_, refusal_);
      return ++generation_;
    };
  }

  using Run = ExitStatus (*)(const Options&, Io&, const PolicyWorld&);
  Ran Do(Run run, Options options) {
    StringOutput out;
    StringOutput err;
    Io io{out, err, -1, false, 100};
    options.service_config = folder_ / "service.conf";
    options.host_config = folder_.Write("host.conf", "");
    options.set.policy = folder_ / "policy.xml";
    options.set.socket = "/the/socket";
    const ExitStatus status = run(options, io, world_);
    return {status, std::move(out.text), std::move(err.text)};
  }
  Ran Set(const std::string& xml, std::optional<std::string> trial = std::nullopt,
          std::vector<std::string> accepted = {}, bool json = false) {
    Options options;
    options.paths = {folder_.Write("new.xml", xml)};
    options.set.trial = std::move(trial);
    options.set.accept_blocked = std::move(accepted);
    options.json = json;
    return Do(SetPolicy, options);
  }
  Ran Undo(std::optional<std::string> trial = std::nullopt,
           std::vector<std::string> accepted = {}) {
    Options options;
    options.set.undo = true;
    options.set.accept_blocked = std::move(accepted);
    options.set.trial = std::move(trial);
    return Do(SetPolicy, options);
  }
  std::string Former() const {
    std::ostringstream text;
    text << std::ifstream(folder_ / "policy.xml.former", std::ios::binary).rdbuf();
    return text.str();
  }
  Ran Confirm() { return Do(ConfirmPolicy, {}); }
  Ran Revert() { return Do(RevertPolicy, {}); }
  void NoServiceRuns() {
    refusal_ = "no service";
    refusal_code_ = ErrorCode::kNotFound;
  }

  std::string Policy() const {
    std::ostringstream text;
    text << std::ifstream(folder_ / "policy.xml", std::ios::binary).rdbuf();
    return text.str();
  }
  // As a service would at its start.
  enforcement::TrialNews StartService() {
    return enforcement::Trials(folder_ / "state", world_.clock).Settle();
  }

  const Folder folder_;
  PolicyWorld world_;
  std::string former_, good_, bad_;
  std::vector<std::string> sockets_, read_;  // of the service's reloads
  std::string refusal_;
  ErrorCode refusal_code_ = ErrorCode::kMalformed;
  uint64_t generation_ = 4;
  int64_t now_ = 1000 * kSecond;
  std::string boot_ = "boot-1";
};

TEST_F(PolicySetTest, PutsAPolicyInForce) {
  ASSERT_EQ(chmod((folder_ / "policy.xml").c_str(), 0640), 0);
  const Ran ran = Set(good_);
  EXPECT_EQ(ran.status, ExitStatus::kDone) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("in force as generation 5"));
  EXPECT_EQ(Policy(), good_);
  EXPECT_THAT(sockets_, ::testing::ElementsAre("/the/socket"));
  EXPECT_THAT(read_, ::testing::ElementsAre(good_)) << "it is in place before it is asked for";
  struct stat status {};
  ASSERT_EQ(stat((folder_ / "policy.xml").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640U);
}

TEST_F(PolicySetTest, PutsACompiledPolicyInForceAndNoDamagedOne) {
  const auto compiled = [&](const std::string& xml) {
    const std::string file = folder_ / "compiled";
    EXPECT_EQ(RunCli({"policy", "compile", folder_.Write("xml", xml), "-o", file}).status,
              ExitStatus::kDone);
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
  };
  const std::string good = compiled(good_);
  const Ran ran = Set(good);
  EXPECT_EQ(ran.status, ExitStatus::kDone) << ran.err;
  EXPECT_EQ(Policy(), good);

  EXPECT_EQ(Set(compiled(bad_)).status, ExitStatus::kFound) << "its rules are judged as any";
  std::string damaged = good;
  damaged.back() ^= 1;
  const Ran refused = Set(damaged);
  EXPECT_EQ(refused.status, ExitStatus::kFailed);
  EXPECT_THAT(refused.err, HasSubstr("new.xml: compiled policy: section"));
  EXPECT_EQ(Policy(), good);
}

TEST_F(PolicySetTest, SaysThatNoServiceRuns) {
  NoServiceRuns();
  fs::remove(folder_ / "policy.xml");
  const Ran ran = Set(good_);
  EXPECT_EQ(ran.status, ExitStatus::kDone) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("no service was told"));
  EXPECT_EQ(Policy(), good_);
}

TEST_F(PolicySetTest, RefusesWhatWouldLockOutAndNamesTheRule) {
  const Ran ran = Set(bad_);
  EXPECT_EQ(ran.status, ExitStatus::kFound);
  EXPECT_THAT(ran.err, HasSubstr("--accept-blocked sudo"));
  EXPECT_THAT(ran.out, HasSubstr("sudo: /usr/bin/sudo would be blocked"));
  EXPECT_THAT(ran.out, HasSubstr("the exception path %SYSTEM32%\\sudo"));
  EXPECT_EQ(Policy(), former_);
  EXPECT_THAT(sockets_, IsEmpty());
}

TEST_F(PolicySetTest, TakesWhatIsAcceptedByName) {
  const Ran other = Set(bad_, std::nullopt, {"shell,sshd"});
  EXPECT_EQ(other.status, ExitStatus::kFound);
  EXPECT_EQ(Policy(), former_);
  const Ran ran = Set(bad_, std::nullopt, {"shell", "sudo"});
  EXPECT_EQ(ran.status, ExitStatus::kDone) << ran.err;
  EXPECT_EQ(Policy(), bad_);
}

TEST_F(PolicySetTest, TellsOfWhatIsAuditedAndGoesOn) {
  std::string audited = bad_;
  audited.replace(audited.find("Enabled"), 7, "AuditOnly");
  const Ran ran = Set(audited);
  EXPECT_EQ(ran.status, ExitStatus::kDone) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("were it enforced"));
}

TEST_F(PolicySetTest, RefusesWrongUsage) {
  EXPECT_EQ(Set(good_, "soon").status, ExitStatus::kUsage);
  EXPECT_EQ(Set(good_, "1ms").status, ExitStatus::kUsage);
  EXPECT_EQ(Set(good_, "11000min").status, ExitStatus::kUsage);
  const Ran name = Set(good_, std::nullopt, {"everything"});
  EXPECT_EQ(name.status, ExitStatus::kUsage);
  EXPECT_THAT(name.err, HasSubstr("known are init"));
  EXPECT_EQ(Policy(), former_);
}

TEST_F(PolicySetTest, RefusesAFileOfARegistryThatHoldsNoPolicy) {
  const Ran ran = Set("REGEDIT4\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Acme]\r\n\"x\"=\"y\"\r\n");
  EXPECT_EQ(ran.status, ExitStatus::kFailed);
  EXPECT_THAT(ran.err, HasSubstr("no Software Restriction Policies in it"));
}

TEST_F(PolicySetTest, RefusesAPolicyThatIsOnlyWarnedOf) {
  std::string odd = good_;
  odd.replace(odd.find("Type=\"Exe\""), 10, "Type=\"Odd\"");
  const Ran ran = Set(odd);
  EXPECT_EQ(ran.status, ExitStatus::kFailed);
  EXPECT_EQ(Set("<AppLocker").status, ExitStatus::kFailed);
  EXPECT_EQ(Policy(), former_);
  EXPECT_THAT(sockets_, IsEmpty());
}

TEST_F(PolicySetTest, PutsTheFormerBackWhenTheServiceRefuses) {
  refusal_ = "it may not";
  for (const bool is_trial : {false, true}) {
    const Ran ran = Set(good_, is_trial ? std::optional<std::string>("120s") : std::nullopt);
    EXPECT_EQ(ran.status, ExitStatus::kFailed);
    EXPECT_THAT(ran.err, HasSubstr("the service refused the policy: it may not"));
    EXPECT_THAT(ran.err, HasSubstr("former one is back"));
    EXPECT_EQ(Policy(), former_);
  }
  EXPECT_THAT(Confirm().err, HasSubstr("no policy is on trial"));
  fs::remove(folder_ / "policy.xml");
  EXPECT_EQ(Set(good_).status, ExitStatus::kFailed);
  EXPECT_FALSE(fs::exists(folder_ / "policy.xml")) << "there was none";
}

TEST_F(PolicySetTest, ThatIsConfirmedStays) {
  const Ran ran = Set(good_, "120s");
  EXPECT_EQ(ran.status, ExitStatus::kDone) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("`portcullis policy confirm` is run within 120 s"));
  EXPECT_EQ(Confirm().status, ExitStatus::kDone);
  EXPECT_EQ(sockets_.size(), 2U) << "the service forgets the deadline";
  now_ += 121 * kSecond;
  StartService();
  EXPECT_EQ(Policy(), good_);
}

TEST_F(PolicySetTest, ThatIsNotConfirmedGoesBackWhenTheServiceLooks) {
  ASSERT_EQ(Set(good_, "120s").status, ExitStatus::kDone);
  now_ += 119 * kSecond;
  EXPECT_TRUE(StartService().look_again_ns);
  EXPECT_EQ(Policy(), good_);
  now_ += kSecond;
  StartService();
  EXPECT_EQ(Policy(), former_);
}

TEST_F(PolicySetTest, ThatIsConfirmedTooLateGoesBack) {
  NoServiceRuns();
  ASSERT_EQ(Set(good_, "120s").status, ExitStatus::kDone);
  now_ += 121 * kSecond;
  const Ran late = Confirm();
  EXPECT_EQ(late.status, ExitStatus::kFailed);
  EXPECT_THAT(late.err, HasSubstr("the former policy is back"));
  EXPECT_EQ(Policy(), former_);
}

TEST_F(PolicySetTest, GoesBackAfterAReboot) {
  ASSERT_EQ(Set(good_, "120s").status, ExitStatus::kDone);
  boot_ = "boot-2";
  now_ = kSecond;
  EXPECT_EQ(Confirm().status, ExitStatus::kFailed);
  EXPECT_EQ(Policy(), former_);
}

TEST_F(PolicySetTest, IsRefusedDuringATrial) {
  ASSERT_EQ(Set(good_, "120s").status, ExitStatus::kDone);
  const Ran ran = Set(former_);
  EXPECT_EQ(ran.status, ExitStatus::kFailed);
  EXPECT_THAT(ran.err, HasSubstr("is on trial"));
  EXPECT_EQ(Policy(), good_);
  EXPECT_EQ(Revert().status, ExitStatus::kDone);
  EXPECT_EQ(Policy(), former_);
  EXPECT_EQ(read_.back(), former_) << "the service reads the former one";
  EXPECT_EQ(Revert().status, ExitStatus::kFailed);
  EXPECT_EQ(Set(good_).status, ExitStatus::kDone);
}

// One whose time is over while no service runs does not stand in the way.
TEST_F(PolicySetTest, FollowsATrialThatIsOver) {
  NoServiceRuns();
  ASSERT_EQ(Set(good_, "120s").status, ExitStatus::kDone);
  now_ += 121 * kSecond;
  EXPECT_EQ(Set(good_, "120s").status, ExitStatus::kDone);
  now_ += 121 * kSecond;
  StartService();
  EXPECT_EQ(Policy(), former_);
}

TEST_F(PolicySetTest, SetsADamagedTrialAside) {
  ASSERT_EQ(Set(good_, "120s").status, ExitStatus::kDone);
  std::ofstream(folder_ / "state/trial/record") << "nonsense";
  const Ran ran = Set(former_);
  EXPECT_EQ(ran.status, ExitStatus::kDone) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("damaged"));
  EXPECT_EQ(Policy(), former_);
}

TEST_F(PolicySetTest, NeedsAFormerPolicyForATrial) {
  fs::remove(folder_ / "policy.xml");
  const Ran ran = Set(good_, "120s");
  EXPECT_EQ(ran.status, ExitStatus::kFailed);
  EXPECT_THAT(ran.err, HasSubstr("no policy to go back to"));
  EXPECT_FALSE(fs::exists(folder_ / "policy.xml"));
}

TEST_F(PolicySetTest, PrintsObjects) {
  Ran ran = Set(bad_, "10s", {"sudo"}, true);
  ASSERT_EQ(ran.objects().size(), 2U) << ran.out;
  const auto objects = ran.objects();
  EXPECT_EQ(TextOf(objects[0], "group"), "sudo");
  EXPECT_EQ(TextOf(objects[0], "blocked"), "true");
  EXPECT_EQ(TextOf(objects[0], "advice"), "[...]");
  EXPECT_EQ(TextOf(objects[1], "result"), "in-force");
  EXPECT_EQ(TextOf(objects[1], "generation"), "5");
  EXPECT_EQ(TextOf(objects[1], "trial_seconds"), "10");
}

TEST(PolicySet, IsACommand) {
  const Folder folder;
  folder.Write("service.conf", "state-directory = " + folder / "state" + "\n");
  const std::string policy = folder.Write("policy.xml", ExePolicy(PathRule("Allow", "*")));
  const std::vector<std::string> common = {"--config", folder / "service.conf", "--socket",
                                           folder / "nobody.sock"};
  std::vector<std::string> set = {"policy", "set", policy, "--policy", folder / "in-place.xml"};
  set.insert(set.end(), common.begin(), common.end());
  const Ran ran = RunCli(set);
  EXPECT_EQ(ran.status, ExitStatus::kDone) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("no service was told"));
  for (const char* end : {"confirm", "revert"}) {
    std::vector<std::string> arguments = {"policy", end};
    arguments.insert(arguments.end(), common.begin(), common.end());
    EXPECT_THAT(RunCli(arguments).err, HasSubstr("no policy is on trial"));
  }
  EXPECT_EQ(RunCli({"policy", "set"}).status, ExitStatus::kUsage);
}

TEST(Doctor, SaysWhatThePolicyWouldLockOut) {
  const Folder folder;
  const std::string config = folder.Write("service.conf", "service-process = none\n");
  const auto run = [&](const std::string& rule) {
    const std::string policy = folder.Write("p.xml", ExePolicy(rule));
    const Ran ran = RunCli({"doctor", "--policy", policy, "--config", config, "--format", "json"});
    std::vector<JsonValue> found;
    for (const JsonValue& object : ran.objects()) {
      if (TextOf(object, "id") == "needed-files") found.push_back(object);
    }
    return found;
  };
  const auto present = run(PathRule("Allow", "/nowhere/*"));
  ASSERT_FALSE(present.empty());
  for (const JsonValue& finding : present) {
    EXPECT_EQ(TextOf(finding, "weakens"), "true");
    EXPECT_THAT(TextOf(finding, "remedy"), HasSubstr("add to the Exe collection"));
  }
  const auto absent = run(PathRule("Allow", "*"));
  ASSERT_EQ(absent.size(), 1U);
  EXPECT_EQ(TextOf(absent[0], "weakens"), "false");
}

// ---- policy set --undo

TEST_F(PolicySetTest, UndoPutsBackWhatWasInForceBeforeTheLastSet) {
  ASSERT_EQ(chmod((folder_ / "policy.xml").c_str(), 0640), 0);
  ASSERT_EQ(Set(good_).status, ExitStatus::kDone);
  EXPECT_EQ(Former(), former_);
  struct stat status {};
  ASSERT_EQ(stat((folder_ / "policy.xml.former").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640U);
  const Ran ran = Undo();
  EXPECT_EQ(ran.status, ExitStatus::kDone) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("in force as generation 6"));
  EXPECT_EQ(Policy(), former_);
  EXPECT_EQ(Undo().status, ExitStatus::kDone) << "and forth again";
  EXPECT_EQ(Policy(), good_);
}

TEST_F(PolicySetTest, UndoGoesBackOverAConfirmedTrial) {
  ASSERT_EQ(Set(good_, "60s").status, ExitStatus::kDone);
  const Ran early = Undo();
  EXPECT_EQ(early.status, ExitStatus::kFailed);
  EXPECT_THAT(early.err, HasSubstr("nothing was changed"));
  ASSERT_EQ(Confirm().status, ExitStatus::kDone);
  EXPECT_EQ(Undo().status, ExitStatus::kDone);
  EXPECT_EQ(Policy(), former_);
}

TEST_F(PolicySetTest, UndoMayBeTried) {
  ASSERT_EQ(Set(good_).status, ExitStatus::kDone);
  ASSERT_EQ(Undo("60s").status, ExitStatus::kDone);
  EXPECT_EQ(Policy(), former_);
  ASSERT_EQ(Revert().status, ExitStatus::kDone);
  EXPECT_EQ(Policy(), good_);
}

TEST_F(PolicySetTest, UndoIsRefusedForWhatWouldLockOut) {
  ASSERT_EQ(Set(bad_, std::nullopt, {"shell", "sudo"}).status, ExitStatus::kDone);
  ASSERT_EQ(Set(good_).status, ExitStatus::kDone);
  const Ran refused = Undo();
  EXPECT_EQ(refused.status, ExitStatus::kFound);
  EXPECT_THAT(refused.err, HasSubstr("--accept-blocked sudo"));
  EXPECT_EQ(Policy(), good_);
  EXPECT_EQ(Undo(std::nullopt, {"sudo"}).status, ExitStatus::kDone);
  EXPECT_EQ(Policy(), bad_);
}

TEST_F(PolicySetTest, ATrialThatGoesBackLeavesWhatUndoPutsBack) {
  const std::string other = ExePolicy(PathRule("Allow", "%WINDIR%\\*") + "<!-- -->");
  ASSERT_EQ(Set(good_).status, ExitStatus::kDone);
  ASSERT_EQ(Set(other, "60s").status, ExitStatus::kDone);
  ASSERT_EQ(Revert().status, ExitStatus::kDone);
  EXPECT_EQ(Former(), former_);
  ASSERT_EQ(Set(other, "60s").status, ExitStatus::kDone);
  now_ += 61 * kSecond;
  StartService();
  EXPECT_EQ(Policy(), good_);
  EXPECT_EQ(Former(), former_);
  ASSERT_EQ(Set(other, "60s").status, ExitStatus::kDone);
  ASSERT_EQ(Confirm().status, ExitStatus::kDone);
  EXPECT_EQ(Former(), good_);
}

TEST_F(PolicySetTest, IsConfirmedThoughTheFormerOneIsDamaged) {
  ASSERT_EQ(Set(good_, "60s").status, ExitStatus::kDone);
  folder_.Write("state/trial/former.xml", "nonsense");
  const Ran ran = Confirm();
  EXPECT_EQ(ran.status, ExitStatus::kDone) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("the former policy is not kept"));
  EXPECT_EQ(Former(), "");
}

TEST_F(PolicySetTest, UndoSaysThatThereIsNothingToGoBackTo) {
  const Ran ran = Undo();
  EXPECT_EQ(ran.status, ExitStatus::kFailed);
  EXPECT_THAT(ran.err, HasSubstr("no former file is kept"));
  EXPECT_EQ(Policy(), former_);
  ASSERT_EQ(Set(good_, "60s").status, ExitStatus::kDone);
  ASSERT_EQ(Revert().status, ExitStatus::kDone);
  EXPECT_THAT(Undo().err, HasSubstr("no former file is kept"));
  folder_.Write("policy.xml.former", former_);
  EXPECT_THAT(Undo().err, HasSubstr("is the former policy already"));
}

TEST_F(PolicySetTest, WhatIsRefusedLeavesWhatUndoPutsBack) {
  ASSERT_EQ(Set(good_).status, ExitStatus::kDone);
  refusal_ = "no";
  const std::string other = ExePolicy(PathRule("Allow", "%WINDIR%\\*") + "<!-- -->");
  EXPECT_EQ(Set(other).status, ExitStatus::kFailed);
  EXPECT_EQ(Policy(), good_);
  EXPECT_EQ(Former(), former_) << "of the last set that was done";
  EXPECT_EQ(Undo().status, ExitStatus::kFailed);
  EXPECT_EQ(Policy(), good_);
  EXPECT_EQ(Former(), former_);
  refusal_.clear();
  EXPECT_EQ(Set(good_).status, ExitStatus::kDone) << "the same again changes nothing";
  EXPECT_EQ(Former(), former_);
}

TEST_F(PolicySetTest, UndoNeedsAFormerPolicyThatCanBeRead) {
  ASSERT_EQ(Set(good_).status, ExitStatus::kDone);
  folder_.Write("policy.xml.former", "<AppLocker");
  EXPECT_EQ(Undo().status, ExitStatus::kFailed);
  EXPECT_EQ(Policy(), good_);
}

TEST_F(PolicySetTest, TakesAFileOrUndoes) {
  EXPECT_EQ(Do(SetPolicy, {}).status, ExitStatus::kUsage);
  Options both;
  both.paths = {folder_ / "policy.xml"};
  both.set.undo = true;
  EXPECT_EQ(Do(SetPolicy, both).status, ExitStatus::kUsage);
}

}  // namespace
}  // namespace portcullis::cli
