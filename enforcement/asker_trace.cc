// SPDX-License-Identifier: Apache-2.0
#include "enforcement/asker_trace.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <string>

#include "base/unique_fd.h"
#include "host/thread_file.h"

namespace portcullis::enforcement {
namespace {

constexpr unsigned kFirstField = 3;     // behind the name, which may hold anything
constexpr unsigned kTerminalField = 7;  // tty_nr
constexpr size_t kMaxBytes = 1024;

std::string ReadSmall(pid_t tid, const char* name) {
  const UniqueFd file(open(ThreadFilePath(tid, name).c_str(), O_RDONLY | O_CLOEXEC));
  std::string text(kMaxBytes, '\0');
  const ssize_t size = file.valid() ? read(file.get(), text.data(), text.size()) : 0;
  text.resize(size > 0 ? static_cast<size_t>(size) : 0);
  return text;
}

std::optional<uint32_t> NumberAt(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  // Unset is -1, as an unsigned number.
  if (error != std::errc() || number < 0 || number >= UINT32_MAX) return std::nullopt;
  return static_cast<uint32_t>(number);
}

}  // namespace

std::string_view StatField(std::string_view stat, unsigned field) {
  size_t at = stat.rfind(')');
  for (unsigned i = kFirstField; i <= field && at != std::string_view::npos; ++i) {
    at = stat.find(' ', at + 1);
  }
  if (at == std::string_view::npos) return {};
  stat.remove_prefix(at + 1);
  return stat.substr(0, stat.find_first_of(" \n"));
}

AskerTrace ReadAskerTrace(pid_t tid) {
  AskerTrace trace;
  trace.terminal = NumberAt(StatField(ReadSmall(tid, "stat"), kTerminalField)).value_or(0);
  trace.session_id = NumberAt(ReadSmall(tid, "sessionid"));
  return trace;
}

}  // namespace portcullis::enforcement
