// SPDX-License-Identifier: Apache-2.0
#include "host/host_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "base/utf.h"

namespace portcullis {
namespace {

constexpr std::string_view kBlanks = " \t\r";
constexpr std::string_view kMacroNames[] = {"%SYSTEM32%", "%WINDIR%",    "%PROGRAMFILES%",
                                            "%OSDRIVE%",  "%REMOVABLE%", "%HOT%"};

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// Names in messages: what is not plain ASCII is shown as a question mark.
std::string Shown(std::string_view text) {
  std::string shown(text.substr(0, 40));
  for (char& c : shown) {
    if (c < 0x20 || c > 0x7E) c = '?';
  }
  return shown;
}

Unexpected Malformed(size_t line, std::string message) {
  return Fail(ErrorCode::kMalformed, fmt::format("line {}: {}", line, message));
}

// One run over the lines; remembers what was named, so that the first naming clears the default.
class Parser {
 public:
  Parser() : config_(HostConfig::Default()) {}

  Result<void> Line(std::string_view line, size_t number) {
    if (line.size() > kMaxConfigLine) {
      return Fail(ErrorCode::kLimitExceeded, fmt::format("line {}: {} bytes, at most {} are read",
                                                         number, line.size(), kMaxConfigLine));
    }
    line = Trim(line);
    if (line.empty() || line.front() == '#') return {};
    const size_t equals = line.find('=');
    if (equals == std::string_view::npos) return Malformed(number, "expected NAME = VALUE");
    const std::string name(Trim(line.substr(0, equals)));
    const std::string value(Trim(line.substr(equals + 1)));
    if (value.find('\0') != std::string::npos) return Malformed(number, "a NUL byte");
    if (++values_ > kMaxConfigValues) {
      return Fail(ErrorCode::kLimitExceeded,
                  fmt::format("line {}: more than {} values", number, kMaxConfigValues));
    }
    return name.starts_with('%') ? Macro(name, value, number) : Setting(name, value, number);
  }

  HostConfig Take() { return std::move(config_); }

 private:
  bool IsFirst(const std::string& name) { return seen_.insert(name).second; }

  Result<void> Macro(const std::string& written, std::string value, size_t number) {
    const std::string name = UpperCase(written);
    const auto macro = std::ranges::find(config_.macros, name, &PathMacro::name);
    if (macro == config_.macros.end()) {
      return Malformed(number, fmt::format("no macro {}; known are {}", Shown(written),
                                           fmt::join(kMacroNames, ", ")));
    }
    if (IsFirst(name)) *macro = PathMacro{name, {}, {}};
    if (value.empty()) return {};
    if (value.front() == '/') {
      while (!value.empty() && value.back() == '/') value.pop_back();
      macro->directories.push_back(std::move(value));
      return {};
    }
    if (value.front() == '%' || !IsWindowsPath(value)) {
      return Malformed(number, fmt::format("{} is neither an absolute directory nor a Windows path",
                                           Shown(value)));
    }
    while (value.back() == '\\') value.pop_back();
    macro->windows.push_back(std::move(value));
    return {};
  }

  Result<void> Setting(const std::string& name, const std::string& value, size_t number) {
    if (name == "network-file-system") return List(config_.network_file_systems, name, value);
    if (name == "administrator-group") return List(config_.administrator_groups, name, value);
    if (!IsFirst(name)) {
      return Malformed(number, fmt::format("{} is set a second time", Shown(name)));
    }
    if (name == "administrators") return Administrators(value, number);
    if (name == "first-user-id") return Number(config_.first_user_id, value, number);
    if (name == "nobody-id") return Number(config_.nobody_id, value, number);
    return Malformed(number, fmt::format("no setting {}; known are administrators, "
                                         "administrator-group, first-user-id, nobody-id, "
                                         "network-file-system and the macros",
                                         Shown(name)));
  }

  Result<void> List(std::vector<std::string>& list, const std::string& name,
                    const std::string& value) {
    if (IsFirst(name)) list.clear();
    if (!value.empty()) list.push_back(value);
    return {};
  }

  Result<void> Administrators(const std::string& value, size_t number) {
    if (value != "linked" && value != "elevated-only") {
      return Malformed(number, fmt::format("administrators is {}; allowed are linked and "
                                           "elevated-only",
                                           Shown(value)));
    }
    config_.administrators =
        value == "linked" ? AdministratorView::kLinked : AdministratorView::kElevatedOnly;
    return {};
  }

  static Result<void> Number(uint32_t& target, const std::string& value, size_t number) {
    const char* end = value.data() + value.size();
    const auto [stop, error] = std::from_chars(value.data(), end, target);
    if (error != std::errc() || stop != end) {
      return Malformed(number,
                       fmt::format("{} is not a number from 0 to 4294967295", Shown(value)));
    }
    return {};
  }

  HostConfig config_;
  std::set<std::string> seen_;
  size_t values_ = 0;
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
  if (text.size() > kMaxConfigBytes) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("{} bytes, at most {} are read", text.size(), kMaxConfigBytes));
  }
  Parser parser;
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    TRY_VOID(parser.Line(text.substr(0, end), number));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
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
