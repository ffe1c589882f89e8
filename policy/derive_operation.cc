// SPDX-License-Identifier: Apache-2.0
#include "policy/derive_operation.h"

#include <string>

#include "base/utf.h"
#include "formats/script/script.h"

namespace portcullis {
namespace {

struct ExtensionOperation {
  std::string_view extension;
  Operation operation;
};

constexpr ExtensionOperation kExtensions[] = {
    {".EXE", Operation::kExecute},
    {".COM", Operation::kExecute},
    {".DLL", Operation::kLoad},
    {".OCX", Operation::kLoad},
    {".PS1", Operation::kScript},
    {".PSM1", Operation::kScript},
    {".PSD1", Operation::kScript},
    {".BAT", Operation::kScript},
    {".CMD", Operation::kScript},
    {".VBS", Operation::kScript},
    {".VBE", Operation::kScript},
    {".JS", Operation::kScript},
    {".JSE", Operation::kScript},
    {".WSF", Operation::kScript},
    {".MSI", Operation::kInstall},
    {".MSP", Operation::kInstall},
    {".MST", Operation::kInstall},
    {".APPX", Operation::kPackage},
    {".MSIX", Operation::kPackage},
    {".APPXBUNDLE", Operation::kPackage},
    {".MSIXBUNDLE", Operation::kPackage},
    {".EAPPX", Operation::kPackage},
    {".EMSIX", Operation::kPackage},
    {".EAPPXBUNDLE", Operation::kPackage},
    {".EMSIXBUNDLE", Operation::kPackage},
};

std::optional<Operation> OfExtension(std::string_view name) {
  const size_t separator = name.find_last_of("/\\");
  if (separator != std::string_view::npos) name.remove_prefix(separator + 1);
  const size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string extension = UpperCase(name.substr(dot));
  for (const ExtensionOperation& row : kExtensions) {
    if (row.extension == extension) return row.operation;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Operation> DeriveOperation(const FileIdentity& identity, std::string_view name,
                                         Platform platform) {
  switch (identity.kind) {
    case FileKind::kPe:
      // Whatever its name: process creation takes any image without the DLL flag.
      return identity.is_library ? Operation::kLoad : Operation::kExecute;
    case FileKind::kNe:
    case FileKind::kDos:
      // Neither format has a flag that is to be relied on.
      if (identity.is_library || OfExtension(name) == Operation::kLoad) return Operation::kLoad;
      return Operation::kExecute;
    case FileKind::kElf:
      if (identity.is_library) return Operation::kLoad;
      // An object file, a kernel module or a core is neither run nor loaded by a user.
      return identity.is_program ? std::optional(Operation::kExecute) : std::nullopt;
    case FileKind::kScript:
      if (script::IsUnaskedExtension(script::ExtensionOf(name))) return std::nullopt;
      if (platform == Platform::kWindows &&
          !script::IsWindowsScriptExtension(script::ExtensionOf(name))) {
        return std::nullopt;
      }
      return Operation::kScript;
    case FileKind::kMsi:
    case FileKind::kMsp:
    case FileKind::kMst:
      return Operation::kInstall;
    case FileKind::kAppx:
      return Operation::kPackage;
    default:
      return OfExtension(name);
  }
}

std::optional<std::string_view> JudgedInPlace(const FileIdentity& identity) {
  const bool runs_in_ntvdm = identity.kind == FileKind::kNe || identity.kind == FileKind::kDos;
  if (!runs_in_ntvdm) return std::nullopt;
  return R"(%SYSTEM32%\NTVDM.EXE)";
}

}  // namespace portcullis
