// SPDX-License-Identifier: Apache-2.0
// A real message bus with somebody who listens to all of it, as a second opinion on what is said
// there.
//
// Shape:   Debian's dbus-daemon and dbus-monitor as child processes of the user `uid`.
// Lifetime: the destructor ends both.
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace portcullis::testing {

inline constexpr const char* kNoBus = "no dbus-daemon and dbus-monitor here";

class SessionBus {
 public:
  static bool IsInstalled() {
    return std::system("command -v dbus-daemon dbus-monitor > /dev/null 2>&1") == 0;
  }

  // `directory` must be writable for that user.
  SessionBus(const std::string& directory, uid_t uid)
      : path_(directory + "/bus"), heard_(directory + "/heard"), uid_(uid) {
    const std::string address = "unix:path=" + path_;
    Start({"dbus-daemon", "--session", "--nofork", "--nopidfile", "--address=" + address},
          "/dev/null");
    Await([this] { return access(path_.c_str(), F_OK) == 0; });
    Start({"dbus-monitor", "--address", address, "interface='org.freedesktop.Notifications'"},
          heard_);
    // It says that it is named, and hears all from then on.
    Await([this] { return Heard().find("NameLost") != std::string::npos; });
  }
  ~SessionBus() {
    for (const pid_t pid : processes_) kill(pid, SIGKILL);
    for (const pid_t pid : processes_) waitpid(pid, nullptr, 0);
  }
  SessionBus(const SessionBus&) = delete;
  SessionBus& operator=(const SessionBus&) = delete;

  const std::string& path() const { return path_; }
  std::string Heard() const {
    std::ifstream in(heard_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  template <typename Holds>
  static bool Await(const Holds& holds) {
    for (int i = 0; i < 600; ++i) {
      if (holds()) return true;
      usleep(50'000);
    }
    return false;
  }

 private:
  void Start(std::vector<std::string> arguments, const std::string& output) {
    const pid_t child = fork();
    if (child != 0) {
      processes_.push_back(child);
      return;
    }
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    if (uid_ != geteuid() && (setgid(uid_) != 0 || setuid(uid_) != 0)) _exit(1);
    if (freopen(output.c_str(), "w", stdout) == nullptr) _exit(1);
    execvp(argv[0], argv.data());
    _exit(1);
  }

  const std::string path_, heard_;
  const uid_t uid_;
  std::vector<pid_t> processes_;
};

}  // namespace portcullis::testing
