// SPDX-License-Identifier: Apache-2.0
#include "base/write_now.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

namespace portcullis {
namespace {

ssize_t WriteWhereThereIsRoom(int fd, std::string_view text) {
  pollfd room{fd, POLLOUT, 0};
  if (poll(&room, 1, 0) != 1 || (room.revents & POLLOUT) == 0) return -1;
  const iovec part{const_cast<char*>(text.data()), text.size()};
  const ssize_t written = pwritev2(fd, &part, 1, -1, RWF_NOWAIT);
  if (written >= 0 || errno != EOPNOTSUPP) return written;
  return write(fd, text.data(), text.size());
}

}  // namespace

bool WriteNow(int fd, std::string_view text) {
  struct stat status {};
  if (fstat(fd, &status) != 0) return false;
  ssize_t written = -1;
  if (S_ISSOCK(status.st_mode)) {
    written = send(fd, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  } else if (S_ISREG(status.st_mode)) {
    written = write(fd, text.data(), text.size());
  } else {
    written = WriteWhereThereIsRoom(fd, text);
  }
  return written == static_cast<ssize_t>(text.size());
}

}  // namespace portcullis
