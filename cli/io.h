// SPDX-License-Identifier: Apache-2.0
// The world as a command sees it: where it prints, where it reads, and what its status means.
//
// Shape:   a command prints only through Io, so that a test can run it inside the test program.
// Errors:  an Output remembers that it could not write; main asks once, at the end.
// Threads: one thread prints.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace portcullis::cli {

// The contract of design and man page: scripts rely on these numbers.
enum class ExitStatus : uint8_t { kDone = 0, kFound = 1, kUsage = 2, kFailed = 3 };

class Output {
 public:
  virtual ~Output() = default;
  virtual void Write(std::string_view text) = 0;
  virtual void Flush() {}
  virtual bool failed() const { return false; }
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
  bool failed() const override { return failed_; }

 private:
  int fd_;
  bool failed_ = false;
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
