// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/process_session.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

namespace portcullis::testing {
namespace {

struct Process {
  pid_t pid = 0;
  std::string name;
  char state = '?';
  pid_t parent = 0;
};

// Of /proc/PID/stat: `pid (name) state ppid pgrp session ...`.
std::optional<Process> ReadProcess(pid_t pid, pid_t session) {
  std::ifstream stream("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(stream, text, '\0');  // Unlike an iterator it does not throw when the process ends.
  const size_t open = text.find('(');
  const size_t close = text.rfind(')');
  if (open == std::string::npos || close == std::string::npos) return std::nullopt;
  Process process;
  process.pid = pid;
  process.name = text.substr(open + 1, close - open - 1);
  int parent = 0, group = 0, of_session = 0;
  if (std::sscanf(text.c_str() + close + 1, " %c %d %d %d", &process.state, &parent, &group,
                  &of_session) != 4) {
    return std::nullopt;
  }
  process.parent = parent;
  if (of_session != session || process.state == 'Z') return std::nullopt;
  return process;
}

std::vector<Process> ProcessesOf(pid_t session) {
  std::vector<Process> processes;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const pid_t pid = std::atoi(entry.path().filename().c_str());
    if (pid <= 0) continue;
    if (auto process = ReadProcess(pid, session)) processes.push_back(*std::move(process));
  }
  return processes;
}

}  // namespace

std::unique_ptr<ProcessSession> ProcessSession::Start(const std::function<int()>& run) {
  const pid_t pid = fork();
  if (pid == 0) {
    setsid();
    _exit(run());
  }
  return std::unique_ptr<ProcessSession>(new ProcessSession(pid));
}

ProcessSession::~ProcessSession() {
  for (int i = 0; i < 100; ++i) {
    const std::vector<pid_t> left = All();
    if (left.empty()) break;
    for (const pid_t pid : left) kill(pid, SIGKILL);
    usleep(10'000);
  }
  if (!is_reaped_) waitpid(leader_, nullptr, 0);
}

std::vector<pid_t> ProcessSession::All() const {
  std::vector<pid_t> pids;
  for (const Process& process : ProcessesOf(leader_)) pids.push_back(process.pid);
  return pids;
}

std::vector<pid_t> ProcessSession::Find(const std::string& name) const {
  std::vector<pid_t> pids;
  for (const Process& process : ProcessesOf(leader_)) {
    if (process.name == name) pids.push_back(process.pid);
  }
  return pids;
}

std::string ProcessSession::Describe() const {
  std::string text;
  for (const Process& process : ProcessesOf(leader_)) {
    text += std::to_string(process.pid) + " " + process.name + " " + process.state + " of " +
            std::to_string(process.parent) + "\n";
  }
  return text;
}

int ProcessSession::Stop() {
  kill(leader_, SIGTERM);
  return Wait();
}

int ProcessSession::Wait() {
  for (int i = 0; i < 2000; ++i) {
    int status = -1;
    if (waitpid(leader_, &status, WNOHANG) == leader_) {
      is_reaped_ = true;
      return status;
    }
    usleep(10'000);
  }
  return -1;
}

}  // namespace portcullis::testing
