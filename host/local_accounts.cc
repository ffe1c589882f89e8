// SPDX-License-Identifier: Apache-2.0
#include "host/local_accounts.h"

#include <algorithm>
#include <charconv>

#include "host/read_file.h"

namespace portcullis {
namespace {

std::vector<std::string_view> Split(std::string_view text, char separator, size_t most) {
  std::vector<std::string_view> parts;
  while (parts.size() + 1 < most) {
    const size_t at = text.find(separator);
    if (at == std::string_view::npos) break;
    parts.push_back(text.substr(0, at));
    text.remove_prefix(at + 1);
  }
  parts.push_back(text);
  return parts;
}

std::vector<std::string_view> LinesOf(std::string_view text) {
  return Split(text.substr(0, kMaxAccountFile), '\n', kMaxAccountLines);
}

std::optional<uint32_t> IdOf(std::string_view text) {
  uint32_t id = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return id;
}

}  // namespace

std::vector<PasswdEntry> ParsePasswd(std::string_view text) {
  constexpr size_t kFields = 7;
  std::vector<PasswdEntry> entries;
  for (const std::string_view line : LinesOf(text)) {
    const auto fields = Split(line, ':', kFields + 1);
    if (fields.size() != kFields || fields[0].empty()) continue;
    const auto uid = IdOf(fields[2]);
    const auto gid = IdOf(fields[3]);
    if (!uid || !gid) continue;
    // An empty shell is /bin/sh, by passwd(5).
    const std::string_view shell = fields[6].empty() ? "/bin/sh" : fields[6];
    entries.push_back({std::string(fields[0]), *uid, *gid, std::string(shell)});
  }
  return entries;
}

std::vector<GroupEntry> ParseGroups(std::string_view text) {
  constexpr size_t kFields = 4;
  std::vector<GroupEntry> entries;
  for (const std::string_view line : LinesOf(text)) {
    const auto fields = Split(line, ':', kFields + 1);
    if (fields.size() != kFields || fields[0].empty()) continue;
    const auto gid = IdOf(fields[2]);
    if (!gid) continue;
    GroupEntry entry{std::string(fields[0]), *gid, {}};
    for (const std::string_view member : Split(fields[3], ',', kMaxAccountLines)) {
      if (!member.empty()) entry.members.emplace_back(member);
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::vector<std::string> ParseShells(std::string_view text) {
  std::vector<std::string> shells;
  for (const std::string_view line : LinesOf(text)) {
    if (line.starts_with('/')) shells.emplace_back(line);
  }
  return shells;
}

LocalAccounts LocalAccounts::Load(const std::string& root) {
  const auto read = [&](const char* path) {
    return ReadFile(root + path, kMaxAccountFile).value_or("");
  };
  return {ParsePasswd(read("/etc/passwd")), ParseGroups(read("/etc/group"))};
}

bool LocalAccounts::IsInGroup(const PasswdEntry& account, const std::string& group) const {
  return std::ranges::any_of(groups_, [&](const GroupEntry& entry) {
    if (entry.name != group) return false;
    return entry.gid == account.gid ||
           std::ranges::find(entry.members, account.name) != entry.members.end();
  });
}

Result<Account> LocalAccounts::FindAccount(const std::string& name) const {
  const auto found = std::ranges::find(accounts_, name, &PasswdEntry::name);
  if (found == accounts_.end()) return Fail(ErrorCode::kNotFound, "no such account here");
  Account account{found->name, found->uid, {found->gid}};
  for (const GroupEntry& entry : groups_) {
    if (entry.gid == found->gid) continue;
    if (std::ranges::find(entry.members, name) != entry.members.end()) {
      account.groups.push_back(entry.gid);
    }
  }
  return account;
}

std::optional<uint32_t> LocalAccounts::FindGroup(const std::string& name) const {
  const auto found = std::ranges::find(groups_, name, &GroupEntry::name);
  if (found == groups_.end()) return std::nullopt;
  return found->gid;
}

std::vector<std::pair<uint32_t, std::string>> LocalAccounts::ListAccounts(size_t limit) const {
  std::vector<std::pair<uint32_t, std::string>> accounts;
  for (const PasswdEntry& entry : accounts_) {
    if (accounts.size() >= limit) break;
    accounts.emplace_back(entry.uid, entry.name);
  }
  return accounts;
}

}  // namespace portcullis
