// SPDX-License-Identifier: Apache-2.0
// Preloaded into the service it makes every lease a lie: the kernel is never asked for one. With it
// the races must be won by the writer, or their tests would not show what leases are for.
//
// The C library's headers declare fcntl with a nothrow that gcc wants repeated; this file therefore
// includes none that does.
#include <linux/fcntl.h>
#include <stdarg.h>
#include <sys/syscall.h>

extern "C" long syscall(long number, ...);

namespace {

int Ask(int fd, int command, unsigned long argument) {
  if (command == F_SETLEASE) return 0;
  if (command == F_GETLEASE) return F_RDLCK;
  return static_cast<int>(syscall(SYS_fcntl, fd, command, argument));
}

}  // namespace

extern "C" int fcntl(int fd, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  const unsigned long argument = va_arg(arguments, unsigned long);
  va_end(arguments);
  return Ask(fd, command, argument);
}

extern "C" int fcntl64(int fd, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  const unsigned long argument = va_arg(arguments, unsigned long);
  va_end(arguments);
  return Ask(fd, command, argument);
}
