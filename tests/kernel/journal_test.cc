// SPDX-License-Identifier: Apache-2.0
// The journal of the running service: what it stores, and that nothing that befalls it or its disk
// reaches a verdict.
#include <fcntl.h>
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"
#include "tests/kernel/journal_fixture.h"
#include "tests/support/session_bus.h"

namespace portcullis::testing {
namespace {

using ::testing::HasSubstr;

constexpr uid_t kUnknownUser = 54'321;

class JournalTest : public JournalFixture {
 protected:
  // The first of the service is the test's child, and nobody waits for it.
  static bool Lives(pid_t pid) {
    const std::string stat = ReadWholeFile(fmt::format("/proc/{}/stat", pid));
    return !stat.empty() && stat.find(") Z ") == std::string::npos;
  }
  // A process of this name that one of these forked.
  static pid_t ChildOf(const std::vector<pid_t>& parents, const std::string& name) {
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const std::string stat = ReadWholeFile(entry.path() / "stat");
      const pid_t pid = std::atoi(entry.path().filename().c_str());
      for (const pid_t parent : parents) {
        const std::string wanted = fmt::format("({}) S {} ", name, parent);
        if (stat.find(wanted) != std::string::npos) return pid;
      }
    }
    return -1;
  }
};

TEST_F(JournalTest, StoresWhatTheServiceDecidesAndWhatBefallsIt) {
  ASSERT_TRUE(Start());
  ExpectDenied();
  EXPECT_TRUE(RunProgram({root_ + "/good"}).ran());
  ASSERT_TRUE(Await([&] { return Denials() == 1; })) << service_->output();
  const Event denied = Events({EventId::kProgramDenied}).front();
  ASSERT_TRUE(denied.decision);
  EXPECT_EQ(denied.decision->file.path, root_ + "/bad");
  EXPECT_TRUE(denied.decision->blocked);
  EXPECT_EQ(denied.decision->process.uid, kUser);
  EXPECT_EQ(denied.decision->process.gid, kUser);
  EXPECT_THAT(denied.decision->file.macro_path, HasSubstr("/bad"));
  EXPECT_EQ(denied.decision->file.owner_uid, 0U);
  EXPECT_EQ(denied.decision->file.mode, 0100755U);
  EXPECT_EQ(denied.request_id.size(), 14U);
  EXPECT_THAT(denied.decision->process.command_line, ::testing::ElementsAre(root_ + "/bad"));
  EXPECT_GT(denied.decision->file.inode, 0U);
  ASSERT_TRUE(Await([&] { return Events({EventId::kProgramAllowed}).size() == 1; }));
  const Event allowed = Events({EventId::kProgramAllowed}).front();
  ASSERT_TRUE(allowed.decision->rule);
  EXPECT_THAT(allowed.decision->rule->sddl, ::testing::StartsWith("D:("));
  EXPECT_TRUE(allowed.decision->file.rule_sha256);
  EXPECT_EQ(Events({EventId::kStarted}).size(), 1U);
  EXPECT_EQ(Events({EventId::kPolicyApplied}).size(), 1U);
  ExpectDenied("bad", kUnknownUser);
  EXPECT_TRUE(service_->Stop());
  EXPECT_TRUE(Says(EventId::kUserUnresolved, fmt::format("uid {} has no account", kUnknownUser)));
  EXPECT_EQ(Events({EventId::kStopping}).size(), 1U) << "the last events are taken";
}

TEST_F(JournalTest, CountsRepeats) {
  ASSERT_TRUE(Start());
  for (int i = 0; i < 20; ++i) ExpectDenied();
  ASSERT_TRUE(Await([&] { return Denials() == 20; }));
  EXPECT_EQ(Events({EventId::kProgramDenied}).size(), 1U);
}

TEST_F(JournalTest, TellsOfPoliciesThatCameAndThatWereRefused) {
  ASSERT_TRUE(Start());
  ASSERT_TRUE(service_->SetPolicy(ExePolicy(HashRule("Allow", Sha256Of(root_ + "/bad")))));
  ASSERT_TRUE(Await([&] { return Events({EventId::kPolicyApplied}).size() == 2; }));
  EXPECT_FALSE(service_->SetPolicy("<AppLocker"));
  ASSERT_TRUE(Await([&] { return Events({EventId::kPolicyFailed}).size() == 1; }));
}

TEST_F(JournalTest, IsStartedAnewWhenItIsKilledAndLosesNothingThatWasStored) {
  ASSERT_TRUE(Start());
  DenyMany(0, 5);
  ASSERT_TRUE(Await([&] { return Denials() == 5; }));
  for (int round = 0; round < 3; ++round) {
    pid_t former = -1;
    ASSERT_TRUE(Await([&] { return (former = Journal()) > 0; }));
    ASSERT_EQ(kill(former, SIGKILL), 0);
    DenyMany(5 + round * 5, 10 + round * 5);
    ASSERT_TRUE(Await([&] { return Journal() > 0 && Journal() != former; }));
  }
  // What it had in hand, events about the service among them, is counted and not there.
  EXPECT_TRUE(Await([&] { return Denials() + Lost() >= 20; })) << Denials() << " and " << Lost();
  EXPECT_GE(Denials(), 5U);
  EXPECT_LE(Denials() + Lost(), 40U) << "and not twice";
  EXPECT_TRUE(Says(EventId::kProcessReplaced, "the journal ended (signal 9)"));
}

TEST_F(JournalTest, IsReplacedWhenItIsStoppedAndNobodyWaitsMeanwhile) {
  ASSERT_TRUE(Start());
  DenyMany(0, 1);
  ASSERT_TRUE(Await([&] { return Denials() == 1; }));
  const pid_t former = Journal();
  ASSERT_EQ(kill(former, SIGSTOP), 0);
  DenyMany(1, 101);
  ASSERT_TRUE(Await([&] { return Journal() > 0 && Journal() != former; }));
  EXPECT_TRUE(Await([&] { return Denials() + Lost() == 101; })) << Denials() << " and " << Lost();
}

TEST_F(JournalTest, TakesWhatASupervisorsSuccessorHas) {
  ASSERT_TRUE(Start());
  DenyMany(0, 3);
  const pid_t former = Journal();
  const std::vector<pid_t> first = service_->Processes();
  ASSERT_EQ(kill(service_->pid(), SIGKILL), 0);
  DenyMany(3, 6);
  // Its parent is gone, so the new one is found by its store.
  EXPECT_TRUE(Await([&] { return Denials() + Lost() == 6; })) << Denials() << " and " << Lost();
  EXPECT_TRUE(Await([&] { return kill(former, 0) != 0; }));
  // The gate forked the successor, which ends the service.
  const pid_t supervisor = ChildOf(first, "supervisor");
  ASSERT_GT(supervisor, 0);
  kill(supervisor, SIGTERM);
  EXPECT_TRUE(Await([&] { return std::ranges::none_of(first, &Lives); }));
}

// An account of this test's mount namespace alone.
void AddAccount(const std::string& scratch, const std::string& name, uid_t uid) {
  for (const char* file : {"passwd", "group"}) {
    const std::string copy = scratch + "/" + file;
    const std::string line = file == std::string_view("passwd")
                                 ? fmt::format("{0}:x:{1}:{1}::/nonexistent:/bin/false", name, uid)
                                 : fmt::format("{}:x:{}:", name, uid);
    const std::string etc = fmt::format("/etc/{}", file);
    std::ofstream(copy) << ReadWholeFile(etc) << line << "\n";
    ASSERT_EQ(mount(copy.c_str(), etc.c_str(), nullptr, MS_BIND, nullptr), 0);
  }
}

TEST_F(JournalTest, GoesOnUnderTheAccountThatIsMadeForIt) {
  constexpr uid_t kAccount = 977;
  const std::string state = mounts_->scratch() + "/state";
  store_ = state;  // until it is there
  ASSERT_TRUE(Start("state-directory = " + state + "\n"));
  ExpectDenied();
  ASSERT_TRUE(Await([&] {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(state)) {
      if (entry.path().filename() == "events.db") store_ = entry.path();
    }
    return Denials() == 1;
  })) << store_;
  EXPECT_TRUE(service_->Stop());
  AddAccount(mounts_->scratch(), "portcullis", kAccount);
  ASSERT_TRUE(Start("state-directory = " + state + "\n"));
  ExpectDenied();
  EXPECT_TRUE(Await([&] { return Denials() == 2; })) << "what root's journal stored is kept";
  struct stat status {};
  ASSERT_EQ(stat(store_.c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, kAccount);
  ASSERT_GT(Journal(), 0);
  EXPECT_THAT(ReadWholeFile(fmt::format("/proc/{}/status", Journal())),
              HasSubstr("Uid:\t977\t977\t977\t977"));
}

TEST_F(JournalTest, StoresAgainWhatDidNotFitOnAFullDisk) {
  const std::string disk = SmallDisk(16 << 10);
  ASSERT_TRUE(Start("state-directory = " + disk + "\n"));
  DenyMany(0, 5);
  ASSERT_TRUE(Await([&] { return Denials() == 5; }));
  const std::string filler = disk + "/filler";
  {
    std::ofstream out(filler, std::ios::binary);
    const std::string block(1 << 16, 'x');
    while (out.write(block.data(), 1 << 16) && out.flush()) {
    }
  }
  DenyMany(5, 205);
  EXPECT_GE(Denials(), 5U) << "what was stored is there";
  std::filesystem::remove(filler);
  EXPECT_TRUE(Await([&] { return Denials() + Lost() == 205; })) << Denials() << " and " << Lost();
}

TEST_F(JournalTest, SetsACorruptStoreAsideAndSaysSo) {
  const std::string directory = SmallDisk(16 << 10);
  std::filesystem::create_directory(directory + "/events");
  std::ofstream(store_) << std::string(8192, 'x');
  ASSERT_TRUE(Start("state-directory = " + directory + "\n"));
  ExpectDenied();
  EXPECT_TRUE(Await([&] { return Denials() == 1; })) << service_->output();
  EXPECT_EQ(Events({EventId::kStoreSetAside}).size(), 1U);
  size_t aside = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory + "/events")) {
    if (entry.path().string().ends_with(".bad")) ++aside;
  }
  EXPECT_EQ(aside, 1U);
}

// Until a version it stood in the state directory itself, which was the journal's.
TEST_F(JournalTest, GoesOnWithAStoreOfTheFormerPlace) {
  const std::string directory = SmallDisk(16 << 10);
  ASSERT_TRUE(Start("state-directory = " + directory + "\n"));
  ExpectDenied();
  ASSERT_TRUE(Await([&] { return Denials() == 1; })) << service_->output();
  EXPECT_TRUE(service_->Stop());
  for (const char* name : {"events.db", "events.db-wal", "events.db-shm"}) {
    std::error_code error;
    std::filesystem::rename(directory + "/events/" + name, directory + "/" + name, error);
  }
  std::filesystem::remove_all(directory + "/events");
  ASSERT_TRUE(Start("state-directory = " + directory + "\n"));
  ExpectDenied();
  EXPECT_TRUE(Await([&] { return Denials() == 2; })) << service_->output();
}

// A socket where journald's is, in this test's own /run.
class FakeJournald {
 public:
  FakeJournald() {
    EXPECT_EQ(mount("none", "/run", "tmpfs", 0, nullptr), 0);
    std::filesystem::create_directories("/run/systemd/journal");
    socket_.Reset(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::string("/run/systemd/journal/socket").copy(address.sun_path, sizeof(address.sun_path));
    EXPECT_EQ(bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  }
  // All that came until nothing does for a moment.
  std::string Read() const {
    std::string all;
    pollfd waited{socket_.get(), POLLIN, 0};
    std::string buffer(1 << 16, '\0');
    while (poll(&waited, 1, 1000) > 0) {
      const ssize_t size = recv(socket_.get(), buffer.data(), buffer.size(), 0);
      if (size > 0) all += buffer.substr(0, static_cast<size_t>(size)) + "\n--\n";
    }
    return all;
  }

 private:
  UniqueFd socket_;
};

TEST_F(JournalTest, FeedsJournaldAndAFile) {
  const FakeJournald journald;
  const std::string logs = mounts_->scratch() + "/logs";
  ASSERT_TRUE(Start("event-sink = journald\nevent-sink = file:" + logs + "/events.jsonl\n"));
  ExpectDenied();
  ASSERT_TRUE(Await([&] { return Denials() == 1; }));
  const std::string id = Events({EventId::kProgramDenied}).front().request_id;
  EXPECT_THAT(journald.Read(), HasSubstr(id));
  EXPECT_TRUE(
      Await([&] { return ReadWholeFile(logs + "/events.jsonl").find(id) != std::string::npos; }));
}

TEST_F(JournalTest, HoldsNothingUpForAFrozenJournald) {
  const FakeJournald journald;
  const std::string logs = mounts_->scratch() + "/logs";
  ASSERT_TRUE(Start("event-sink = journald\nevent-sink = file:" + logs + "/events.jsonl\n"));
  DenyMany(0, 300);
  EXPECT_TRUE(Await([&] { return Denials() == 300; })) << "the store goes on: " << Denials();
  EXPECT_TRUE(Await([&] {
    const std::string lines = ReadWholeFile(logs + "/events.jsonl");
    return std::ranges::count(lines, '\n') >= 300;
  })) << "and the other sink";
  EXPECT_TRUE(Await([&] { return Says(EventId::kNote, "the sink journald takes nothing"); }));
  static_cast<void>(journald.Read());
  DenyMany(300, 301);
  EXPECT_TRUE(Await([&] { return Says(EventId::kNote, "the sink journald takes events again"); }));
}

TEST_F(JournalTest, TellsThePersonWhoWasBlocked) {
  ASSERT_TRUE(Start("tell-user = terminal\ntell-user-text = Ask the help desk.\n"));
  int terminal = -1;
  const pid_t child = forkpty(&terminal, nullptr, nullptr, nullptr);
  if (child == 0) {
    const std::string path = root_ + "/bad";
    execl(path.c_str(), path.c_str(), nullptr);
    sleep(20);
    _exit(0);
  }
  ASSERT_GT(child, 0);
  std::string shown;
  pollfd waited{terminal, POLLIN, 0};
  char buffer[4096];
  while (shown.find("Request ") == std::string::npos && poll(&waited, 1, 10'000) > 0) {
    const ssize_t size = read(terminal, buffer, sizeof(buffer));
    if (size <= 0) break;
    shown.append(buffer, static_cast<size_t>(size));
  }
  EXPECT_THAT(shown, HasSubstr("portcullis: " + root_ + "/bad was blocked by default"));
  EXPECT_THAT(shown, HasSubstr("Ask the help desk."));
  ASSERT_TRUE(Await([&] { return Denials() == 1; }));
  EXPECT_THAT(shown, HasSubstr("Request " + Events({EventId::kProgramDenied}).front().request_id));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  close(terminal);
}

TEST_F(JournalTest, ShowsANoticeOnTheDesktopOfWhoWasBlocked) {
  if (!SessionBus::IsInstalled()) GTEST_SKIP() << kNoBus;
  const std::string directory = fmt::format("/run/user/{}", kUser);
  std::filesystem::create_directories("/run/user");
  ASSERT_EQ(mount("none", "/run/user", "tmpfs", 0, "mode=755"), 0);
  ASSERT_TRUE(Start("tell-user = desktop\ntell-user-text = Ask the help desk.\n"));
  // As a login makes it, long after the service began: another file system, and nobody else's.
  std::filesystem::create_directory(directory);
  ASSERT_EQ(mount("none", directory.c_str(), "tmpfs", 0, "mode=700,uid=1000,gid=1000"), 0);
  const SessionBus bus(directory, kUser);
  ExpectDenied();
  ASSERT_TRUE(Await([&] { return Denials() == 1; }));
  const std::string id = Events({EventId::kProgramDenied}).front().request_id;
  EXPECT_TRUE(Await([&] { return bus.Heard().find("Request " + id) != std::string::npos; }))
      << bus.Heard();
  EXPECT_THAT(bus.Heard(), HasSubstr("portcullis: " + root_ + "/bad was blocked by default"));
  EXPECT_THAT(bus.Heard(), HasSubstr("Ask the help desk."));
}

}  // namespace
}  // namespace portcullis::testing
