// SPDX-License-Identifier: Apache-2.0
#include "cli/io.h"

#include <unistd.h>

#include <cerrno>

#include "cli/text.h"

namespace portcullis::cli {
namespace {

constexpr size_t kBufferBytes = 64 << 10;

}  // namespace

FdOutput::~FdOutput() { Flush(); }

void FdOutput::Write(std::string_view text) {
  buffer_.append(text);
  if (buffer_.size() >= kBufferBytes) Flush();
}

void FdOutput::Flush() {
  std::string_view rest = buffer_;
  while (!rest.empty() && !failed_) {
    const ssize_t count = write(fd_, rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      failed_ = true;
    } else {
      rest.remove_prefix(static_cast<size_t>(count));
    }
  }
  buffer_.clear();
}

void PrintError(Io& io, std::string_view message) {
  io.out.Flush();
  io.err.Write("portcullis: " + Printable(message) + "\n");
  io.err.Flush();
}

}  // namespace portcullis::cli
