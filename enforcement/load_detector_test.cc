// SPDX-License-Identifier: Apache-2.0
// Opens that wait, without a kernel that asks: a FIFO keeps who opens it waiting in the open.
#include "enforcement/load_detector.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

#include "enforcement/blocked_syscall.h"
#include "enforcement/memory_map.h"
#include "host/thread_file.h"

namespace portcullis::enforcement {
namespace {

// The dynamic loader of this test itself.
std::string OwnLoader() {
  Dl_info info = {};
  void* const base = reinterpret_cast<void*>(getauxval(AT_BASE));
  return base != nullptr && dladdr(base, &info) != 0 ? info.dli_fname : "";
}

LoadDetector::NameOf Named(std::string name) {
  return [name = std::move(name)] { return name; };
}

class LoadDetectorTest : public ::testing::Test {
 protected:
  LoadDetectorTest() {
    std::string pattern = "/tmp/portcullis-load-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    fifo_ = folder_ + "/fifo.so";
    mkfifo(fifo_.c_str(), 0644);
  }
  ~LoadDetectorTest() override {
    if (child_ > 0) kill(child_, SIGKILL), waitpid(child_, nullptr, 0);
    std::filesystem::remove_all(folder_);
  }

  // The path that a child's open waits with; empty: it does not wait in an open.
  static std::string PathThatIsOpened(pid_t child) {
    const auto text = ReadThreadFile(child, "syscall", kMaxSyscallBytes);
    const auto call = text ? ParseBlockedSyscall(*text) : std::nullopt;
    if (!call || !*call || !(*call)->number) return "";
    const bool is_openat = *(*call)->number == SYS_openat;
#if defined(SYS_open)
    if (!is_openat && *(*call)->number != SYS_open) return "";
#else
    if (!is_openat) return "";
#endif
    std::array<char, 256> path = {};
    iovec local = {path.data(), path.size() - 1};
    iovec remote = {reinterpret_cast<void*>((*call)->arguments[is_openat ? 1 : 0]),
                    path.size() - 1};
    // The string may stand at the end of a page: then ask for less.
    for (; remote.iov_len > 0; remote.iov_len /= 2) {
      if (process_vm_readv(child, &local, 1, &remote, 1, 0) > 0) return path.data();
    }
    return "";
  }

  // Runs `body` in a child until it waits for the FIFO, and leaves it there.
  pid_t StopIn(const std::function<void()>& body) {
    child_ = fork();
    if (child_ == 0) {
      body();
      _exit(1);
    }
    return WaitUntilItOpens(fifo_);
  }
  pid_t WaitUntilItOpens(const std::string& path) {
    while (PathThatIsOpened(child_) != path) {
      int status = 0;
      if (waitpid(child_, &status, WNOHANG) == child_) {
        child_ = -1;
        ADD_FAILURE() << "the child did not open the FIFO; status " << status;
        return -1;
      }
      usleep(1000);
    }
    return child_;
  }
  static void Execute(std::vector<std::string> arguments) {
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
  }
  pid_t StopProgram(const std::vector<std::string>& arguments) {
    return StopIn([&] { Execute(arguments); });
  }
  // Lets the child that waits go on.
  void LetGo() const { close(open(fifo_.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC)); }

  static LoadTables Tables(std::vector<std::string> loaders, std::vector<std::string> interpreters,
                           std::vector<std::string> wine_loaders = {}) {
    return {std::move(loaders), std::move(interpreters), std::move(wine_loaders)};
  }

  std::string folder_;
  std::string fifo_;
  pid_t child_ = -1;
};

TEST_F(LoadDetectorTest, TakesADlopenForALoad) {
  const pid_t child = StopIn([&] { dlopen(fifo_.c_str(), RTLD_NOW); });
  EXPECT_EQ(LoadDetector(LoadTables::Default()).Classify(child, Named("fifo.so")).operation,
            Operation::kLoad);
  EXPECT_EQ(LoadDetector(Tables({OwnLoader()}, {})).Classify(child, Named("fifo.so")).operation,
            Operation::kLoad);
}

TEST_F(LoadDetectorTest, TakesAnOrdinaryOpenForNone) {
  const pid_t child = StopIn([&] { open(fifo_.c_str(), O_RDONLY); });
  const Load load = LoadDetector(LoadTables::Default()).Classify(child, Named("fifo.so"));
  EXPECT_FALSE(load.operation);
  EXPECT_EQ(load.opener, Seen::kAsItIs);
}

// What was seen of an opener holds for what he does there alone.
TEST_F(LoadDetectorTest, SeesALoadBehindAnOrdinaryOpen) {
  const std::string second = folder_ + "/second.so";
  mkfifo(second.c_str(), 0644);
  const pid_t child = StopIn([&] {
    open(fifo_.c_str(), O_RDONLY);
    dlopen(second.c_str(), RTLD_NOW);
  });
  const LoadDetector detector(LoadTables::Default());
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(detector.Classify(child, Named("fifo.so")).operation);
  LetGo();
  WaitUntilItOpens(second);
  EXPECT_EQ(detector.Classify(child, Named("second.so")).operation, Operation::kLoad);
}

TEST_F(LoadDetectorTest, SeesAnInterpreterBehindAnOrdinaryOpen) {
  const std::string second = folder_ + "/second.sh";
  mkfifo(second.c_str(), 0644);
  const pid_t child = StopIn([&] {
    open(fifo_.c_str(), O_RDONLY);
    Execute({"/bin/sh", second});
  });
  const LoadDetector detector(LoadTables::Default());
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(detector.Classify(child, Named("fifo.so")).operation);
  LetGo();
  WaitUntilItOpens(second);
  EXPECT_EQ(detector.Classify(child, Named("second.sh")).operation, Operation::kScript);
}

TEST_F(LoadDetectorTest, TakesAProgramThatTheLoaderRunsForALoad) {
  const pid_t child = StopProgram({OwnLoader(), fifo_});
  EXPECT_EQ(LoadDetector(LoadTables::Default()).Classify(child, Named("fifo")).operation,
            Operation::kLoad);
}

TEST_F(LoadDetectorTest, TrustsNoLoaderThatOthersMayWrite) {
  if (geteuid() != 0) GTEST_SKIP() << "only root has a root-only file to compare with";
  const std::string loader = folder_ + "/loader";
  std::filesystem::copy_file(OwnLoader(), loader);
  chmod(loader.c_str(), 0755);
  const pid_t child = StopProgram({loader, fifo_});
  LoadDetector detector(Tables({loader}, {}));
  EXPECT_EQ(detector.Classify(child, Named("fifo")).operation, Operation::kLoad);
  chmod(loader.c_str(), 0757);
  detector.Refresh();
  EXPECT_FALSE(detector.Classify(child, Named("fifo")).operation);
}

TEST_F(LoadDetectorTest, TakesAnInterpretersReadForAScript) {
  const LoadDetector detector(LoadTables::Default());
  EXPECT_EQ(detector.Classify(StopProgram({"/bin/sh", fifo_}), Named("fifo")).operation,
            Operation::kScript);
}

TEST_F(LoadDetectorTest, TakesASourcedFileForAScript) {
  const LoadDetector detector(LoadTables::Default());
  EXPECT_EQ(
      detector.Classify(StopProgram({"/bin/sh", "-c", ". " + fifo_}), Named("fifo")).operation,
      Operation::kScript);
}

TEST_F(LoadDetectorTest, TakesAnInterpretersWriteForNone) {
  const LoadDetector detector(LoadTables::Default());
  EXPECT_FALSE(
      detector.Classify(StopProgram({"/bin/sh", "-c", ": > " + fifo_}), Named("fifo")).operation);
}

TEST_F(LoadDetectorTest, TakesAnotherProgramsReadForNone) {
  const LoadDetector detector(LoadTables::Default());
  EXPECT_FALSE(detector.Classify(StopProgram({"/bin/cat", fifo_}), Named("fifo.sh")).operation);
}

// A library that an interpreter needs is a library.
TEST_F(LoadDetectorTest, AsksForTheLoaderFirst) {
  const pid_t child = StopIn([&] { dlopen(fifo_.c_str(), RTLD_NOW); });
  const LoadDetector detector(Tables({OwnLoader()}, {"/proc/self/exe"}));
  EXPECT_EQ(detector.Classify(child, Named("fifo.so")).operation, Operation::kLoad);
}

TEST_F(LoadDetectorTest, TellsByExtensionWhatWineOpens) {
  const pid_t child = StopProgram({"/bin/cat", fifo_});
  const LoadDetector detector(Tables({}, {}, {"/bin/cat"}));
  EXPECT_EQ(detector.Classify(child, Named("Setup.EXE")).operation, Operation::kExecute);
  EXPECT_EQ(detector.Classify(child, Named("a.com")).operation, Operation::kExecute);
  EXPECT_EQ(detector.Classify(child, Named("a.b.Dll")).operation, Operation::kLoad);
  EXPECT_EQ(detector.Classify(child, Named("a.ocx")).operation, Operation::kLoad);
  EXPECT_FALSE(detector.Classify(child, Named("a.txt")).operation);
  EXPECT_FALSE(detector.Classify(child, Named("exe")).operation);
}

TEST_F(LoadDetectorTest, KnowsAProgramThatWasReplacedByItsName) {
  const std::string shell = folder_ + "/shell";
  std::filesystem::copy_file("/bin/sh", shell);
  chmod(shell.c_str(), 0755);
  const pid_t child = StopProgram({shell, fifo_});
  LoadDetector detector(Tables({}, {shell}));
  EXPECT_EQ(detector.Classify(child, Named("fifo")).operation, Operation::kScript);
  std::filesystem::copy_file("/bin/cat", shell + ".new");
  std::filesystem::rename(shell + ".new", shell);
  detector.Refresh();
  EXPECT_EQ(detector.Classify(child, Named("fifo")).operation, Operation::kScript);
}

TEST_F(LoadDetectorTest, FindsFilesByPattern) {
  const std::string shell = folder_ + "/shell5.1";
  std::filesystem::copy_file("/bin/sh", shell);
  chmod(shell.c_str(), 0755);
  const pid_t child = StopProgram({shell, fifo_});
  EXPECT_EQ(
      LoadDetector(Tables({}, {folder_ + "/shell[0-9]*"})).Classify(child, Named("fifo")).operation,
      Operation::kScript);
  EXPECT_FALSE(
      LoadDetector(Tables({}, {folder_ + "/shell"})).Classify(child, Named("fifo")).operation);
}

TEST_F(LoadDetectorTest, LetsWineRunWhereALoaderIsOrIsNamed) {
  LoadDetector detector(Tables({}, {}, {folder_ + "/wine*"}));
  EXPECT_FALSE(detector.WineMayRun());
  std::ofstream(folder_ + "/wine64-preloader") << "x";
  detector.Refresh();
  EXPECT_TRUE(detector.WineMayRun());
  LoadTables named = LoadTables::Default();
  named.wine_loaders.emplace_back("/nowhere/wine");
  EXPECT_TRUE(LoadDetector(named).WineMayRun());
}

// Who took that for no load would let it pass.
TEST_F(LoadDetectorTest, SaysThatAnOpenerDoesNotWaitYet) {
  child_ = fork();
  if (child_ == 0) {
    for (volatile bool goes_on = true; goes_on;) continue;
  }
  EXPECT_EQ(LoadDetector(LoadTables::Default()).Classify(child_, Named("x.so")).opener,
            Seen::kRunning);
}

TEST_F(LoadDetectorTest, TakesAThreadThatIsGoneForNone) {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
  EXPECT_EQ(LoadDetector(LoadTables::Default()).Classify(child, Named("fifo")).opener, Seen::kNot);
  EXPECT_FALSE(LoadDetector(LoadTables::Default()).Classify(child, Named("fifo")).operation);
}

// Nothing waits, as when a notification tells of what has been.
TEST_F(LoadDetectorTest, KnowsAnOpenerThatWentOnByWhatItMapped) {
  const LoadDetector detector(Tables({}, {}));
  EXPECT_EQ(detector.Classify(getpid(), Named("libc.so.6"), Opener::kWentOn).operation,
            Operation::kLoad);
  EXPECT_FALSE(detector.Classify(getpid(), Named("libnone.so.6"), Opener::kWentOn).operation);
}

TEST_F(LoadDetectorTest, KnowsAnOpenerThatWentOnByItsProgram) {
  const LoadDetector detector(Tables({}, {"/proc/self/exe"}));
  EXPECT_EQ(detector.Classify(getpid(), Named("x"), Opener::kWentOn).operation, Operation::kScript);
  EXPECT_EQ(detector.Classify(getpid(), Named("libc.so.6"), Opener::kWentOn).operation,
            Operation::kLoad);
  EXPECT_FALSE(detector.Classify(getpid(), Named("ld.so.cache"), Opener::kWentOn).operation);
  EXPECT_FALSE(detector.Classify(getpid(), Named("libnone.so.6"), Opener::kWentOn).operation);
  const std::string own = std::filesystem::read_symlink("/proc/self/exe").filename();
  EXPECT_FALSE(detector.Classify(getpid(), Named(own), Opener::kWentOn).operation);
}

TEST(IsLoaderConfiguration, IsTheLoadersOwnAlone) {
  EXPECT_TRUE(IsLoaderConfiguration("/etc/ld.so.cache"));
  EXPECT_FALSE(IsLoaderConfiguration("/tmp/ld.so.cache"));
  EXPECT_FALSE(IsLoaderConfiguration("/etc/ld.so.cache/x"));
}

}  // namespace
}  // namespace portcullis::enforcement
