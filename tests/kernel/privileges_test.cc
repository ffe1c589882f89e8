// SPDX-License-Identifier: Apache-2.0
// What each process of the running service holds, against the table in docs/enforcement.md.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "tests/kernel/program_bytes.h"
#include "tests/kernel/run_program.h"
#include "tests/kernel/service_under_test.h"

namespace portcullis::testing {
namespace {

constexpr unsigned kSeconds = 100;

struct Row {
  std::string user, capabilities, seccomp, descriptors;
};

std::string Trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(' ');
  return first == std::string::npos ? ""
                                    : text.substr(first, text.find_last_not_of(' ') + 1 - first);
}

std::map<std::string, Row> Table() {
  std::istringstream page(ReadWholeFile("docs/enforcement.md"));
  std::map<std::string, Row> table;
  std::string line;
  while (std::getline(page, line) && line.find("The privileges of each process") == line.npos) {
  }
  for (int i = 0; i < 3; ++i) std::getline(page, line);  // a blank line and the table's head
  while (std::getline(page, line) && line.starts_with('|')) {
    std::vector<std::string> cells;
    std::istringstream in(line);
    std::string cell;
    while (std::getline(in, cell, '|')) cells.push_back(Trimmed(cell));
    if (cells.size() == 6) table[cells[1]] = {cells[2], cells[3], cells[4], cells[5]};
  }
  return table;
}

// A line of /proc/PID/status.
std::string Status(pid_t pid, const std::string& name) {
  std::istringstream lines(ReadWholeFile(fmt::format("/proc/{}/status", pid)));
  std::string line;
  while (std::getline(lines, line)) {
    if (line.starts_with(name + ":\t")) return line.substr(name.size() + 2);
  }
  return "";
}

std::vector<std::string> Descriptors(pid_t pid) {
  std::vector<std::string> held;
  for (const auto& entry : std::filesystem::directory_iterator(fmt::format("/proc/{}/fd", pid))) {
    held.push_back(std::filesystem::read_symlink(entry).string());
  }
  return held;
}

bool HasUser(pid_t pid, const std::string& user) {
  const uid_t uid = static_cast<uid_t>(std::stoul(Status(pid, "Uid")));
  const passwd* const account = getpwnam("portcullis");
  if (user == "root") return uid == 0;
  if (user == "portcullis, else root") return uid == (account == nullptr ? 0 : account->pw_uid);
  return user == "nobody's" && getpwuid(uid) == nullptr;
}

bool HasCapabilities(pid_t pid, const std::string& row) {
  if (row == "the service's") return Status(pid, "CapEff") != "0000000000000000";
  const std::string none(16, '0');
  const std::string kept = row == "setuid" ? "0000000000000080" : none;
  for (const char* set : {"CapInh", "CapBnd", "CapAmb"}) {
    if (Status(pid, set) != none) return false;
  }
  return Status(pid, "CapPrm") == kept && Status(pid, "CapEff") == kept &&
         Status(pid, "NoNewPrivs") == "1";
}

bool HasDescriptors(pid_t pid, const std::string& row, const std::string& state) {
  size_t sockets = 0, null = 0, files = 0, others = 0;
  for (const std::string& held : Descriptors(pid)) {
    if (held.starts_with("socket:")) {
      ++sockets;
    } else if (held == "/dev/null") {
      ++null;
    } else if (held.starts_with(state)) {
      ++files;
    } else {
      ++others;
    }
  }
  if (row == "any") return true;
  if (row == "1 socket") return sockets == 1 && null + files + others == 0;
  if (row == "/dev/null, 2 sockets") return sockets == 2 && null == 3 && files + others == 0;
  return row == "/dev/null, 3 sockets, files of its store and sinks" && sockets == 3 && null == 3 &&
         others == 0;
}

TEST(Privileges, AreThoseOfTheTable) {
  if (const std::string why = WhyNoKernelTests(); !why.empty()) GTEST_SKIP() << why;
  auto mounts = PrivateMounts::Enter(kSeconds);
  ASSERT_TRUE(mounts) << mounts.error().message;
  const auto root = mounts->Mount("tmpfs");
  ASSERT_TRUE(root) << root.error().message;
  WriteProgram(*root + "/good", TinyProgram());
  auto service =
      ServiceUnderTest::Start(*mounts, {ExePolicy(HashRule("Allow", Sha256Of(*root + "/good"))),
                                        {*root},
                                        "tell-user = desktop\n",
                                        {}});
  ASSERT_TRUE(service) << service.error().message;
  EXPECT_TRUE(RunProgram({*root + "/good"}).ran());
  for (int i = 0; i < 100 && !std::filesystem::exists((*service)->StorePath()); ++i)
    usleep(100'000);
  const auto table = Table();
  const std::string state = std::filesystem::path((*service)->StorePath()).parent_path();
  std::map<std::string, int> seen;
  for (const pid_t pid : (*service)->Processes()) {
    const std::string name = Trimmed(Status(pid, "Name"));
    ++seen[name];
    ASSERT_TRUE(table.contains(name)) << name;
    const Row& row = table.at(name);
    EXPECT_TRUE(HasUser(pid, row.user)) << name << Status(pid, "Uid");
    EXPECT_TRUE(HasCapabilities(pid, row.capabilities)) << name << Status(pid, "CapEff");
    EXPECT_EQ(Status(pid, "Seccomp"), row.seccomp == "filter" ? "2" : "0") << name;
    EXPECT_TRUE(HasDescriptors(pid, row.descriptors, state))
        << name << ::testing::PrintToString(Descriptors(pid));
  }
  for (const auto& [name, row] : table) EXPECT_GE(seen[name], 1) << name;
}

}  // namespace
}  // namespace portcullis::testing
