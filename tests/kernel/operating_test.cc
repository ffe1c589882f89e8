// SPDX-License-Identifier: Apache-2.0
// What an administrator does to the running service: puts a policy on trial, and what becomes of
// it.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "eventlog/event_store.h"
#include "tests/kernel/program_bytes.h"
#include "tests/kernel/run_program.h"
#include "tests/kernel/service_under_test.h"

namespace portcullis::testing {
namespace {

using eventlog::EventFilter;
using eventlog::EventId;
using eventlog::EventStore;
using ::testing::HasSubstr;

constexpr unsigned kSeconds = 600;
constexpr uid_t kUser = 1000;
// Longer than any test.
constexpr const char* kLong = "3600s";

// Starts with a policy that allows `former` alone; tries one that allows `tried` alone.
class OperatingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = WhyNoKernelTests(); !why.empty()) GTEST_SKIP() << why;
    auto mounts = PrivateMounts::Enter(kSeconds);
    ASSERT_TRUE(mounts) << mounts.error().message;
    mounts_.emplace(std::move(*mounts));
    const auto root = mounts_->Mount("tmpfs");
    ASSERT_TRUE(root) << root.error().message;
    root_ = *root;
    WriteProgram(root_ + "/former", TinyProgram());
    WriteProgram(root_ + "/tried", TinyProgram() + "tried");
    former_ = ExePolicy(HashRule("Allow", Sha256Of(root_ + "/former")));
    tried_ = ExePolicy(HashRule("Allow", Sha256Of(root_ + "/tried")));
    auto service = ServiceUnderTest::Start(*mounts_, {former_, {root_}, {}, {}});
    ASSERT_TRUE(service) << service.error().message;
    service_ = std::move(*service);
  }

  // The exit status of `portcullis policy`, which tells the service itself.
  int Policy(std::vector<std::string> arguments) const {
    std::vector<std::string> all = {Built("cli/portcullis"), "policy"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    all.insert(all.end(), {"--config", service_->ConfigPath()});
    const RunOutcome outcome = RunProgram(all, {}, std::chrono::seconds(200));
    EXPECT_TRUE(outcome.ran()) << ToString(outcome);
    return outcome.exit_status;
  }
  int Set(const std::string& policy, std::vector<std::string> more) const {
    const std::string file = mounts_->scratch() + "/new.xml";
    std::ofstream(file) << policy;
    more.insert(more.begin(), {"set", file, "--policy", service_->PolicyPath()});
    return Policy(more);
  }
  void Try(const std::string& time) const {
    ASSERT_EQ(Set(tried_, {"--try", time}), 0);
    // At once: nothing is answered by the former policy any more.
    EXPECT_TRUE(Runs("tried"));
    EXPECT_FALSE(Runs("former"));
  }

  bool Runs(const std::string& name) const {
    return RunProgram({root_ + "/" + name}, {kUser, kUser, {}}).ran();
  }
  bool Await(const std::function<bool()>& holds) const {
    for (int i = 0; i < 1200; ++i) {
      if (holds()) return true;
      usleep(100'000);
    }
    return false;
  }
  void ExpectInForce(const std::string& name) const {
    const std::string other = name == "tried" ? "former" : "tried";
    EXPECT_TRUE(Await([&] { return Runs(name) && !Runs(other); })) << service_->output();
    EXPECT_EQ(ReadWholeFile(service_->PolicyPath()), name == "tried" ? tried_ : former_);
  }
  bool Tells(EventId id) const {
    return Await([&] {
      const auto store = EventStore::OpenForReading(service_->StorePath());
      if (!store) return false;
      EventFilter filter;
      filter.ids = {id};
      const auto events = store->Read(filter);
      return events && !events->empty();
    });
  }
  // Changes a line of the trial's record.
  void Rewrite(const std::string& name, const std::string& value) const {
    const std::string path = service_->StateDirectory() + "/trial/record";
    std::string text = ReadWholeFile(path);
    const size_t at = text.find(name + " = ");
    ASSERT_NE(at, std::string::npos) << text;
    text.replace(at, text.find('\n', at) - at, name + " = " + value);
    std::ofstream(path) << text;
  }
  // A successor of the supervisor is no child of this test's. Gate and supervisor have the command
  // line of the first, and the mount namespace that this test alone is in.
  void EndSuccessors() const {
    const auto namespace_of = [](const std::string& process) {
      std::error_code error;
      return std::filesystem::read_symlink(process + "/ns/mnt", error).string();
    };
    const std::string own = namespace_of("/proc/self");
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const std::string process = entry.path();
      const std::string arguments = ReadWholeFile(process + "/cmdline");
      if (arguments.find(service_->ConfigPath()) == std::string::npos) continue;
      if (own.empty() || namespace_of(process) != own) continue;
      kill(std::atoi(entry.path().filename().c_str()), SIGKILL);
    }
  }
  void StartAgain() const {
    service_->Kill();
    const auto started = service_->StartAgain();
    ASSERT_TRUE(started) << started.error().message;
  }

  std::optional<PrivateMounts> mounts_;
  std::string root_, former_, tried_;
  std::unique_ptr<ServiceUnderTest> service_;
};

// The policies here allow nothing else on the test's own file system. Were all file systems judged,
// they would lock everybody out.
TEST_F(OperatingTest, RefusesWhatWouldLockOut) {
  ExpectInForce("former");
  const std::string config = mounts_->scratch() + "/all.conf";
  std::istringstream lines(ReadWholeFile(service_->ConfigPath()));
  std::ofstream all(config);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("file-system")) all << line << "\n";
  }
  all.close();
  const std::string file = mounts_->scratch() + "/new.xml";
  std::ofstream(file) << tried_;
  for (const char* const more : {"--format json", "--try 3600s"}) {
    const std::string command = fmt::format(
        "exec '{}' policy set {} --policy {} --config {} {} > {}", Built("cli/portcullis"), file,
        service_->PolicyPath(), config, more, mounts_->scratch() + "/said");
    EXPECT_EQ(RunProgram({"/bin/sh", "-c", command}, {}, std::chrono::seconds(200)).exit_status, 1);
  }
  EXPECT_THAT(ReadWholeFile(mounts_->scratch() + "/said"),
              HasSubstr("would be blocked by the Exe collection"));
  EXPECT_EQ(Set("<AppLocker", {}), 3);
  ExpectInForce("former");
}

TEST_F(OperatingTest, KeepsAPolicyThatIsConfirmed) {
  Try(kLong);
  ExpectInForce("tried");
  EXPECT_EQ(Set(former_, {}), 3) << "a trial is under way";
  EXPECT_EQ(Policy({"confirm"}), 0);
  EXPECT_TRUE(Tells(EventId::kPolicyConfirmed));
  ExpectInForce("tried");
  EXPECT_EQ(Policy({"confirm"}), 3) << "there is none any more";
  StartAgain();
  ExpectInForce("tried");
}

TEST_F(OperatingTest, TakesBackAPolicyThatIsNotConfirmed) {
  Try("4s");
  EXPECT_TRUE(Tells(EventId::kPolicyReverted));
  ExpectInForce("former");
  EXPECT_THAT(service_->output(), HasSubstr("not confirmed in time"));
}

TEST_F(OperatingTest, TakesBackAPolicyByCommand) {
  Try(kLong);
  ExpectInForce("tried");
  EXPECT_EQ(Policy({"revert"}), 0);
  ExpectInForce("former");
  EXPECT_TRUE(Tells(EventId::kPolicyReverted));
}

TEST_F(OperatingTest, GoesOnWithTheTrialWhenTheServiceWasKilled) {
  Try(kLong);
  ExpectInForce("tried");
  StartAgain();
  ExpectInForce("tried");
  EXPECT_TRUE(Await([&] { return service_->output().find("is on trial") != std::string::npos; }));
  // While none runs the time passes.
  service_->Kill();
  Rewrite("deadline-ns", "1");
  ASSERT_TRUE(service_->StartAgain());
  ExpectInForce("former");
  EXPECT_TRUE(Tells(EventId::kPolicyReverted));
}

TEST_F(OperatingTest, TakesBackAPolicyWhenTheMachineWasStartedAnew) {
  Try(kLong);
  ExpectInForce("tried");
  service_->Kill();
  Rewrite("boot-id", "another-boot");
  ASSERT_TRUE(service_->StartAgain());
  ExpectInForce("former");
  EXPECT_TRUE(Await(
      [&] { return service_->output().find("machine was started anew") != std::string::npos; }));
}

TEST_F(OperatingTest, KeepsThePolicyWhenTheTrialsStateIsDamaged) {
  Try(kLong);
  ExpectInForce("tried");
  Rewrite("boot-id", "");
  kill(service_->pid(), SIGHUP);
  EXPECT_TRUE(Await([&] { return service_->output().find("is damaged") != std::string::npos; }));
  ExpectInForce("tried");
}

// The gate forks another, which knows of no deadline until it has looked.
TEST_F(OperatingTest, TakesBackAPolicyThoughTheSupervisorDiesMeanwhile) {
  Try("8s");
  ASSERT_EQ(kill(service_->pid(), SIGKILL), 0);
  EXPECT_TRUE(Await([&] {
    return service_->output().find("not confirmed in time") != std::string::npos;
  })) << service_->output();
  ExpectInForce("former");
  EndSuccessors();
}

}  // namespace
}  // namespace portcullis::testing
