// SPDX-License-Identifier: Apache-2.0
#include "enforcement/interpreter_data.h"

#include <unistd.h>

#include <array>

#include "formats/script/script.h"
#include "host/write_guard.h"

namespace portcullis::enforcement {
namespace {

constexpr mode_t kAnyExecute = S_IXUSR | S_IXGRP | S_IXOTH;

// A file too short for an interpreter line has none.
bool HasInterpreterLine(int fd) {
  std::array<uint8_t, 2> head = {};
  const ssize_t count = pread(fd, head.data(), head.size(), 0);
  return count < 0 || script::HasInterpreterLine(Bytes(head).first(static_cast<size_t>(count)));
}

}  // namespace

bool IsInterpretersData(int fd, const struct stat& status, std::string_view name) {
  if (!S_ISREG(status.st_mode) || (status.st_mode & kAnyExecute) != 0) return false;
  if (script::IsScriptExtension(script::ExtensionOf(name))) return false;
  // An overlay shows its layers' owners; other file systems may say what they like.
  if (!IsOnKernelsOwnFileSystem(fd) && !IsOnOverlay(fd)) return false;
  return OnlyRootMayWrite(fd, status) && !HasInterpreterLine(fd);
}

}  // namespace portcullis::enforcement
