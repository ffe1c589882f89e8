// SPDX-License-Identifier: Apache-2.0
#include "cli/io.h"

#include <poll.h>
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
  if (buffer_.empty()) return;
  if ((!is_cut_ || WriteAll("\n")) && WriteAll(buffer_)) {
    is_cut_ = false;
  } else {
    ++dropped_;
  }
  buffer_.clear();
}

bool FdOutput::WriteAll(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(fd_, text.data(), text.size());
    if (count >= 0) {
      is_cut_ = true;
      text.remove_prefix(static_cast<size_t>(count));
      continue;
    }
    // Whoever shares the terminal or the pipe may have made it non-blocking.
    pollfd room{fd_, POLLOUT, 0};
    if (errno == EAGAIN && poll(&room, 1, -1) >= 0) continue;
    if (errno != EINTR) return false;
  }
  return true;
}

void PrintError(Io& io, std::string_view message) {
  io.out.Flush();
  io.err.Write("portcullis: " + Printable(message) + "\n");
  io.err.Flush();
}

}  // namespace portcullis::cli
