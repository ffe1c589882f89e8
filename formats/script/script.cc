// SPDX-License-Identifier: Apache-2.0
#include "formats/script/script.h"

#include <algorithm>
#include <array>

namespace portcullis::script {
namespace {

// Who runs a script of an extension.
enum class Runner : uint8_t {
  kWindowsHost,  // a script host of Windows, which asks AppLocker
  kUnasked,      // a program of Windows that asks nobody
  kLinux,        // an interpreter of Linux; on Windows nobody asks about these
};

struct Extension {
  std::string_view name;
  Runner runner = Runner::kLinux;
  std::optional<SignatureForm> signature = {};
};

constexpr std::array kExtensions = {
    // PowerShell
    Extension{"ps1", Runner::kWindowsHost, SignatureForm::kPowerShell},
    Extension{"psm1", Runner::kWindowsHost, SignatureForm::kPowerShell},
    Extension{"psd1", Runner::kWindowsHost, SignatureForm::kPowerShell},
    Extension{"ps1xml", Runner::kWindowsHost, SignatureForm::kPowerShellXml},
    Extension{"psc1", Runner::kWindowsHost, SignatureForm::kPowerShellXml},
    Extension{"cdxml", Runner::kWindowsHost, SignatureForm::kPowerShellXml},
    Extension{"pssc", Runner::kWindowsHost},
    Extension{"psrc", Runner::kWindowsHost},
    // Windows Script Host; an encoded script (vbe, jse) ends in the same block as a plain one
    Extension{"vbs", Runner::kWindowsHost, SignatureForm::kVbScript},
    Extension{"vbe", Runner::kWindowsHost, SignatureForm::kVbScript},
    Extension{"js", Runner::kWindowsHost, SignatureForm::kJScript},
    Extension{"jse", Runner::kWindowsHost, SignatureForm::kJScript},
    Extension{"wsf", Runner::kWindowsHost, SignatureForm::kWindowsScript},
    Extension{"wsc", Runner::kWindowsHost},
    Extension{"sct", Runner::kWindowsHost},
    // cmd.exe
    Extension{"bat", Runner::kWindowsHost},
    Extension{"cmd", Runner::kWindowsHost},
    // The managed object format
    Extension{"mof", Runner::kUnasked, SignatureForm::kManagedObject},
    // Linux
    Extension{"sh"},
    Extension{"bash"},
    Extension{"dash"},
    Extension{"ksh"},
    Extension{"zsh"},
    Extension{"fish"},
    Extension{"csh"},
    Extension{"py"},
    Extension{"pyw"},
    Extension{"pl"},
    Extension{"pm"},
    Extension{"rb"},
    Extension{"php"},
    Extension{"lua"},
    Extension{"tcl"},
    Extension{"awk"},
    Extension{"sed"},
    Extension{"r"},
    Extension{"mjs"},
    Extension{"cjs"},
};

const Extension* Find(std::string_view extension) {
  const auto* const found = std::ranges::find_if(
      kExtensions, [&](const Extension& entry) { return SameExtension(extension, entry.name); });
  return found == kExtensions.end() ? nullptr : found;
}

bool IsRunBy(Runner runner, std::string_view extension) {
  const Extension* const found = Find(extension);
  return found != nullptr && found->runner == runner;
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

bool IsScriptExtension(std::string_view extension) { return Find(extension) != nullptr; }

bool IsWindowsScriptExtension(std::string_view extension) {
  return IsRunBy(Runner::kWindowsHost, extension);
}

bool IsUnaskedExtension(std::string_view extension) { return IsRunBy(Runner::kUnasked, extension); }

std::optional<SignatureForm> SignatureFormOf(std::string_view extension) {
  const Extension* const found = Find(extension);
  return found == nullptr ? std::nullopt : found->signature;
}

bool CanBeSigned(std::string_view extension) { return SignatureFormOf(extension).has_value(); }

}  // namespace portcullis::script
