// SPDX-License-Identifier: Apache-2.0
// `portcullis serve` as a child process, watching file systems that the test mounted.
//
// Shape:   Start writes the policy and the configuration, starts the program and waits until it is
// ready;
//          the records are what it wrote to standard error, a JSON object a line.
// Lifetime: the destructor ends the service, by SIGKILL if it must.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "tests/kernel/private_mounts.h"

namespace portcullis::testing {

class ServiceUnderTest {
 public:
  struct Setup {
    std::string policy{};                     // XML
    std::vector<std::string> file_systems{};  // each must be the test's own
    std::string more_config{};                // further lines of service.conf
    std::vector<std::string> arguments{};     // of `serve`
    std::string preload{};                    // a library; none where it is empty
  };
  static Result<std::unique_ptr<ServiceUnderTest>> Start(const PrivateMounts& mounts, Setup setup);
  ~ServiceUnderTest();
  ServiceUnderTest(const ServiceUnderTest&) = delete;
  ServiceUnderTest& operator=(const ServiceUnderTest&) = delete;

  pid_t pid() const { return pid_; }
  // Puts the policy's file in place, and tells nobody.
  Result<void> WritePolicy(const std::string& policy) const;
  // Puts another policy in force: writes it, asks for it (SIGHUP), waits for its generation.
  Result<void> SetPolicy(const std::string& policy);
  // Kills every process of it at once, as a crash of the machine would.
  void Kill();
  // Starts it again, with the files that are there now.
  Result<void> StartAgain();
  // Ends it orderly, so that every record is written; false if it had to be killed.
  bool Stop();
  std::string output() const;
  // Where its event store is, unless more_config has another state-directory.
  std::string StorePath() const { return directory_ + "/state/events/events.db"; }
  // Where it is asked, unless more_config has another control-socket.
  std::string SocketPath() const { return directory_ + "/control.sock"; }
  // Where hosts ask, unless more_config has another ask-socket.
  std::string AskSocketPath() const { return directory_ + "/ask.sock"; }
  std::string PolicyPath() const { return directory_ + "/policy.xml"; }
  std::string ConfigPath() const { return directory_ + "/service.conf"; }
  std::string StateDirectory() const { return directory_ + "/state"; }
  // The lines that are records of decisions.
  std::vector<std::string> Records() const;
  // The processes of the service: itself and all that descend from it.
  std::vector<pid_t> Processes() const;
  // Bytes that are theirs alone, of all of them together.
  int64_t AnonymousMemory() const;

 private:
  ServiceUnderTest() = default;
  Result<void> WaitFor(const std::string& text, size_t from) const;
  std::string directory_;
  std::vector<std::string> arguments_;
  std::string preload_;
  pid_t pid_ = -1;
};

}  // namespace portcullis::testing
