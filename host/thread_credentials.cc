// SPDX-License-Identifier: Apache-2.0
#include "host/thread_credentials.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <array>
#include <charconv>
#include <limits>

#include "host/thread_file.h"

namespace portcullis {
namespace {

constexpr size_t kMaxLoginUidBytes = 64;
constexpr uint32_t kNoLoginUid = std::numeric_limits<uint32_t>::max();
constexpr std::string_view kBlanks = " \t\n";

Unexpected Malformed(std::string_view field, std::string_view problem) {
  return Fail(ErrorCode::kMalformed, fmt::format("thread's {}: {}", field, problem));
}

template <typename Number>
bool ParseNumber(std::string_view text, Number& number) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end;
}

// The next word of `text`, which shrinks; empty at the end.
std::string_view TakeWord(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  const size_t end = std::min(text.find_first_of(kBlanks), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

// What the fields of interest hold; an absent field has no value.
struct Fields {
  std::optional<std::string_view> name, tgid, ppid, uid, gid, groups;
};

// Nothing in a line can be chosen by the thread: its name is escaped by the kernel.
Fields FindFields(std::string_view status) {
  Fields fields;
  const std::array<std::pair<std::string_view, std::optional<std::string_view>*>, 6> wanted = {{
      {"Name", &fields.name},
      {"Tgid", &fields.tgid},
      {"PPid", &fields.ppid},
      {"Uid", &fields.uid},
      {"Gid", &fields.gid},
      {"Groups", &fields.groups},
  }};
  while (!status.empty()) {
    const size_t end = std::min(status.find('\n'), status.size());
    const std::string_view line = status.substr(0, end);
    status.remove_prefix(std::min(end + 1, status.size()));
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    for (const auto& [key, value] : wanted) {
      if (line.substr(0, colon) == key && !*value) *value = line.substr(colon + 1);
    }
  }
  return fields;
}

// Real, effective, saved, file system.
Result<uint32_t> EffectiveId(std::string_view field, std::optional<std::string_view> text) {
  if (!text) return Malformed(field, "is not there");
  TakeWord(*text);
  uint32_t id = 0;
  if (!ParseNumber(TakeWord(*text), id)) return Malformed(field, "expected four numbers");
  return id;
}

Result<pid_t> ProcessId(std::string_view field, std::optional<std::string_view> text) {
  if (!text) return Malformed(field, "is not there");
  pid_t id = 0;
  if (!ParseNumber(TakeWord(*text), id) || id < 0) return Malformed(field, "expected a process id");
  return id;
}

Result<std::vector<uint32_t>> GroupIds(std::optional<std::string_view> text) {
  if (!text) return Malformed("Groups", "is not there");
  std::vector<uint32_t> groups;
  for (auto word = TakeWord(*text); !word.empty(); word = TakeWord(*text)) {
    uint32_t id = 0;
    if (!ParseNumber(word, id)) return Malformed("Groups", "expected numbers");
    groups.push_back(id);
  }
  return groups;
}

Result<std::optional<uint32_t>> LoginUid(std::string_view text) {
  const std::string_view word = TakeWord(text);
  if (word.empty()) return std::nullopt;
  uint32_t id = 0;
  if (!ParseNumber(word, id)) return Malformed("loginuid", "expected a number");
  return id == kNoLoginUid ? std::nullopt : std::optional(id);
}

// The kernel writes a line end as \n and a backslash as \\.
std::string Unescaped(std::string_view text) {
  std::string name;
  if (text.starts_with('\t')) text.remove_prefix(1);
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_escape = text[i] == '\\' && i + 1 < text.size();
    if (is_escape) ++i;
    name += is_escape && text[i] == 'n' ? '\n' : text[i];
  }
  return name;
}

}  // namespace

Result<ThreadCredentials> ParseCredentials(std::string_view status, std::string_view login_uid) {
  if (status.size() > kMaxStatusBytes) {
    return Fail(ErrorCode::kLimitExceeded, fmt::format("thread's status: {} bytes, at most {}",
                                                       status.size(), kMaxStatusBytes));
  }
  const Fields fields = FindFields(status);
  ThreadCredentials thread;
  thread.tgid = TRY(ProcessId("Tgid", fields.tgid));
  thread.ppid = TRY(ProcessId("PPid", fields.ppid));
  thread.effective_uid = TRY(EffectiveId("Uid", fields.uid));
  thread.effective_gid = TRY(EffectiveId("Gid", fields.gid));
  thread.groups = TRY(GroupIds(fields.groups));
  thread.login_uid = TRY(LoginUid(login_uid));
  thread.name = Unescaped(fields.name.value_or(""));
  return thread;
}

Result<ThreadCredentials> ReadThreadCredentials(pid_t tid, size_t max_status_bytes) {
  const std::string status = TRY(ReadThreadRecord(tid, "status", max_status_bytes));
  const auto login_uid = ReadThreadRecord(tid, "loginuid", kMaxLoginUidBytes);
  // A kernel without audit has no such file; a thread that has gone since has none either, and
  // whoever asks for it asks in vain.
  if (!login_uid && login_uid.error().code != ErrorCode::kNotFound) {
    return Unexpected(login_uid.error());
  }
  return ParseCredentials(status, login_uid ? std::string_view(*login_uid) : std::string_view());
}

ThreadUsers ReadThreadUsers(pid_t tid) {
  ThreadUsers users;
  struct stat status {};
  // A folder that all may read belongs to the effective user, even where others of /proc are
  // root's.
  if (stat(ThreadFilePath(tid, "").c_str(), &status) == 0) users.effective_uid = status.st_uid;
  if (const auto text = ReadThreadRecord(tid, "loginuid", kMaxLoginUidBytes)) {
    users.login_uid = LoginUid(*text).value_or(std::nullopt);
  }
  return users;
}

}  // namespace portcullis
