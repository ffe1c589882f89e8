// SPDX-License-Identifier: Apache-2.0
// Runs a program as some user and says what became of it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace portcullis::testing {

struct Caller {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
};

struct RunOutcome {
  enum class Kind : uint8_t {
    kRan,       // the kernel let it run; `exit_status` is its own
    kRefused,   // execve failed with `error`
    kTimedOut,  // neither, in time; it was killed
  };
  Kind kind = Kind::kTimedOut;
  int exit_status = 0;
  int error = 0;
  std::chrono::milliseconds took{0};

  bool ran() const { return kind == Kind::kRan; }
  bool refused() const { return kind == Kind::kRefused; }
};
std::string ToString(const RunOutcome& outcome);

// `arguments[0]` is the program's path.
RunOutcome RunProgram(const std::vector<std::string>& arguments, const Caller& caller = {},
                      std::chrono::milliseconds limit = std::chrono::seconds(20));

// The same by any way of running: `attempt` is called in a child that is `caller` and has to end in
// an exec; if it returns, errno says why it failed.
RunOutcome RunBy(const std::function<void()>& attempt, const Caller& caller = {},
                 std::chrono::milliseconds limit = std::chrono::seconds(20));

// Writes an executable file, owned by `owner`.
void WriteProgram(const std::string& path, const std::string& content, uid_t owner = 0,
                  mode_t mode = 0755);
// A program of the build that is tested, by its path below $PORTCULLIS_BUILD.
std::string Built(const std::string& relative);
std::string ReadWholeFile(const std::string& path);

}  // namespace portcullis::testing
