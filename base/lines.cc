// SPDX-License-Identifier: Apache-2.0
#include "base/lines.h"

#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

namespace portcullis {
namespace {

Result<size_t> ReadPiece(int fd, std::span<char> out) {
  while (true) {
    const ssize_t count = read(fd, out.data(), out.size());
    if (count >= 0) return static_cast<size_t>(count);
    if (errno != EINTR) return Fail(ErrorCode::kIo, std::strerror(errno));
  }
}

}  // namespace

Result<void> ForEachLine(
    int fd, size_t max_line_bytes,
    const std::function<Result<void>(std::string line, uint64_t number)>& take) {
  std::string line;
  std::array<char, 64 << 10> piece;
  uint64_t number = 1;
  while (const size_t size = TRY(ReadPiece(fd, piece))) {
    for (std::string_view rest(piece.data(), size); !rest.empty();) {
      const size_t end = rest.find('\n');
      line.append(rest.substr(0, end));
      if (line.size() > max_line_bytes) {
        return Fail(ErrorCode::kLimitExceeded,
                    fmt::format("line {}: longer than {} bytes", number, max_line_bytes));
      }
      if (end == std::string_view::npos) break;
      TRY_VOID(take(std::exchange(line, {}), number++));
      rest.remove_prefix(end + 1);
    }
  }
  return line.empty() ? Result<void>() : take(std::move(line), number);
}

}  // namespace portcullis
