// SPDX-License-Identifier: Apache-2.0
// What a host means by Windows' words: the macro table and the accounts that stand for groups.
//
// Shape:   lines `NAME = VALUE`; `#` begins a comment line. A macro or a list stands once a value:
//              %SYSTEM32% = /usr/bin
//              %SYSTEM32% = C:\Windows\System32
//              administrator-group = sudo
//              %USERPROFILE% = /home/*
//          A value of a macro that begins with `/` is a directory of this host, every other a
//          Windows path. What the text names replaces the default wholly, also by nothing
//          (`%HOT% =`); what it does not name keeps it. Variables are those of
//          host/path_variables.h.
// Limits:  those of config_lines.h; every path is compared with each value.
// Errors:  kMalformed with the line: an unknown name, a directory that is not absolute, a repeated
//          single value.
// Threads: a value.
// Source:  docs/linux-paths.md has the table and its reasons.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "host/config_lines.h"

namespace portcullis {

inline constexpr const char* kDefaultHostConfig = "/etc/portcullis/host.conf";

// A macro and what it stands for, in the order of the table.
struct PathMacro {
  std::string name;                      // "%WINDIR%", percent signs and upper case
  std::vector<std::string> directories;  // of this host; "" is the root, no slash at the end
  std::vector<std::string> windows;      // `C:\Windows`, no backslash at the end

  friend bool operator==(const PathMacro&, const PathMacro&) = default;
};

// A variable of path rules of Software Restriction Policies, or a registry value, and the paths it
// stands for.
struct PathVariable {
  std::string name;  // without percent signs, upper case
  std::vector<std::string> values;

  friend bool operator==(const PathVariable&, const PathVariable&) = default;
};

enum class AdministratorView : uint8_t {
  kLinked,        // not elevated, but programs see the linked token's groups
  kElevatedOnly,  // an administrator who is not elevated is none, for programs too
};

struct HostConfig {
  std::vector<PathMacro> macros;
  std::vector<PathVariable> variables;  // those that are named; host/path_variables.h has the rest
  std::vector<std::string> network_file_systems;
  std::vector<std::string> administrator_groups;
  AdministratorView administrators = AdministratorView::kLinked;
  uint32_t first_user_id = 1000;
  uint32_t nobody_id = 65534;

  static HostConfig Default();
  static Result<HostConfig> Parse(std::string_view text);

  const PathMacro* Find(std::string_view macro) const;
  friend bool operator==(const HostConfig&, const HostConfig&) = default;
};

// `X:`, `\\server` or `%MACRO%` at the front: a path of Windows, not of this host.
bool IsWindowsPath(std::string_view path);

}  // namespace portcullis
