// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/service_under_test.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string_view>
#include <thread>

#include "tests/kernel/run_program.h"

namespace portcullis::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr auto kPatience = std::chrono::seconds(15);

// What the service says when it answers, and after each new policy.
constexpr const char* kReady = "\"event\":\"ready\"";
constexpr const char* kReloaded = "\"event\":\"reloaded\"";
constexpr const char* kNotReloaded = "\"event\":\"reload-failed\"";

Result<void> WriteText(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  if (out << text << std::flush) return {};
  return Fail(ErrorCode::kIo, path);
}

std::string ReadFrom(const std::string& path, size_t offset) {
  std::ifstream in(path, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(offset));
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string ConfigFor(const ServiceUnderTest::Setup& setup, const std::string& directory) {
  std::string config = "service-process = none\n" + setup.more_config;
  if (config.find("state-directory") == std::string::npos) {
    config += "state-directory = " + directory + "/state\n";
  }
  if (config.find("control-socket") == std::string::npos) {
    config += "control-socket = " + directory + "/control.sock\n";
  }
  if (config.find("ask-socket") == std::string::npos) {
    config += "ask-socket = " + directory + "/ask.sock\n";
  }
  for (const std::string& path : setup.file_systems) config += "file-system = " + path + "\n";
  return config;
}

// In the child: the program, with standard error in a file of its own.
[[noreturn]] void ExecService(const std::vector<std::string>& arguments, const std::string& output,
                              const std::string& preload) {
  const int fd = open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0644);
  if (fd < 0 || dup2(fd, STDERR_FILENO) < 0) _exit(125);
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  if (!preload.empty()) setenv("LD_PRELOAD", preload.c_str(), 1);
  execv(argv[0], argv.data());
  _exit(127);
}

// Leaves the child to be waited for.
bool HasEnded(pid_t child) {
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
         info.si_pid == child;
}

std::map<pid_t, pid_t> Parents() {
  std::map<pid_t, pid_t> parents;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const pid_t pid = std::atoi(entry.path().filename().c_str());
    std::ifstream in(entry.path() / "stat");
    std::string text;
    if (pid <= 0 || !std::getline(in, text)) continue;
    std::istringstream rest(text.substr(text.rfind(')') + 1));
    char state = 0;
    pid_t parent = 0;
    rest >> state >> parent;
    parents[pid] = parent;
  }
  return parents;
}

}  // namespace

Result<std::unique_ptr<ServiceUnderTest>> ServiceUnderTest::Start(const PrivateMounts& mounts,
                                                                  Setup setup) {
  static int count = 0;
  const std::string program = Built("cli/portcullis");
  for (const std::string& path : setup.file_systems) TRY_VOID(mounts.MustBeOwn(path));
  if (setup.file_systems.empty()) return Fail(ErrorCode::kIo, "no file system of the test's own");
  std::unique_ptr<ServiceUnderTest> service(new ServiceUnderTest);
  service->directory_ = fmt::format("{}/service-{}", mounts.scratch(), ++count);
  std::filesystem::create_directories(service->directory_);
  TRY_VOID(WriteText(service->directory_ + "/policy.xml", setup.policy));
  TRY_VOID(WriteText(service->directory_ + "/service.conf", ConfigFor(setup, service->directory_)));
  std::vector<std::string> arguments{program,    "serve",
                                     "--format", "json",
                                     "--policy", service->directory_ + "/policy.xml",
                                     "--config", service->directory_ + "/service.conf"};
  arguments.insert(arguments.end(), setup.arguments.begin(), setup.arguments.end());
  service->arguments_ = std::move(arguments);
  service->preload_ = setup.preload;
  TRY_VOID(service->StartAgain());
  return service;
}

Result<void> ServiceUnderTest::StartAgain() {
  const std::string output = directory_ + "/output";
  std::filesystem::remove(output);  // what another said is not taken for this one's
  pid_ = fork();
  if (pid_ == 0) ExecService(arguments_, output, preload_);
  return WaitFor(kReady, 0);
}

void ServiceUnderTest::Kill() {
  for (const pid_t pid : Processes()) kill(pid, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

ServiceUnderTest::~ServiceUnderTest() { Stop(); }

Result<void> ServiceUnderTest::WaitFor(const std::string& text, size_t from) const {
  const auto end = steady_clock::now() + kPatience;
  while (steady_clock::now() < end) {
    const std::string now = ReadFrom(directory_ + "/output", from);
    if (now.find(text) != std::string::npos) return {};
    if (now.find(kNotReloaded) != std::string::npos) break;
    if (HasEnded(pid_)) break;
    std::this_thread::sleep_for(milliseconds(1));
  }
  return Fail(ErrorCode::kIo,
              fmt::format("the service did not say {}; it said:\n{}", text, output()));
}

Result<void> ServiceUnderTest::WritePolicy(const std::string& policy) const {
  TRY_VOID(WriteText(directory_ + "/policy.new", policy));
  std::filesystem::rename(directory_ + "/policy.new", directory_ + "/policy.xml");
  return {};
}

Result<void> ServiceUnderTest::SetPolicy(const std::string& policy) {
  const size_t before = std::filesystem::file_size(directory_ + "/output");
  TRY_VOID(WritePolicy(policy));
  kill(pid_, SIGHUP);
  return WaitFor(kReloaded, before);
}

bool ServiceUnderTest::Stop() {
  if (pid_ <= 0) return true;
  const std::vector<pid_t> all = Processes();
  kill(pid_, SIGTERM);
  const auto end = steady_clock::now() + kPatience;
  bool ended = false;
  while (!ended && steady_clock::now() < end) {
    ended = waitpid(pid_, nullptr, WNOHANG) == pid_;
    if (!ended) std::this_thread::sleep_for(milliseconds(5));
  }
  if (!ended) {
    for (const pid_t pid : all) kill(pid, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  pid_ = -1;
  return ended;
}

std::string ServiceUnderTest::output() const { return ReadWholeFile(directory_ + "/output"); }

std::vector<std::string> ServiceUnderTest::Records() const {
  std::vector<std::string> records;
  std::istringstream lines(output());
  for (std::string line; std::getline(lines, line);) {
    if (line.find("\"verdict\":") != std::string::npos) records.push_back(line);
  }
  return records;
}

std::vector<pid_t> ServiceUnderTest::Processes() const {
  const std::map<pid_t, pid_t> parents = Parents();
  std::vector<pid_t> all{pid_};
  for (size_t i = 0; i < all.size(); ++i) {
    for (const auto& [pid, parent] : parents) {
      if (parent == all[i]) all.push_back(pid);
    }
  }
  return all;
}

int64_t ServiceUnderTest::AnonymousMemory() const {
  constexpr std::string_view kKey = "RssAnon:";
  int64_t kilobytes = 0;
  for (const pid_t pid : Processes()) {
    const std::string status = ReadWholeFile(fmt::format("/proc/{}/status", pid));
    const size_t at = status.find(kKey);
    if (at != std::string::npos) kilobytes += std::atoll(status.c_str() + at + kKey.size());
  }
  return kilobytes << 10;
}

}  // namespace portcullis::testing
