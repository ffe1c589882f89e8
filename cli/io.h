// SPDX-License-Identifier: Apache-2.0
// The world as a command sees it: where it prints, where it reads, and what its status means.
//
// Shape:   a command prints only through Io, so that a test can run it inside the test program.
// Errors:  an Output remembers that it could not write; main asks once, at the end. What could not
//          be written is dropped and counted, and the next is tried again: a disk that was full may
//          have room by then.
// Threads: one thread prints; others, and forks of theirs, may call WriteNow meanwhile.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/write_now.h"

namespace portcullis::cli {

// The contract of design and man page: scripts rely on these numbers.
enum class ExitStatus : uint8_t { kDone = 0, kFound = 1, kUsage = 2, kFailed = 3 };

class Output {
 public:
  virtual ~Output() = default;
  virtual void Write(std::string_view text) = 0;
  virtual void Flush() {}
  virtual bool failed() const { return false; }
  // How many times what was to be flushed, or a part of it, could not be written.
  virtual uint64_t dropped() const { return 0; }
  // Past the buffer, at once or not at all (base/write_now.h). False: not.
  virtual bool WriteNow(std::string_view text) {
    Write(text);
    return true;
  }
};

class StringOutput final : public Output {
 public:
  void Write(std::string_view written) override { text.append(written); }
  std::string text;
};

// Buffers, and retries what the system interrupted. Borrows the descriptor.
class FdOutput final : public Output {
 public:
  explicit FdOutput(int fd) : fd_(fd) {}
  ~FdOutput() override;
  void Write(std::string_view text) override;
  void Flush() override;
  bool failed() const override { return dropped_ > 0; }
  uint64_t dropped() const override { return dropped_; }
  bool WriteNow(std::string_view text) override { return portcullis::WriteNow(fd_, text); }

 private:
  bool WriteAll(std::string_view text);

  int fd_;
  uint64_t dropped_ = 0;
  bool is_cut_ = false;  // what was written last ends within a line
  std::string buffer_;
};

struct Io {
  Output& out;
  Output& err;
  int in_fd = 0;
  bool err_is_terminal = false;
  size_t columns = 100;  // of a terminal; else what a wide page takes
};

// "portcullis: message" as one line on standard error.
void PrintError(Io& io, std::string_view message);

}  // namespace portcullis::cli
