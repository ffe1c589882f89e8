// SPDX-License-Identifier: Apache-2.0
// The arguments a thread calls execve with, read from its memory while it waits for its denial.
//
// Shape:   Read hands the look to a thread of its own and waits kCommandLinePatience at most. The
//          asker's memory may be of somebody's server (userfaultfd, FUSE), which then keeps that
//          thread for as long as it likes, and nobody else. While it does there are no command
//          lines for anyone; whose memory it was has none for kNoMoreFor.
// Limits:  kMaxEventArguments of kMaxEventArgument bytes; one look at a time.
// Errors:  empty: not in execve, not 64-bit, unreadable, or too slow. The record is whole without.
// Lifetime: the destructor leaves a thread that hangs to the end of the process. It has none of the
//          process's descriptors, so that it keeps nothing open whatever holds it.
// Threads: Read from any thread but those others wait for: the reader's, the deadline's.
// Source:  process_vm_readv(2), userfaultfd(2).
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace portcullis::enforcement {

inline constexpr std::chrono::milliseconds kCommandLinePatience{20};
inline constexpr std::chrono::seconds kNoMoreFor{10};

// What the thread is calling execve or execveat with. May wait for whoever serves its memory.
std::vector<std::string> ReadExecArguments(pid_t tid);

class CommandLines {
 public:
  using Reader = std::vector<std::string> (*)(pid_t tid);
  explicit CommandLines(Reader reader = &ReadExecArguments);
  ~CommandLines();
  CommandLines(const CommandLines&) = delete;
  CommandLines& operator=(const CommandLines&) = delete;

  std::vector<std::string> Read(pid_t tid, uint32_t principal);

 private:
  struct State;
  std::shared_ptr<State> state_;  // of the thread as well, which may outlive this
};

}  // namespace portcullis::enforcement
