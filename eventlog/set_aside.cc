// SPDX-License-Identifier: Apache-2.0
#include "eventlog/set_aside.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <stdio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "base/utc_time.h"

namespace portcullis::eventlog {
namespace {

constexpr int kMostOfASecond = 100;

std::string CompactTime() {
  std::string time = FormatUtcTime(std::time(nullptr));
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  return time;
}

// False: there is nothing of the old name, or (errno EEXIST) something of the new one.
bool Rename(const std::string& from, const std::string& to) {
  return renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0;
}

}  // namespace

// The log goes first: beside a new file of the old name SQLite would take it for that one's.
Result<std::string> SetAside(const std::string& path) {
  const std::string stem = path + "." + CompactTime();
  for (int i = 1; i <= kMostOfASecond; ++i) {
    const std::string aside =
        i == 1 ? fmt::format("{}.bad", stem) : fmt::format("{}.{}.bad", stem, i);
    bool is_taken = false;
    for (const char* const ending : {"-wal", "-shm", ""}) {
      if (is_taken || Rename(path + ending, aside + ending)) continue;
      is_taken = errno == EEXIST;
      if (!is_taken && errno != ENOENT) {
        return Fail(ErrorCode::kIo,
                    fmt::format("{}: could not be set aside: {}", path, std::strerror(errno)));
      }
    }
    if (!is_taken) return aside;
  }
  return Fail(ErrorCode::kIo, fmt::format("{}: could not be set aside: no name is free", path));
}

}  // namespace portcullis::eventlog
