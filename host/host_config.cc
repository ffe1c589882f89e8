// SPDX-License-Identifier: Apache-2.0
#include "host/host_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "base/utf.h"
#include "host/path_variables.h"

namespace portcullis {
namespace {

constexpr std::string_view kMacroNames[] = {"%SYSTEM32%", "%WINDIR%",    "%PROGRAMFILES%",
                                            "%OSDRIVE%",  "%REMOVABLE%", "%HOT%"};

// One run over the lines; remembers what was named, so that the first naming clears the default.
class Parser {
 public:
  Parser() : config_(HostConfig::Default()) {}

  Result<void> Line(const ConfigLine& line) {
    return line.name.starts_with('%') ? Macro(line) : Setting(line);
  }

  HostConfig Take() { return std::move(config_); }

 private:
  bool IsFirst(const std::string& name) { return seen_.insert(name).second; }

  Result<void> Macro(const ConfigLine& line) {
    const std::string name = UpperCase(line.name);
    const auto macro = std::ranges::find(config_.macros, name, &PathMacro::name);
    if (macro == config_.macros.end()) return Variable(line);
    if (IsFirst(name)) *macro = PathMacro{name, {}, {}};
    std::string value = line.value;
    if (value.empty()) return {};
    if (value.front() == '/') {
      while (!value.empty() && value.back() == '/') value.pop_back();
      macro->directories.push_back(std::move(value));
      return {};
    }
    if (value.front() == '%' || !IsWindowsPath(value)) {
      return MalformedLine(line,
                           fmt::format("{} is neither an absolute directory nor a Windows path",
                                       ShownInConfig(value)));
    }
    while (value.back() == '\\') value.pop_back();
    macro->windows.push_back(std::move(value));
    return {};
  }

  // Of path rules of Software Restriction Policies. A macro of that name gives it its values.
  Result<void> Variable(const ConfigLine& line) {
    const size_t end = line.name.size() - 1;
    const std::string name = end > 0 ? line.name.substr(1, end - 1) : "";
    if (!line.name.ends_with('%') || !IsPathVariable(name)) {
      return MalformedLine(line,
                           fmt::format("no macro {}; known are {}, the variables of path rules "
                                       "and registry values",
                                       ShownInConfig(line.name), fmt::join(kMacroNames, ", ")));
    }
    const std::string upper = UpperCase(name);
    if (IsFirst(upper)) config_.variables.push_back({upper, {}});
    const auto variable = std::ranges::find(config_.variables, upper, &PathVariable::name);
    if (!line.value.empty()) variable->values.push_back(line.value);
    return {};
  }

  Result<void> Setting(const ConfigLine& line) {
    if (line.name == "network-file-system") return List(config_.network_file_systems, line);
    if (line.name == "administrator-group") return List(config_.administrator_groups, line);
    if (!IsFirst(line.name)) {
      return MalformedLine(line, fmt::format("{} is set a second time", ShownInConfig(line.name)));
    }
    if (line.name == "administrators") return Administrators(line);
    if (line.name == "first-user-id") return Number(config_.first_user_id, line);
    if (line.name == "nobody-id") return Number(config_.nobody_id, line);
    return MalformedLine(line, fmt::format("no setting {}; known are administrators, "
                                           "administrator-group, first-user-id, nobody-id, "
                                           "network-file-system and the macros",
                                           ShownInConfig(line.name)));
  }

  Result<void> List(std::vector<std::string>& list, const ConfigLine& line) {
    if (IsFirst(line.name)) list.clear();
    if (!line.value.empty()) list.push_back(line.value);
    return {};
  }

  Result<void> Administrators(const ConfigLine& line) {
    if (line.value != "linked" && line.value != "elevated-only") {
      return MalformedLine(line, fmt::format("administrators is {}; allowed are linked and "
                                             "elevated-only",
                                             ShownInConfig(line.value)));
    }
    config_.administrators =
        line.value == "linked" ? AdministratorView::kLinked : AdministratorView::kElevatedOnly;
    return {};
  }

  static Result<void> Number(uint32_t& target, const ConfigLine& line) {
    target = TRY(ConfigNumber(line, 0, std::numeric_limits<uint32_t>::max()));
    return {};
  }

  HostConfig config_;
  std::set<std::string> seen_;
};

bool IsAsciiLetter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

}  // namespace

HostConfig HostConfig::Default() {
  HostConfig config;
  // The most specific first: the order in which a path is shown.
  config.macros = {
      {"%SYSTEM32%",
       {"/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libexec"},
       {"C:\\Windows\\System32", "C:\\Windows\\SysWOW64"}},
      {"%WINDIR%", {"/usr"}, {"C:\\Windows"}},
      {"%PROGRAMFILES%", {"/opt", "/usr/local"}, {"C:\\Program Files", "C:\\Program Files (x86)"}},
      {"%OSDRIVE%", {""}, {"C:"}},
      {"%REMOVABLE%", {}, {}},
      {"%HOT%", {}, {}},
  };
  config.network_file_systems = {
      "9p",        "afs",        "beegfs",     "ceph",      "cifs",           "coda",
      "davfs",     "fuse.ceph",  "fuse.davfs", "fuse.cifs", "fuse.glusterfs", "fuse.rclone",
      "fuse.s3fs", "fuse.sshfs", "gfs2",       "glusterfs", "lustre",         "ncpfs",
      "nfs",       "nfs4",       "ocfs2",      "orangefs",  "pvfs2",          "smb3",
      "smbfs",     "virtiofs"};
  config.administrator_groups = {"sudo", "wheel"};
  return config;
}

Result<HostConfig> HostConfig::Parse(std::string_view text) {
  Parser parser;
  TRY_VOID(ForEachConfigLine(text, [&](const ConfigLine& line) { return parser.Line(line); }));
  return parser.Take();
}

const PathMacro* HostConfig::Find(std::string_view macro) const {
  const auto found = std::ranges::find(macros, macro, &PathMacro::name);
  return found == macros.end() ? nullptr : &*found;
}

bool IsWindowsPath(std::string_view path) {
  if (path.size() >= 2 && IsAsciiLetter(path[0]) && path[1] == ':') {
    return path.size() == 2 || path[2] == '\\' || path[2] == '/';
  }
  if (path.starts_with("\\\\")) return path.size() > 2 && path[2] != '\\' && path[2] != '/';
  // A macro before a path of this host (`%WINDIR%/bin/ls`) is not Windows'.
  const size_t end = path.starts_with('%') ? path.find('%', 1) : std::string_view::npos;
  return end != std::string_view::npos && end > 1 &&
         (end + 1 == path.size() || path[end + 1] == '\\');
}

}  // namespace portcullis
