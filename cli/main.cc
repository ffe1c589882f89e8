// SPDX-License-Identifier: Apache-2.0
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <new>

#include "cli/commands.h"

namespace {

// A narrow window is not worth wrapping for; a wide one need not be filled.
constexpr unsigned kLeastColumns = 80;
constexpr unsigned kMostColumns = 160;

size_t ColumnsOf(int fd) {
  winsize size{};
  if (isatty(fd) == 0 || ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 120;
  return std::min(std::max<unsigned>(size.ws_col, kLeastColumns), kMostColumns);
}

}  // namespace

int main(int argc, char** argv) {
  using portcullis::cli::ExitStatus;
  using portcullis::cli::FdOutput;
  using portcullis::cli::Io;
  using portcullis::cli::PrintError;
  using portcullis::cli::RunPortcullis;
  FdOutput out(STDOUT_FILENO);
  FdOutput err(STDERR_FILENO);
  Io io{out, err, STDIN_FILENO, isatty(STDERR_FILENO) != 0, ColumnsOf(STDOUT_FILENO)};
  try {
    return static_cast<int>(RunPortcullis({argv + std::min(argc, 1), argv + argc}, io));
  } catch (const std::bad_alloc&) {
    PrintError(io, "out of memory");
    return static_cast<int>(ExitStatus::kFailed);
  }
}
