// SPDX-License-Identifier: Apache-2.0
// What was found out of a file is used again as long as it is known to hold, and no longer.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "tests/kernel/gate_policies.h"
#include "tests/kernel/gate_under_test.h"
#include "tests/kernel/run_program.h"
#include "tests/support/pe_builder.h"
#include "tests/support/test_signer.h"

namespace portcullis::testing {
namespace {

using applocker::Action;

constexpr uid_t kAlice = 12345;
const Caller kAsAlice{kAlice, kAlice, {}};
// No clock tick is as long.
constexpr auto kTicks = std::chrono::milliseconds(50);

class ReuseTest : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (const std::string why = WhyNoKernelTests(); !why.empty()) GTEST_SKIP() << why;
    auto entered = PrivateMounts::Enter(60);
    ASSERT_TRUE(entered) << entered.error().message;
    mounts_.emplace(std::move(*entered));
    auto mounted = mounts_->Mount(GetParam());
    if (!mounted && mounted.error().code == ErrorCode::kUnsupported) {
      GTEST_SKIP() << kNoSuchFileSystem;
    }
    ASSERT_TRUE(mounted) << mounted.error().message;
    root_ = *mounted;
    service_.file_systems = {root_};
    service_.service_process = ServiceProcess::kNone;
    tool_ = root_ + "/tool";
    content_ = ReadWholeFile(KERNEL_TINY) + "tool";
    WriteProgram(tool_, content_, kAlice);
    std::this_thread::sleep_for(kTicks);
  }

  void Start(applocker::AppLockerPolicy policy) {
    auto started = GateUnderTest::Start(*mounts_, service_, std::move(policy));
    ASSERT_TRUE(started) << started.error().message;
    gate_ = std::move(*started);
  }
  // Its times say of every write that there was one.
  bool TimesTell() const { return root_.find("ext4") != std::string::npos || IsXfs(); }
  bool IsXfs() const { return root_.find("xfs") != std::string::npos; }

  std::optional<PrivateMounts> mounts_;
  std::string root_;
  std::string tool_;
  std::string content_;
  enforcement::ServiceConfig service_;
  std::unique_ptr<GateUnderTest> gate_;
};

TEST_P(ReuseTest, AUsersProgramIsInspectedOnceWhereTimesTell) {
  Start(PolicyOf({HashRuleOf(Action::kAllow, HashOf(content_))}));
  EXPECT_TRUE(RunProgram({tool_}, kAsAlice).ran());
  const uint64_t before = gate_->inspections();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(RunProgram({tool_}, kAsAlice).ran());
  const uint64_t more = gate_->inspections() - before;
  if (TimesTell()) {
    EXPECT_EQ(more, 0U);
  } else {
    EXPECT_GE(more, 3U);
  }
  EXPECT_EQ(gate_->RecordsOf(tool_).size(), 1U) << "what is found again is not recorded again";
}

TEST_P(ReuseTest, AProgramThatEverybodyMayRunIsAllowedWhoeverAsks) {
  Start(PolicyOf({HashRuleOf(Action::kAllow, HashOf(content_))}));
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(RunProgram({tool_}, kAsAlice).ran());
  EXPECT_EQ(gate_->for_anyone() > 0, TimesTell()) << gate_->for_anyone();
  EXPECT_EQ(gate_->RecordsOf(tool_).size(), 1U);
}

TEST_P(ReuseTest, AProgramThatSomebodyMayNotRunIsNot) {
  const Caller as_bob{kAlice + 1, kAlice + 1, {}};
  applocker::Rule deny = AllowPath("*", well_known_sids::UnixUser(kAlice + 1));
  deny.action = Action::kDeny;
  Start(PolicyOf({HashRuleOf(Action::kAllow, HashOf(content_)), deny}));
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(RunProgram({tool_}, kAsAlice).ran());
    EXPECT_FALSE(RunProgram({tool_}, as_bob).ran());
  }
  EXPECT_EQ(gate_->for_anyone(), 0U);
}

TEST_P(ReuseTest, EachOfTheRunsIsRecordedWhereEachIsToBe) {
  service_.record_allowed = enforcement::RecordAllowed::kEvery;
  Start(PolicyOf({HashRuleOf(Action::kAllow, HashOf(content_))}));
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(RunProgram({tool_}, kAsAlice).ran());
  EXPECT_EQ(gate_->RecordsOf(tool_, 10).size(), 10U);
  EXPECT_EQ(gate_->for_anyone(), 0U);
}

// Whose lease is there for the next run gives it back to a writer, and no run is allowed by what
// was known before.
TEST_P(ReuseTest, AProgramThatIsWrittenBetweenRunsIsJudgedAgain) {
  Start(PolicyOf({HashRuleOf(Action::kAllow, HashOf(content_))}));
  std::string evil = content_;
  evil.back() ^= 1;
  for (int i = 0; i < 5; ++i) {
    for (int run = 0; run < 5; ++run) EXPECT_TRUE(RunProgram({tool_}, kAsAlice).ran());
    WriteProgram(tool_, evil, kAlice);
    EXPECT_FALSE(RunProgram({tool_}, kAsAlice).ran());
    WriteProgram(tool_, content_, kAlice);
    std::this_thread::sleep_for(kTicks);
  }
}

TEST_P(ReuseTest, ANewPolicyIsObeyedBetweenRuns) {
  Start(PolicyOf({HashRuleOf(Action::kAllow, HashOf(content_))}));
  for (int i = 0; i < 5; ++i) {
    for (int run = 0; run < 3; ++run) EXPECT_TRUE(RunProgram({tool_}, kAsAlice).ran());
    ASSERT_TRUE(gate_->SetPolicy(PolicyOf({HashRuleOf(Action::kAllow, HashOf("another"))})));
    EXPECT_FALSE(RunProgram({tool_}, kAsAlice).ran());
    ASSERT_TRUE(gate_->SetPolicy(PolicyOf({HashRuleOf(Action::kAllow, HashOf(content_))})));
  }
}

// Its name is part of what was judged.
TEST_P(ReuseTest, AProgramThatIsRenamedBetweenRunsIsJudgedByItsNewName) {
  Start(PolicyOf({AllowPath(root_ + "/tool")}));
  for (int i = 0; i < 5; ++i) {
    for (int run = 0; run < 3; ++run) EXPECT_TRUE(RunProgram({tool_}, kAsAlice).ran());
    ASSERT_EQ(rename(tool_.c_str(), (root_ + "/other").c_str()), 0);
    EXPECT_FALSE(RunProgram({root_ + "/other"}, kAsAlice).ran());
    ASSERT_EQ(rename((root_ + "/other").c_str(), tool_.c_str()), 0);
  }
}

TEST_P(ReuseTest, ARootsProgramIsInspectedOnce) {
  ASSERT_EQ(chown(tool_.c_str(), 0, 0), 0);
  std::this_thread::sleep_for(kTicks);
  applocker::Rule deny = AllowPath("*", well_known_sids::UnixUser(kAlice + 1));
  deny.action = Action::kDeny;  // so that the kernel goes on asking
  Start(PolicyOf({HashRuleOf(Action::kAllow, HashOf(content_)), deny}));
  EXPECT_TRUE(RunProgram({tool_}, kAsAlice).ran());
  const uint64_t asked = gate_->questions();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(RunProgram({tool_}, kAsAlice).ran());
  EXPECT_GE(gate_->questions(), asked + 3);
  // The owner that an overlay shows is its layer's.
  const bool is_overlay = root_.find("overlay") != std::string::npos;
  EXPECT_EQ(gate_->inspections() == 1, !is_overlay) << gate_->inspections();
}

// tmpfs maps a page that is read first for writing as well: no later store is seen.
void StoreUnseen(const std::string& path, size_t offset) {
  const UniqueFd file(open(path.c_str(), O_RDWR | O_CLOEXEC));
  void* const map = mmap(nullptr, offset + 1, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  ASSERT_NE(map, MAP_FAILED);
  auto* const byte = static_cast<volatile char*>(map) + offset;
  const char before = *byte;
  *byte = static_cast<char>(before + 1);
  ASSERT_EQ(munmap(map, offset + 1), 0);
}

TEST_P(ReuseTest, AStoreThroughAMappingThatWasReadFirstIsSeen) {
  Start(PolicyOf({HashRuleOf(Action::kAllow, HashOf(content_))}));
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(RunProgram({tool_}, kAsAlice).ran());
  StoreUnseen(tool_, content_.size() - 1);
  const RunOutcome outcome = RunProgram({tool_}, kAsAlice);
  EXPECT_TRUE(outcome.refused()) << ToString(outcome);
}

TEST_P(ReuseTest, WhatWasInspectedForAnotherPolicyIsInspectedAgain) {
  FileDigest sha1 = HashOf(content_, HashType::kSha1);
  ASSERT_EQ(sha1.type, HashType::kSha1);
  Start(PolicyOf({AllowPath("*")}));
  // The job is made by the policy without SHA-1, and finished under the one that asks for it.
  gate_->HoldInspectors(true);
  ASSERT_TRUE(gate_->SetPolicy(PolicyOf({AllowPath("*")}))) << "the inspectors that were there go";
  auto outcome = std::async(std::launch::async, [&] { return RunProgram({tool_}, kAsAlice); });
  while (gate_->inspections() == 0) std::this_thread::yield();
  ASSERT_TRUE(gate_->SetPolicy(PolicyOf({AllowPath("*"), HashRuleOf(Action::kDeny, sha1)})));
  gate_->HoldInspectors(false);
  EXPECT_TRUE(outcome.get().refused());
  EXPECT_TRUE(RunProgram({tool_}, kAsAlice).refused());
}

// A program for Windows, which the kernel does not know how to run once it may.
class SignedProgram {
 public:
  SignedProgram() {
    BuiltPe pe = BuildPe({});
    AttachCertificates(pe, {Sign(AuthenticodeContent(pe), {.signer = &signer_})});
    content_.assign(pe.bytes.begin(), pe.bytes.end());
  }
  const std::string& content() const { return content_; }
  std::string anchor() const { return root_.Pem(); }

 private:
  const int64_t now_ = time(nullptr);
  const Certificate root_ = MakeCertificate({.subject = {{"CN", "Root"}},
                                             .not_before = now_ - 1000,
                                             .not_after = now_ + 100'000,
                                             .is_authority = true});
  const Certificate signer_ = MakeCertificate({.subject = {{"O", "Contoso"}},
                                               .not_before = now_ - 1000,
                                               .not_after = now_ + 100'000,
                                               .extended_key_usage = "codeSigning",
                                               .issuer = &root_});
  std::string content_;
};

TEST_P(ReuseTest, WhatARemovedAnchorVouchedForIsRefused) {
  const SignedProgram program;
  WriteProgram(root_ + "/tool.exe", program.content(), 0);
  std::this_thread::sleep_for(kTicks);
  const std::string anchors = GateUnderTest::AnchorsFile(*mounts_);
  std::ofstream(anchors) << program.anchor();
  Start(PolicyOf({MakeRule(Action::kAllow, well_known_sids::kEveryone,
                           applocker::FilePublisherCondition{"O=CONTOSO", "*", "*", {}})}));
  for (int i = 0; i < 2; ++i) EXPECT_EQ(RunProgram({root_ + "/tool.exe"}).error, ENOEXEC);
  std::filesystem::remove(anchors);
  ASSERT_TRUE(gate_->Reload());
  EXPECT_EQ(RunProgram({root_ + "/tool.exe"}).error, EPERM);
}

TEST_P(ReuseTest, APolicyThatCanNotBeWatchedForLeavesTheFormer) {
  Start(PolicyOf({AllowPath("*")}));
  const std::string other = mounts_->scratch() + "/other";
  ASSERT_TRUE(std::filesystem::create_directory(other));
  ASSERT_EQ(mount(root_.c_str(), other.c_str(), nullptr, MS_BIND, nullptr), 0);
  ASSERT_EQ(umount2(root_.c_str(), MNT_DETACH), 0);
  std::filesystem::remove(root_);
  EXPECT_FALSE(gate_->SetPolicy(PolicyOf({AllowPath("/nowhere/*")})));
  EXPECT_TRUE(RunProgram({other + "/tool"}).ran());
}

INSTANTIATE_TEST_SUITE_P(FileSystems, ReuseTest,
                         ::testing::Values("tmpfs", "ext4", "xfs", "overlay"),
                         [](const auto& name) { return std::string(name.param); });

}  // namespace
}  // namespace portcullis::testing
