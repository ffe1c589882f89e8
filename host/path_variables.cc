// SPDX-License-Identifier: Apache-2.0
#include "host/path_variables.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/utf.h"

namespace portcullis {
namespace {

using Values = std::vector<std::string>;

// A row stands for folders of the macro table, with a text behind each, and for what is listed
// besides.
struct Row {
  std::string_view name;
  std::string_view macro;      // empty: none
  std::array<int, 2> windows;  // which of the macro's Windows folders; -1 for none
  std::string_view behind;     // of the Windows folders; the host's are left out where it is there
  std::array<std::string_view, 4> others;
};

constexpr std::array<int, 2> kNone = {-1, -1};
constexpr std::array<int, 2> kFirst = {0, -1};
constexpr std::array<int, 2> kLast = {1, -1};

constexpr std::string_view kCurrentVersion =
    "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\";
constexpr std::string_view kShellFolders =
    "HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\Shell Folders\\";

constexpr Row kVariables[] = {
    {"SYSTEMROOT", "%WINDIR%", kFirst, "", {}},
    {"WINDIR", "%WINDIR%", kFirst, "", {}},
    {"SYSTEMDRIVE", "%OSDRIVE%", kFirst, "", {}},
    {"HOMEDRIVE", "%OSDRIVE%", kFirst, "", {}},
    {"PROGRAMFILES", "%PROGRAMFILES%", kFirst, "", {}},
    {"PROGRAMW6432", "%PROGRAMFILES%", kFirst, "", {}},
    {"PROGRAMFILES(X86)", "%PROGRAMFILES%", kLast, "", {}},
    {"COMMONPROGRAMFILES", "%PROGRAMFILES%", kFirst, "\\Common Files", {}},
    {"COMMONPROGRAMW6432", "%PROGRAMFILES%", kFirst, "\\Common Files", {}},
    {"COMMONPROGRAMFILES(X86)", "%PROGRAMFILES%", kLast, "\\Common Files", {}},
    {"PROGRAMDATA", "", kNone, "", {"C:\\ProgramData"}},
    {"ALLUSERSPROFILE", "", kNone, "", {"C:\\ProgramData"}},
    {"PUBLIC", "", kNone, "", {"C:\\Users\\Public"}},
    {"USERPROFILE", "", kNone, "", {"/home/*", "/root", "C:\\Users\\*"}},
    {"APPDATA", "", kNone, "", {"/home/*/.config", "C:\\Users\\*\\AppData\\Roaming"}},
    {"LOCALAPPDATA", "", kNone, "", {"/home/*/.local", "C:\\Users\\*\\AppData\\Local"}},
    {"TEMP", "", kNone, "", {"/tmp", "/var/tmp", "C:\\Users\\*\\AppData\\Local\\Temp"}},
    {"TMP", "", kNone, "", {"/tmp", "/var/tmp", "C:\\Users\\*\\AppData\\Local\\Temp"}},
};
// Values of the registry, below the keys above.
constexpr Row kOfTheMachine[] = {
    {"ProgramFilesDir", "%PROGRAMFILES%", kFirst, "", {}},
    {"ProgramW6432Dir", "%PROGRAMFILES%", kFirst, "", {}},
    {"ProgramFilesDir (x86)", "%PROGRAMFILES%", kLast, "", {}},
    {"CommonFilesDir", "%PROGRAMFILES%", kFirst, "\\Common Files", {}},
    {"CommonW6432Dir", "%PROGRAMFILES%", kFirst, "\\Common Files", {}},
    {"CommonFilesDir (x86)", "%PROGRAMFILES%", kLast, "\\Common Files", {}},
};
constexpr Row kOfTheUser[] = {
    {"AppData", "", kNone, "", {"/home/*/.config", "C:\\Users\\*\\AppData\\Roaming"}},
    {"Local AppData", "", kNone, "", {"/home/*/.local", "C:\\Users\\*\\AppData\\Local"}},
    {"Desktop", "", kNone, "", {"/home/*/Desktop", "C:\\Users\\*\\Desktop"}},
    {"Personal", "", kNone, "", {"/home/*/Documents", "C:\\Users\\*\\Documents"}},
};
constexpr Row kSystemRoot = {
    "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\SystemRoot",
    "%WINDIR%",
    kFirst,
    "",
    {}};

void AddMacro(const PathMacro& macro, const Row& row, Values& values) {
  if (row.behind.empty()) {
    for (const std::string& directory : macro.directories) {
      values.push_back(directory.empty() ? "/" : directory);  // the root
    }
  }
  for (const int wanted : row.windows) {
    if (wanted < 0 || macro.windows.empty()) continue;
    const size_t place = std::min(static_cast<size_t>(wanted), macro.windows.size() - 1);
    values.push_back(macro.windows[place] + std::string(row.behind));
  }
}

Values ValuesOf(const Row& row, const HostConfig& config) {
  Values values;
  const PathMacro* const macro = row.macro.empty() ? nullptr : config.Find(row.macro);
  if (macro != nullptr) AddMacro(*macro, row, values);
  for (const std::string_view other : row.others) {
    if (!other.empty()) values.emplace_back(other);
  }
  return values;
}

}  // namespace

srp::Environment PathEnvironment(const HostConfig& config) {
  srp::Environment environment;
  const auto add = [&](std::string_view key, const Row& row) {
    environment.Set(std::string(key) + std::string(row.name), ValuesOf(row, config));
  };
  for (const Row& row : kVariables) add("", row);
  for (const Row& row : kOfTheMachine) add(kCurrentVersion, row);
  for (const Row& row : kOfTheUser) add(kShellFolders, row);
  add("", kSystemRoot);
  for (const PathVariable& variable : config.variables) {
    environment.Set(variable.name, variable.values);
  }
  return environment;
}

bool IsPathVariable(std::string_view name) {
  const std::string upper = UpperCase(name);
  if (upper.starts_with("HK")) return upper.find('\\') != std::string::npos;
  return std::ranges::find(kVariables, upper, &Row::name) != std::end(kVariables);
}

}  // namespace portcullis
