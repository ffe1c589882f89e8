// SPDX-License-Identifier: Apache-2.0
#include "formats/script/script.h"

#include <algorithm>
#include <array>

namespace portcullis::script {
namespace {

// Hosts of these read a signature block in a comment at the end of the file.
constexpr std::array<std::string_view, 15> kSignable = {
    // PowerShell
    "ps1", "psm1", "psd1", "ps1xml", "psc1", "pssc", "psrc", "cdxml",
    // Windows Script Host
    "vbs", "vbe", "js", "jse", "wsf", "wsc", "sct"};
// Signed like a script, but no script host asks about it.
constexpr std::string_view kManagedObjectFormat = "mof";
// cmd.exe's have no place for one.
constexpr std::array<std::string_view, 2> kBatch = {"bat", "cmd"};
// Interpreters of Linux; on Windows no script host asks about these.
constexpr std::array<std::string_view, 20> kLinux = {
    "sh", "bash", "dash", "ksh", "zsh", "fish", "csh", "py", "pyw", "pl",
    "pm", "rb",   "php",  "lua", "tcl", "awk",  "sed", "r",  "mjs", "cjs"};

bool Holds(auto const& table, std::string_view extension) {
  return std::ranges::any_of(
      table, [&](std::string_view entry) { return SameExtension(extension, entry); });
}

}  // namespace

bool HasInterpreterLine(Bytes head) { return head.size() >= 2 && head[0] == '#' && head[1] == '!'; }

std::string_view ExtensionOf(std::string_view name) {
  const size_t slash = name.find_last_of("/\\");
  if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
  const size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return {};
  return name.substr(dot + 1);
}

bool SameExtension(std::string_view extension, std::string_view wanted) {
  return std::ranges::equal(extension, wanted, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

bool IsScriptExtension(std::string_view extension) {
  return IsWindowsScriptExtension(extension) || Holds(kLinux, extension) ||
         IsUnaskedExtension(extension);
}

bool IsWindowsScriptExtension(std::string_view extension) {
  return Holds(kSignable, extension) || Holds(kBatch, extension);
}

bool IsUnaskedExtension(std::string_view extension) {
  return SameExtension(extension, kManagedObjectFormat);
}

bool CanBeSigned(std::string_view extension) {
  return Holds(kSignable, extension) || IsUnaskedExtension(extension);
}

}  // namespace portcullis::script
