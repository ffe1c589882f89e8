// SPDX-License-Identifier: Apache-2.0
// The accounts that a machine has in its own files: those that can log in when nothing else works.
//
// Shape:   the texts of /etc/passwd, /etc/group and /etc/shells; an AccountDirectory of the first
//          two, which asks no name service.
// Limits:  kMaxAccountFile bytes and kMaxAccountLines lines of each; the rest is not looked at.
// Errors:  none: a line that is not one of the format is passed over.
// Threads: a value.
// Source:  passwd(5), group(5), shells(5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "host/accounts.h"

namespace portcullis {

inline constexpr size_t kMaxAccountFile = 4 << 20;
inline constexpr size_t kMaxAccountLines = 100'000;

struct PasswdEntry {
  std::string name;
  uint32_t uid = 0;
  uint32_t gid = 0;
  std::string shell;
};
struct GroupEntry {
  std::string name;
  uint32_t gid = 0;
  std::vector<std::string> members;
};

std::vector<PasswdEntry> ParsePasswd(std::string_view text);
std::vector<GroupEntry> ParseGroups(std::string_view text);
std::vector<std::string> ParseShells(std::string_view text);

class LocalAccounts final : public AccountDirectory {
 public:
  // `root` stands for /; what can not be read is empty.
  static LocalAccounts Load(const std::string& root);
  LocalAccounts(std::vector<PasswdEntry> accounts, std::vector<GroupEntry> groups)
      : accounts_(std::move(accounts)), groups_(std::move(groups)) {}

  const std::vector<PasswdEntry>& accounts() const { return accounts_; }
  bool IsInGroup(const PasswdEntry& account, const std::string& group) const;

  Result<Account> FindAccount(const std::string& name) const override;
  std::optional<uint32_t> FindGroup(const std::string& name) const override;
  std::vector<std::pair<uint32_t, std::string>> ListAccounts(size_t limit) const override;

 private:
  std::vector<PasswdEntry> accounts_;
  std::vector<GroupEntry> groups_;
};

}  // namespace portcullis
