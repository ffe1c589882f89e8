// SPDX-License-Identifier: Apache-2.0
// A function that runs in a session of its own, and every process that came of it.
//
// Shape:   processes are found by the session's number in /proc, so those whose parent died are
// found
//          too, and by their name (`comm`).
// Lifetime: the destructor kills the whole session.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace portcullis::testing {

class ProcessSession {
 public:
  static std::unique_ptr<ProcessSession> Start(const std::function<int()>& run);
  ~ProcessSession();
  ProcessSession(const ProcessSession&) = delete;
  ProcessSession& operator=(const ProcessSession&) = delete;

  pid_t leader() const { return leader_; }
  // Living processes, zombies left out.
  std::vector<pid_t> All() const;
  std::vector<pid_t> Find(const std::string& name) const;
  std::string Describe() const;
  // The leader's wait status, or -1 if it did not end in 20 s; Stop sends it SIGTERM first.
  int Wait();
  int Stop();

 private:
  explicit ProcessSession(pid_t leader) : leader_(leader) {}
  pid_t leader_;
  bool is_reaped_ = false;
};

}  // namespace portcullis::testing
