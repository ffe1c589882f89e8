// SPDX-License-Identifier: Apache-2.0
// The whole service while its processes are killed and stopped, singly and in pairs, under execs of
// several users: no exec waits past the budget, and no denied program runs while supervisor or gate
// lives.
//
// PORTCULLIS_CHAOS_RELOADS and PORTCULLIS_CHAOS_FILES: how many; ./test --long has a thousand, and
// ten thousand.
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/kernel/program_bytes.h"
#include "tests/kernel/run_program.h"
#include "tests/kernel/service_under_test.h"
#include "tests/kernel/test_length.h"

namespace portcullis::testing {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kBudget{1000};
// What a busy machine adds to the budget before the asker is back.
constexpr milliseconds kMargin{2500};
constexpr int kClients = 4;
// What nine tenths of a test may add to the memory of all processes together.
constexpr int64_t kMaxGrowth = 16 << 20;

size_t Reloads() { return NumberOf("PORTCULLIS_CHAOS_RELOADS", 50); }
size_t HostileFiles() { return NumberOf("PORTCULLIS_CHAOS_FILES", 500); }
unsigned Seconds() { return SecondsFor(Reloads() + HostileFiles()); }

int64_t NumberAfter(const std::string& text, const std::string& key) {
  const size_t at = text.find(key);
  return at == std::string::npos ? -1 : std::atoll(text.c_str() + at + key.size());
}

// The living processes of the service, in this test's mount namespace alone.
class Census {
 public:
  Census() : namespace_(std::filesystem::read_symlink("/proc/self/ns/mnt")) {}

  std::vector<pid_t> Find(const std::string& name) const {
    return Filter(name, [&](const std::string& proc) {
      std::error_code error;
      return std::filesystem::read_symlink(proc + "/ns/mnt", error) == namespace_;
    });
  }
  // These have a namespace of their own: the supervisor's children.
  std::vector<pid_t> Inspectors() const {
    const std::vector<pid_t> supervisors = Find("supervisor");
    return Filter("inspector", [&](const std::string& proc) {
      const std::string status = ReadWholeFile(proc + "/stat");
      const size_t parent = status.rfind(") ") + 4;
      return std::ranges::find(supervisors, std::atoi(status.c_str() + parent)) !=
             supervisors.end();
    });
  }

 private:
  static std::vector<pid_t> Filter(const std::string& name,
                                   const std::function<bool(const std::string&)>& is_ours) {
    std::vector<pid_t> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const pid_t pid = std::atoi(entry.path().filename().c_str());
      if (pid <= 0 || ReadWholeFile(entry.path() / "comm") != name + "\n") continue;
      const std::string status = ReadWholeFile(entry.path() / "stat");
      if (status.find(") Z ") == std::string::npos && is_ours(entry.path())) found.push_back(pid);
    }
    return found;
  }
  std::filesystem::path namespace_;
};

// What the clients saw, in memory that they share.
struct Tally {
  std::atomic<bool> ends{false};
  std::atomic<uint64_t> allowed_ran{0}, allowed_refused{0}, denied_refused{0};
  std::atomic<uint64_t> denied_ran{0}, stalled{0};
  std::atomic<int64_t> slowest_ms{0};

  void Count(const RunOutcome& outcome, bool is_allowed) {
    (is_allowed      ? outcome.ran() ? allowed_ran : allowed_refused
     : outcome.ran() ? denied_ran
                     : denied_refused)++;
    CountTime(outcome);
  }
  void CountTime(const RunOutcome& outcome) {
    if (outcome.took > kBudget + kMargin) ++stalled;
    for (int64_t slowest = slowest_ms; outcome.took.count() > slowest;) {
      if (slowest_ms.compare_exchange_weak(slowest, outcome.took.count())) break;
    }
  }
  std::string ToString() const {
    return fmt::format(
        "allowed: {} ran, {} refused; denied: {} ran, {} refused; {} stalled, slowest {} ms",
        allowed_ran.load(), allowed_refused.load(), denied_ran.load(), denied_refused.load(),
        stalled.load(), slowest_ms.load());
  }
};

class Chaos : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = WhyNoKernelTests(); !why.empty()) GTEST_SKIP() << why;
    auto mounts = PrivateMounts::Enter(Seconds());
    ASSERT_TRUE(mounts) << mounts.error().message;
    mounts_.emplace(std::move(*mounts));
    const auto root = mounts_->Mount("tmpfs");
    ASSERT_TRUE(root) << root.error().message;
    root_ = *root;
    WriteProgram(root_ + "/good", TinyProgram());
    WriteProgram(root_ + "/evil", TinyProgram() + "evil");
    census_.emplace();
    tally_ = new (mmap(nullptr, sizeof(Tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                       -1, 0)) Tally;
    auto service = ServiceUnderTest::Start(
        *mounts_, {Policy(), {root_}, fmt::format("budget = {}ms\n", kBudget.count()), {}});
    ASSERT_TRUE(service) << service.error().message;
    service_ = std::move(*service);
  }
  void TearDown() override {
    if (tally_ == nullptr) return;  // skipped
    EndClients();
    service_.reset();
    // Whose parent died is nobody's descendant any more.
    for (int i = 0; i < 100; ++i) {
      int left = 0;
      for (const char* name : {"supervisor", "gate"}) {
        for (const pid_t pid : census_->Find(name)) left += kill(pid, SIGKILL) == 0 ? 1 : 0;
      }
      if (left == 0) break;
      usleep(10'000);
    }
  }
  std::string Policy() const {
    return ExePolicy(HashRule("Allow", Sha256Of(root_ + "/good")) +
                     PathRule("Allow", root_ + "/new/*") + PathRule("Deny", root_ + "/new/evil*"));
  }

  // Execs without end: the known ones, and files that nobody has seen.
  void StartClients() {
    std::filesystem::create_directory(root_ + "/new");
    for (int i = 0; i < kClients; ++i) {
      const uid_t uid = i % 2 == 0 ? 0 : static_cast<uid_t>(1000 + i);
      StartClient([this, i, uid](int n) { RunSome(fmt::format("{}-{}", i, n), uid); });
    }
  }
  // `run` again and again, in a process of its own.
  void StartClient(const std::function<void(int)>& run) {
    const pid_t client = fork();
    if (client == 0) {
      alarm(Seconds());
      for (int n = 0; !tally_->ends; ++n) run(n);
      _exit(0);
    }
    clients_.push_back(client);
  }
  void EndClients() {
    tally_->ends = true;
    for (const pid_t client : clients_) waitpid(client, nullptr, 0);
    clients_.clear();
  }
  void RunSome(const std::string& id, uid_t uid) {
    tally_->Count(RunAs(root_ + "/good", uid), true);
    tally_->Count(RunAs(root_ + "/evil", uid), false);
    const std::string evil = root_ + "/new/evil" + id;
    const std::string fresh = root_ + "/new/" + id;
    WriteProgram(evil, TinyProgram(), uid);
    WriteProgram(fresh, TinyProgram(), uid);
    tally_->Count(RunAs(evil, uid), false);
    tally_->Count(RunAs(fresh, uid), true);
    std::filesystem::remove(evil);
    std::filesystem::remove(fresh);
  }
  static RunOutcome RunAs(const std::string& path, uid_t uid) {
    return RunProgram({path}, {uid, uid, {}}, kBudget * 10);
  }

  bool Await(const std::function<bool()>& holds) const {
    for (int i = 0; i < 1000; ++i) {
      if (holds()) return true;
      usleep(10'000);
    }
    return false;
  }
  // Both are there, other than `before`, and the allowed program runs again.
  bool Recovered(const std::vector<pid_t>& gone) const {
    for (const char* name : {"supervisor", "gate"}) {
      const auto now = census_->Find(name);
      if (now.size() != 1 || std::ranges::find(gone, now.front()) != gone.end()) return false;
    }
    return RunAs(root_ + "/good", 0).ran();
  }
  // A signal to all of these at once; the service must come back by itself.
  void Hit(const std::vector<pid_t>& victims, int signal, const std::string& what) {
    for (const pid_t victim : victims) kill(victim, signal);
    std::vector<pid_t> gone;
    for (const char* name : {"supervisor", "gate"}) {
      for (const pid_t pid : census_->Find(name)) {
        if (std::ranges::find(victims, pid) != victims.end()) gone.push_back(pid);
      }
    }
    ASSERT_TRUE(Await([&] { return Recovered(gone); })) << what << "\n" << service_->output();
    // The new supervisor watches before the next blow: two in one moment are another test.
    usleep(static_cast<useconds_t>(kBudget.count()) * 300);
  }
  void ExpectNoneLost() const {
    RecordProperty("tally", tally_->ToString());
    EXPECT_EQ(tally_->denied_ran, 0U) << tally_->ToString();
    EXPECT_EQ(tally_->stalled, 0U) << tally_->ToString();
    EXPECT_GT(tally_->allowed_ran, 50U) << tally_->ToString();
    fmt::print("{}\n", tally_->ToString());
  }

  std::optional<PrivateMounts> mounts_;
  std::optional<Census> census_;
  std::string root_;
  std::unique_ptr<ServiceUnderTest> service_;
  Tally* tally_ = nullptr;
  std::vector<pid_t> clients_;
};

TEST_F(Chaos, KillsEachProcessInTurn) {
  StartClients();
  for (int round = 0; round < 5; ++round) {
    Hit(census_->Find("gate"), SIGKILL, "the gate killed");
    Hit(census_->Inspectors(), SIGKILL, "the inspectors killed");
    Hit(census_->Find("supervisor"), SIGKILL, "the supervisor killed");
    Hit(census_->Find("gate"), SIGSEGV, "the gate crashed");
  }
  ExpectNoneLost();
}

TEST_F(Chaos, StopsEachProcessInTurn) {
  StartClients();
  for (int round = 0; round < 3; ++round) {
    Hit(census_->Find("gate"), SIGSTOP, "the gate stopped");
    Hit(census_->Find("supervisor"), SIGSTOP, "the supervisor stopped");
    Hit(census_->Inspectors(), SIGSTOP, "the inspectors stopped");
    // Spare ones take their place till they are killed; here they may go on.
    for (const pid_t inspector : census_->Inspectors()) kill(inspector, SIGCONT);
  }
  ExpectNoneLost();
}

TEST_F(Chaos, HitsPairs) {
  StartClients();
  const auto with_inspectors = [&](const char* name) {
    std::vector<pid_t> victims = census_->Inspectors();
    for (const pid_t pid : census_->Find(name)) victims.push_back(pid);
    return victims;
  };
  for (int round = 0; round < 3; ++round) {
    Hit(with_inspectors("gate"), SIGKILL, "gate and inspectors killed");
    Hit(with_inspectors("supervisor"), SIGKILL, "supervisor and inspectors killed");
    Hit(with_inspectors("gate"), SIGSTOP, "gate and inspectors stopped");
  }
  ExpectNoneLost();
}

TEST_F(Chaos, LetsEverythingRunWhenSupervisorAndGateDieTogether) {
  const auto gate = census_->Find("gate");
  for (const pid_t pid : census_->Find("supervisor")) kill(pid, SIGSTOP);
  for (const pid_t pid : gate) kill(pid, SIGKILL);
  for (const pid_t pid : census_->Find("supervisor")) kill(pid, SIGKILL);
  EXPECT_TRUE(Await([&] { return RunAs(root_ + "/evil", 0).ran(); }))
      << "documented: the groups close, and the kernel asks nobody";
}

TEST_F(Chaos, FailsByPolicyWhileThePolicyOnDiskIsRefused) {
  const std::string policy = Policy();  // reads files, which nobody can soon
  ASSERT_TRUE(service_->WritePolicy("<AppLockerPolicy"));
  for (const pid_t gate : census_->Find("gate")) kill(gate, SIGKILL);
  ASSERT_TRUE(Await([&] { return service_->output().find("can not start") != std::string::npos; }));
  // Long enough for attempts that are seconds apart.
  for (int i = 0; i < 20; ++i) {
    tally_->Count(RunAs(root_ + "/good", 0), true);
    tally_->Count(RunAs(root_ + "/evil", 0), false);
    usleep(50'000);
  }
  EXPECT_EQ(tally_->allowed_ran + tally_->denied_ran, 0U) << tally_->ToString();
  EXPECT_EQ(tally_->stalled, 0U) << tally_->ToString();
  ASSERT_TRUE(service_->WritePolicy(policy));
  EXPECT_TRUE(Await([&] { return RunAs(root_ + "/good", 0).ran(); })) << service_->output();
  EXPECT_TRUE(RunAs(root_ + "/evil", 0).refused());
}

TEST_F(Chaos, AsksNobodyAfterARestartWithAPolicyThatAudits) {
  std::string audits = Policy();
  audits.replace(audits.find("Enabled"), 7, "AuditOnly");
  ASSERT_TRUE(service_->WritePolicy(audits));
  for (const pid_t gate : census_->Find("gate")) kill(gate, SIGKILL);
  ASSERT_TRUE(Await([&] { return service_->output().find("gate-replaced") != std::string::npos; }));
  for (const char* name : {"supervisor", "gate"}) {
    for (const pid_t pid : census_->Find(name)) kill(pid, SIGSTOP);
  }
  EXPECT_TRUE(RunProgram({root_ + "/evil"}, {}, kBudget).ran()) << "a mark of the former is left";
  for (const char* name : {"supervisor", "gate"}) {
    for (const pid_t pid : census_->Find(name)) kill(pid, SIGCONT);
  }
}

TEST_F(Chaos, AnswersTwoHundredExecsAtOnce) {
  std::vector<pid_t> all;
  for (int i = 0; i < 200; ++i) {
    const std::string path = fmt::format("{}/burst{}", root_, i);
    WriteProgram(path, TinyProgram() + (i % 2 == 0 ? "" : std::to_string(i)), 1000);
    const pid_t child = fork();
    if (child == 0) {
      alarm(60);
      tally_->Count(RunAs(path, 1000), i % 2 == 0);
      _exit(0);
    }
    all.push_back(child);
  }
  for (const pid_t child : all) waitpid(child, nullptr, 0);
  EXPECT_EQ(tally_->denied_ran, 0U) << tally_->ToString();
  EXPECT_EQ(tally_->allowed_ran, 100U) << tally_->ToString();
  EXPECT_EQ(tally_->stalled, 0U) << tally_->ToString();
}

// ---- Reloading.

// Each answer is that of the policy whose generation it carries.
void ExpectTheirPolicysVerdict(const std::vector<std::string>& records,
                               const std::string& allowed_at_first) {
  ASSERT_FALSE(records.empty());
  const auto generation_of = [](const std::string& record) {
    return NumberAfter(record, "\"generation\":");
  };
  const int64_t first = generation_of(records.front());
  std::set<int64_t> generations;
  for (const std::string& record : records) {
    const int64_t generation = generation_of(record);
    const bool is_first = record.find("\"path\":\"" + allowed_at_first + "\"") != record.npos;
    const bool is_allowed = record.find("\"blocked\":false") != record.npos;
    EXPECT_EQ(is_allowed, is_first == ((generation - first) % 2 == 0)) << record;
    generations.insert(generation);
  }
  EXPECT_GT(generations.size(), Reloads());
}

TEST_F(Chaos, AlternatesOppositePoliciesWhileProgramsRun) {
  const std::string good = root_ + "/good";
  const std::string evil = root_ + "/evil";
  const std::array policies{ExePolicy(HashRule("Allow", Sha256Of(good))),
                            ExePolicy(HashRule("Allow", Sha256Of(evil)))};
  ASSERT_TRUE(service_->SetPolicy(policies[0]));
  for (int i = 0; i < kClients; ++i) {
    StartClient([&](int) {
      tally_->CountTime(RunAs(good, 1000));
      tally_->CountTime(RunAs(evil, 1000));
    });
  }
  int64_t memory = 0;
  for (size_t i = 1; i <= Reloads(); ++i) {
    const auto loaded = service_->SetPolicy(policies[i % 2]);
    ASSERT_TRUE(loaded) << loaded.error().message;
    ASSERT_EQ(RunAs(good, 0).ran(), i % 2 == 0) << "after reload " << i;
    ASSERT_EQ(RunAs(evil, 0).ran(), i % 2 == 1) << "after reload " << i;
    if (i == Reloads() / 10) memory = service_->AnonymousMemory();
  }
  EXPECT_LT(service_->AnonymousMemory(), memory + kMaxGrowth);
  EXPECT_EQ(tally_->stalled, 0U) << tally_->ToString();
  EndClients();
  EXPECT_TRUE(service_->Stop());
  ExpectTheirPolicysVerdict(service_->Records(), good);
}

// ---- Hostile files.

// Starts of every kind of file that an inspector knows, of which most bytes will be lies.
std::vector<std::string> Honest() {
  std::string pe(4096, '\x01');
  pe.replace(0, 2, "MZ").replace(0x3c, 4, std::string_view("\x40\0\0\0", 4));
  pe.replace(0x40, 6, std::string_view("PE\0\0\x64\x86", 6));
  std::string zip(2048, '\x02');
  zip.replace(0, 4, "PK\x03\x04");
  std::string compound(1024, '\0');
  compound.replace(0, 8, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1");
  return {TinyProgram(),        ReadWholeFile("/bin/true").substr(0, 1 << 16), pe, zip, compound,
          "#!/bin/sh\nexit 0\n"};
}

constexpr size_t kHeader = 256;

std::string Spoil(std::string content, std::mt19937_64& random) {
  // The headers are where the lies tell.
  const size_t changes = 1 + random() % 16;
  for (size_t i = 0; i < changes; ++i) {
    const size_t reach = random() % 4 == 0 ? content.size() : std::min(content.size(), kHeader);
    content[2 + random() % (reach - 2)] = static_cast<char>(random() % 3 == 0 ? 0xff : random());
  }
  if (random() % 4 == 0) content.resize(2 + random() % (content.size() - 2));
  return content + std::to_string(random());
}

// A file that is no program is judged as a script: a shell would read it as one.
std::string WithScriptsDenied(std::string policy) {
  const std::string collection = R"(<RuleCollection Type="Script" EnforcementMode="Enabled">)" +
                                 PathRule("Allow", "/nowhere/*") + "</RuleCollection>";
  return policy.insert(policy.find("</AppLockerPolicy>"), collection);
}

TEST_F(Chaos, RefusesHostileFiles) {
  ASSERT_TRUE(service_->SetPolicy(WithScriptsDenied(Policy())));
  StartClients();
  const std::vector<std::string> honest = Honest();
  std::mt19937_64 random(20261125);
  std::filesystem::create_directory(root_ + "/hostile");
  int64_t memory = 0;
  for (size_t i = 1; i <= HostileFiles(); ++i) {
    const std::string path = root_ + "/hostile/" + std::to_string(i);
    WriteProgram(path, Spoil(honest[i % honest.size()], random), 1000);
    const RunOutcome outcome = RunAs(path, 1000);
    tally_->Count(outcome, false);
    ASSERT_EQ(outcome.error, EPERM) << "file " << i << ": " << ToString(outcome);
    std::filesystem::remove(path);
    if (i == HostileFiles() / 10) memory = service_->AnonymousMemory();
  }
  EXPECT_LT(service_->AnonymousMemory(), memory + kMaxGrowth);
  EndClients();
  ExpectNoneLost();
  EXPECT_EQ(tally_->allowed_refused, 0U) << tally_->ToString();
}

}  // namespace
}  // namespace portcullis::testing
