// SPDX-License-Identifier: Apache-2.0
// The supervisor's children that are no inspectors, around a gate that does nothing: how they are
// started, what they are left with, and how each death and each standstill ends.
#include "enforcement/child_process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>

#include "enforcement/heartbeat.h"
#include "enforcement/service_processes.h"
#include "tests/kernel/private_mounts.h"
#include "tests/kernel/process_session.h"
#include "tests/kernel/run_program.h"

namespace portcullis::enforcement {
namespace {

using portcullis::testing::PrivateMounts;
using portcullis::testing::ProcessSession;
using portcullis::testing::ReadWholeFile;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr unsigned kTestSeconds = 100;

// Marks nothing and asks nobody. Told to stop, it goes on while there is a file "slow".
class IdleGate final : public GateBody {
 public:
  IdleGate(GateSetup setup, std::string scratch)
      : setup_(std::move(setup)), scratch_(std::move(scratch)) {}

  Result<void> Run() override {
    setup_.shared->gate_is_ready = true;
    while (!stops_ || std::filesystem::exists(scratch_ + "/slow")) {
      setup_.shared->heartbeat_ns = MonotonicNs();
      usleep(10'000);
    }
    std::ofstream(scratch_ + "/report", std::ios::app) << "gate ends\n";
    return {};
  }
  Result<uint64_t> Reload() override { return 7; }
  void Stop() override { stops_ = true; }

 private:
  GateSetup setup_;
  std::string scratch_;
  std::atomic<bool> stops_{false};
};

void Say(const ChildSelf& self, const std::string& text) {
  [[maybe_unused]] const auto sent = SendPacket(self.link.get(), AsBytes(text));
}

std::string Attempt(const char* what, int flags, const std::string& path) {
  const UniqueFd file(open(path.c_str(), flags | O_CLOEXEC, 0600));
  return std::string(what) + "=" + std::to_string(file.valid() ? 0 : errno) + " ";
}

class ChildProcesses : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = portcullis::testing::WhyNoKernelTests(); !why.empty()) {
      GTEST_SKIP() << why;
    }
    auto mounts = PrivateMounts::Enter(kTestSeconds);
    ASSERT_TRUE(mounts) << mounts.error().message;
    scratch_ = mounts->scratch();
    std::filesystem::create_directory(scratch_ + "/own");
    std::filesystem::create_directory(scratch_ + "/read");
    setup_.service.budget = std::chrono::milliseconds(500);
    setup_.report = [this](const ServiceEvent& event) {
      Note(std::string(ToString(event.kind)) + ": " + event.text);
    };
    setup_.records = {[](const DecisionRecord&) {}, [](uint64_t) {}};
    kind_.name = "helper";
    kind_.pulse = *MapShared<ChildPulse>();
    kind_.patience = std::chrono::milliseconds(1500);
    kind_.sandbox.shown = {{scratch_ + "/own", ShownDirectory::As::kWritable},
                           {scratch_ + "/read", ShownDirectory::As::kReadOnly}};
    kind_.run = [this](ChildSelf self) { return Help(std::move(self)); };
    kind_.heard = [this](const Packet& packet) {
      Note("heard " + std::string(AsText(packet.bytes)));
    };
    kind_.ended = [this] { Note("counted"); };
  }

  // The child: says what it can reach, then beats until its link ends.
  int Help(ChildSelf self) {
    if (std::filesystem::exists(scratch_ + "/own/broken")) return 3;
    Say(self, Attempt("own", O_WRONLY | O_CREAT, scratch_ + "/own/x") +
                  Attempt("read", O_WRONLY | O_CREAT, scratch_ + "/read/x") +
                  Attempt("passwd", O_RDONLY, "/etc/passwd"));
    for (;;) {
      self.Beat();
      if (!WaitReadable(self.link.get(), 100)) continue;
      if (!ReceivePacket(self.link.get(), kMaxChildPacket)) return 0;
    }
  }
  void Note(const std::string& text) {
    std::ofstream(scratch_ + "/report", std::ios::app) << text << '\n';
  }
  bool Start() {
    session_ = ProcessSession::Start([this] {
      alarm(kTestSeconds);
      const auto ended =
          RunServiceWith(setup_,
                         [this](GateSetup setup) {
                           return std::make_unique<IdleGate>(std::move(setup), scratch_);
                         },
                         {kind_});
      return ended ? 0 : 1;
    });
    return Await([this] { return Said().find("passwd=") != std::string::npos; });
  }
  bool Await(const std::function<bool()>& holds) {
    for (int i = 0; i < 400; ++i) {
      if (holds()) return true;
      usleep(25'000);
    }
    return false;
  }
  // Another helper lives, and it alone.
  bool AwaitAnother(const std::vector<pid_t>& former) {
    return Await([&] {
      const auto now = session_->Find("helper");
      return now.size() == 1 && now != former;
    });
  }
  std::string Said() const { return ReadWholeFile(scratch_ + "/report"); }
  void Signal(const std::string& name, int signal) {
    for (const pid_t pid : session_->Find(name)) kill(pid, signal);
  }
  std::string Proc(const char* file) {
    const auto helpers = session_->Find("helper");
    return helpers.empty() ? ""
                           : ReadWholeFile("/proc/" + std::to_string(helpers.front()) + "/" + file);
  }

  std::string scratch_;
  ServiceSetup setup_;
  ChildKind kind_;
  std::unique_ptr<ProcessSession> session_;
};

TEST_F(ChildProcesses, HaveNoRightLeft) {
  kind_.sandbox.account = {12'345, 12'346};
  std::filesystem::permissions(scratch_, std::filesystem::perms(0755));
  ASSERT_EQ(chown((scratch_ + "/own").c_str(), 12'345, 12'346), 0);
  ASSERT_TRUE(Start()) << Said();
  const std::string status = Proc("status");
  for (const char* line :
       {"Uid:\t12345\t12345\t12345\t12345\n", "Gid:\t12346\t12346\t12346\t12346\n", "Groups:\t \n",
        "CapInh:\t0000000000000000\n", "CapPrm:\t0000000000000000\n", "CapEff:\t0000000000000000\n",
        "CapBnd:\t0000000000000000\n", "CapAmb:\t0000000000000000\n", "NoNewPrivs:\t1\n",
        "Seccomp:\t2\n"}) {
    EXPECT_THAT(status, HasSubstr(line));
  }
  EXPECT_THAT(Said(), HasSubstr("own=0 "));
}

TEST_F(ChildProcesses, SeeTheirOwnDirectoriesAlone) {
  ASSERT_TRUE(Start()) << Said();
  EXPECT_THAT(Said(), HasSubstr("own=0 read=" + std::to_string(EROFS) +
                                " passwd=" + std::to_string(ENOENT)));
}

TEST_F(ChildProcesses, HoldTheirOwnDescriptorsAlone) {
  ASSERT_TRUE(Start()) << Said();
  const std::string directory = "/proc/" + std::to_string(session_->Find("helper").front()) + "/fd";
  std::string held;
  for (const char* fd : {"0", "1", "2"}) {
    EXPECT_EQ(std::filesystem::read_symlink(directory + "/" + fd), "/dev/null");
  }
  size_t sockets = 0, all = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    ++all;
    held += std::filesystem::read_symlink(entry).string() + " ";
    if (std::filesystem::read_symlink(entry).string().starts_with("socket:")) ++sockets;
  }
  EXPECT_EQ(all, 4U) << held;
  EXPECT_EQ(sockets, 1U) << held;
  EXPECT_THAT(Proc("maps"), HasSubstr("[stack]"));
  size_t shared = 0;
  const std::string maps = Proc("maps");
  for (size_t at = 0; (at = maps.find("rw-s", at)) != std::string::npos; ++at) ++shared;
  EXPECT_EQ(shared, 1U) << "its pulse alone, not the page of supervisor and gate\n" << maps;
}

TEST_F(ChildProcesses, AreStartedAnewWhenTheyAreKilled) {
  ASSERT_TRUE(Start()) << Said();
  for (int i = 0; i < 3; ++i) {
    const auto former = session_->Find("helper");
    Signal("helper", SIGKILL);
    ASSERT_TRUE(AwaitAnother(former)) << session_->Describe();
  }
  EXPECT_THAT(Said(),
              HasSubstr("process-replaced: the helper ended (signal 9); another is started"));
  EXPECT_THAT(Said(), HasSubstr("counted"));
}

TEST_F(ChildProcesses, AreKilledWhenTheyStandStill) {
  ASSERT_TRUE(Start()) << Said();
  const auto former = session_->Find("helper");
  Signal("helper", SIGSTOP);
  ASSERT_TRUE(AwaitAnother(former)) << session_->Describe();
  EXPECT_THAT(Said(), HasSubstr("the helper is killed: its heart stands still"));
  EXPECT_THAT(ReadWholeFile(scratch_ + "/report"), Not(HasSubstr("gate ends")));
}

TEST_F(ChildProcesses, AreStartedEverMoreSlowlyWhileTheyFail) {
  std::ofstream(scratch_ + "/own/broken") << "x";
  EXPECT_FALSE(Start());  // 10 s
  const uint32_t starts = kind_.pulse->starts;
  EXPECT_GE(starts, 5U);
  EXPECT_LE(starts, 9U) << "0.1, 0.2, 0.4, ... s apart";
  EXPECT_THAT(Said(), HasSubstr("ended (exit status 3)"));
  std::filesystem::remove(scratch_ + "/own/broken");
  EXPECT_TRUE(Await([this] { return session_->Find("helper").size() == 1; }));
}

TEST_F(ChildProcesses, EndBehindTheGate) {
  ASSERT_TRUE(Start()) << Said();
  std::ofstream(scratch_ + "/slow") << "x";
  kill(session_->leader(), SIGTERM);
  ASSERT_TRUE(Await([this] { return Said().find("stopping: ") != std::string::npos; }));
  usleep(300'000);
  EXPECT_EQ(session_->Find("helper").size(), 1U);
  std::filesystem::remove(scratch_ + "/slow");
  EXPECT_EQ(session_->Wait(), 0);
  EXPECT_THAT(Said(), HasSubstr("gate ends\ncounted\n"));
  EXPECT_TRUE(Await([this] { return session_->All().empty(); })) << session_->Describe();
}

TEST_F(ChildProcesses, AreKilledWhenTheyDoNotEnd) {
  ASSERT_TRUE(Start()) << Said();
  Signal("helper", SIGSTOP);
  EXPECT_EQ(session_->Stop(), 0);
  EXPECT_TRUE(Await([this] { return session_->All().empty(); })) << session_->Describe();
}

TEST_F(ChildProcesses, AreReplacedWithTheirSupervisor) {
  ASSERT_TRUE(Start()) << Said();
  for (int i = 0; i < 2; ++i) {
    const auto former = session_->Find("helper");
    Signal("supervisor", SIGKILL);
    ASSERT_TRUE(AwaitAnother(former)) << session_->Describe() << Said();
  }
  const auto former = session_->Find("helper");
  Signal("helper", SIGSTOP);
  Signal("supervisor", SIGKILL);
  ASSERT_TRUE(AwaitAnother(former)) << session_->Describe() << Said();
  EXPECT_THAT(Said(), HasSubstr("the helper is killed: its supervisor is gone"));
}

TEST_F(ChildProcesses, EndWhenGateAndSupervisorDie) {
  ASSERT_TRUE(Start()) << Said();
  Signal("supervisor", SIGSTOP);
  Signal("gate", SIGKILL);
  Signal("supervisor", SIGKILL);
  EXPECT_TRUE(Await([this] { return session_->All().empty(); })) << session_->Describe();
}

}  // namespace
}  // namespace portcullis::enforcement
