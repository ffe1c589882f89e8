// SPDX-License-Identifier: Apache-2.0
// A program whose owner changes it while it is being run: what runs is what was judged, or nothing.
//
// The file is allowed by its hash; one flipped byte makes it end with another status. A writer
// flips it to and fro, by each way of writing that we know, while the same user runs it in a loop.
//
// PORTCULLIS_RACE_RUNS: how many runs each; 300 by default.
#include <fcntl.h>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <linux/aio_abi.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "base/unique_fd.h"
#include "tests/kernel/program_bytes.h"
#include "tests/kernel/run_program.h"
#include "tests/kernel/service_under_test.h"
#include "tests/kernel/test_length.h"

namespace portcullis::testing {
namespace {

constexpr uid_t kUid = 1000;
constexpr char kEvilStatus = 42;
constexpr size_t kPage = 4096;
constexpr size_t kRunsUntilEvil = 20'000;
constexpr useconds_t kLongestSleep = 1000;
constexpr off_t kHashedForAWhile = off_t{64} << 20;

size_t Runs() { return NumberOf("PORTCULLIS_RACE_RUNS", 300); }

enum class Writing { kPwrite, kMapped, kMappedAndRead, kAsynchronous };

// One way to change the byte at `offset`; each call opens and closes the file.
class Flipper {
 public:
  Flipper(std::string path, size_t offset, Writing way)
      : path_(std::move(path)), offset_(offset), way_(way) {
    if (way_ == Writing::kAsynchronous) syscall(SYS_io_setup, 1, &context_);
  }

  void Write(char value) {
    const UniqueFd fd(open(path_.c_str(), O_RDWR | O_CLOEXEC));
    if (!fd.valid()) return;  // it runs at this moment
    switch (way_) {
      case Writing::kPwrite:
        if (pwrite(fd.get(), &value, 1, static_cast<off_t>(offset_)) != 1) _exit(3);
        break;
      case Writing::kMapped:
      case Writing::kMappedAndRead:
        WriteMapped(fd.get(), value);
        break;
      case Writing::kAsynchronous:
        WriteAsynchronously(fd.get(), value);
        break;
    }
  }

 private:
  void WriteMapped(int fd, char value) const {
    const size_t page = offset_ / kPage * kPage;
    void* const map =
        mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_SHARED, fd, static_cast<off_t>(page));
    if (map == MAP_FAILED) _exit(3);
    volatile char* const byte = static_cast<volatile char*>(map) + (offset_ - page);
    // tmpfs maps a page that is read for writing too, and the store is seen by nobody.
    if (way_ == Writing::kMappedAndRead) static_cast<void>(*byte);
    *byte = value;
    munmap(map, kPage);
  }

  void WriteAsynchronously(int fd, char value) const {
    iocb block{};
    block.aio_lio_opcode = IOCB_CMD_PWRITE;
    block.aio_fildes = static_cast<uint32_t>(fd);
    block.aio_buf = reinterpret_cast<uint64_t>(&value);
    block.aio_nbytes = 1;
    block.aio_offset = static_cast<int64_t>(offset_);
    std::array<iocb*, 1> blocks{&block};
    io_event event{};
    if (syscall(SYS_io_submit, context_, 1, blocks.data()) == 1) {
      syscall(SYS_io_getevents, context_, 1, 1, &event, nullptr);
    }
  }

  std::string path_;
  size_t offset_;
  Writing way_;
  aio_context_t context_ = 0;
};

void BecomeUser() {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (setresgid(kUid, kUid, kUid) != 0 || setresuid(kUid, kUid, kUid) != 0) _exit(3);
}

void PinToFirstCpu() {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(0, &set);
  sched_setaffinity(0, sizeof set, &set);
}

struct Counts {
  size_t good = 0;
  size_t evil = 0;
  size_t refused = 0;
};

// Runs the program `runs` times as the user, or until enough was evil; in a child of its own, which
// reports the counts.
Counts RunMany(const std::string& path, size_t runs, bool idle, size_t enough_evil) {
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) return {};
  const pid_t runner = fork();
  if (runner == 0) {
    BecomeUser();
    if (idle) {
      PinToFirstCpu();
      const sched_param parameters{};
      sched_setscheduler(0, SCHED_IDLE, &parameters);
    }
    Counts counts;
    char* const arguments[] = {const_cast<char*>(path.c_str()), nullptr};
    for (size_t i = 0; i < runs && counts.evil < enough_evil; ++i) {
      const pid_t child = vfork();
      if (child == 0) {
        execve(path.c_str(), arguments, environ);
        _exit(1);
      }
      int status = 0;
      waitpid(child, &status, 0);
      const int code = WEXITSTATUS(status);
      ++(code == 0 ? counts.good : code == kEvilStatus ? counts.evil : counts.refused);
    }
    _exit(write(report[1], &counts, sizeof counts) == sizeof counts ? 0 : 3);
  }
  close(report[1]);
  const UniqueFd in(report[0]);
  Counts counts;
  if (read(in.get(), &counts, sizeof counts) != sizeof counts) counts = {};
  waitpid(runner, nullptr, 0);
  return counts;
}

// It leaves the file alone now and then, or nothing would ever run; and where it sleeps beside an
// idle runner it wakes, and takes the processor, at any step of the runner's exec.
pid_t StartWriter(const std::string& path, size_t offset, Writing way) {
  const pid_t writer = fork();
  if (writer != 0) return writer;
  BecomeUser();
  PinToFirstCpu();
  Flipper flipper(path, offset, way);
  std::minstd_rand random(1);
  for (char value = 0;; value = static_cast<char>(kEvilStatus - value)) {
    flipper.Write(value);
    usleep(static_cast<useconds_t>(random() % kLongestSleep));
  }
}

struct Raced {
  std::string kind;  // of the file system
  Writing way;
  bool idle;  // the runner has the lowest priority, on the writer's processor
  bool with_leases;
};

// Nothing where there is no such file system. Without leases it ends with the first evil run.
std::optional<Counts> RaceFor(const Raced& raced) {
  auto mounts = PrivateMounts::Enter(SecondsFor(Runs()));
  EXPECT_TRUE(mounts) << mounts.error().message;
  const auto root = mounts->Mount(raced.kind);
  if (!root) return std::nullopt;
  const std::string tiny = TinyProgram();
  const size_t offset = StatusOffset(tiny);
  EXPECT_NE(offset, std::string::npos);
  const std::string path = *root + "/program";
  WriteProgram(path, tiny, kUid);
  ServiceUnderTest::Setup setup;
  setup.policy = ExePolicy(HashRule("Allow", Sha256Of(path)));
  setup.file_systems = {*root};
  if (!raced.with_leases) {
    // The loader takes a list of files with blanks between; the build may stand at such a path.
    setup.preload = mounts->scratch() + "/no_lease.so";
    WriteProgram(setup.preload, ReadWholeFile(Built("tests/kernel/libno_lease.so")));
  }
  auto service = ServiceUnderTest::Start(*mounts, setup);
  EXPECT_TRUE(service) << service.error().message;
  if (!service) return Counts();
  const pid_t writer = StartWriter(path, offset, raced.way);
  const size_t runs = raced.with_leases ? Runs() : kRunsUntilEvil;
  const Counts counts = RunMany(path, runs, raced.idle, raced.with_leases ? runs : 1);
  kill(writer, SIGKILL);
  waitpid(writer, nullptr, 0);
  std::cout << counts.good << " good, " << counts.evil << " evil, " << counts.refused
            << " refused\n";
  return counts;
}

class Races : public ::testing::TestWithParam<std::tuple<std::string, Writing, bool>> {};

TEST_P(Races, WhatRunsIsWhatWasJudged) {
  if (const std::string why = WhyNoKernelTests(); !why.empty()) GTEST_SKIP() << why;
  const auto& [kind, way, idle] = GetParam();
  const auto counts = RaceFor({kind, way, idle, true});
  if (!counts) GTEST_SKIP() << kNoSuchFileSystem;
  EXPECT_EQ(counts->evil, 0U);
  EXPECT_EQ(counts->good + counts->refused, Runs());
}

// An exec that was answered and then gets no processor: the writer must not overtake it.
class StarvedExec : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (const std::string why = WhyNoKernelTests(); !why.empty()) GTEST_SKIP() << why;
    auto mounts = PrivateMounts::Enter(SecondsFor(Runs()));
    ASSERT_TRUE(mounts) << mounts.error().message;
    mounts_.emplace(std::move(*mounts));
    const auto root = mounts_->Mount(GetParam());
    if (!root) GTEST_SKIP() << kNoSuchFileSystem << ": " << root.error().message;
    const std::string tiny = TinyProgram();
    offset_ = StatusOffset(tiny);
    path_ = *root + "/program";
    WriteProgram(path_, tiny, kUid);
    ASSERT_EQ(truncate(path_.c_str(), kHashedForAWhile), 0);
    auto service = ServiceUnderTest::Start(
        *mounts_,
        {.policy = ExePolicy(HashRule("Allow", Sha256Of(path_))), .file_systems = {*root}});
    ASSERT_TRUE(service) << service.error().message;
    service_ = std::move(*service);
  }
  void TearDown() override { EndHogs(); }

  // Each takes all it can get of the first processor.
  void StartHogs(int count) {
    for (int i = 0; i < count; ++i) {
      const pid_t hog = fork();
      if (hog == 0) {
        BecomeUser();
        PinToFirstCpu();
        for (;;) asm volatile("");
      }
      hogs_.push_back(hog);
    }
  }
  void EndHogs() {
    for (const pid_t hog : hogs_) kill(hog, SIGKILL);
    for (const pid_t hog : hogs_) waitpid(hog, nullptr, 0);
    hogs_.clear();
  }
  pid_t StartExec() const {
    const pid_t child = fork();
    if (child != 0) return child;
    BecomeUser();
    PinToFirstCpu();
    const sched_param parameters{};
    sched_setscheduler(0, SCHED_IDLE, &parameters);
    char* const arguments[] = {const_cast<char*>(path_.c_str()), nullptr};
    execve(path_.c_str(), arguments, environ);
    _exit(1);
  }
  // The service has it leased: the exec is asked about, or answered and not landed.
  bool IsLeased() const {
    struct stat status {};
    stat(path_.c_str(), &status);
    return ReadWholeFile("/proc/locks").find(fmt::format(":{} ", status.st_ino)) !=
           std::string::npos;
  }

  std::optional<PrivateMounts> mounts_;
  std::unique_ptr<ServiceUnderTest> service_;
  std::vector<pid_t> hogs_;
  std::string path_;
  size_t offset_ = 0;
};

TEST_P(StarvedExec, IsNotOvertakenByAWriter) {
  const pid_t child = StartExec();
  while (!IsLeased()) usleep(100);
  StartHogs(8);  // while the file is being hashed
  const auto begin = std::chrono::steady_clock::now();
  Flipper(path_, offset_, Writing::kPwrite).Write(kEvilStatus);
  const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - begin;
  std::cout << "the writer waited " << waited.count() << " s\n";
  EndHogs();
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  // It may be refused: the kernel counts a writer that waits for the lease as one already.
  EXPECT_NE(WEXITSTATUS(status), kEvilStatus) << service_->output();
}

INSTANTIATE_TEST_SUITE_P(On, StarvedExec, ::testing::Values("tmpfs"),
                         [](const auto& name) { return name.param; });

std::string NameOf(const ::testing::TestParamInfo<Races::ParamType>& info) {
  const auto& [kind, way, idle] = info.param;
  const char* const ways[] = {"Pwrite", "Mapped", "MappedAndRead", "Asynchronous"};
  return kind + ways[static_cast<size_t>(way)] + (idle ? "Idle" : "");
}

const std::vector<std::string> kKinds{"tmpfs", "ext4", "xfs"};
const std::vector<Writing> kWays{Writing::kPwrite, Writing::kMapped, Writing::kMappedAndRead,
                                 Writing::kAsynchronous};

INSTANTIATE_TEST_SUITE_P(On, Races,
                         ::testing::Combine(::testing::ValuesIn(kKinds), ::testing::ValuesIn(kWays),
                                            ::testing::Bool()),
                         NameOf);

// That the races can be won at all: by the same writers, where leases are a lie.
void ExpectWon(const std::string& kind, Writing way, bool idle) {
  const auto counts = RaceFor({kind, way, idle, false});
  if (!counts) GTEST_SKIP() << kNoSuchFileSystem;
  EXPECT_EQ(counts->evil, 1U) << kind << " " << static_cast<int>(way) << (idle ? " idle" : "");
}

TEST(RacesWithoutLeases, AreWonByTheWriter) {
  if (const std::string why = WhyNoKernelTests(); !why.empty()) GTEST_SKIP() << why;
  for (const std::string& kind : kKinds) {
    for (const Writing way : kWays) {
      for (const bool idle : {false, true}) ExpectWon(kind, way, idle);
    }
  }
}

}  // namespace
}  // namespace portcullis::testing
