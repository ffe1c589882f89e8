// SPDX-License-Identifier: Apache-2.0
#include "identity/content_kind.h"

#include <algorithm>
#include <array>

#include "formats/appx/parts.h"
#include "formats/elf/elf_file.h"
#include "formats/pe/pe_file.h"
#include "formats/script/script.h"
#include "formats/zip/directory.h"

namespace portcullis {
namespace {

using namespace std::string_view_literals;

constexpr size_t kHeadSize = 128;

// Compound files serve many programs; Windows Installer's are known by the root storage's class.
constexpr std::string_view kCompoundFileMagic = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv;
constexpr uint64_t kSectorShiftOffset = 30;
constexpr uint64_t kFirstDirectorySectorOffset = 48;
constexpr uint64_t kRootClassOffset = 80;
constexpr std::string_view kInstallerClassTail = "\x0C\0\0\0\0\0\xC0\0\0\0\0\0\0\x46"sv;
constexpr std::array<uint8_t, 3> kInstallerClassHeads = {0x84, 0x86, 0x82};  // msi, msp, mst

constexpr std::array<std::string_view, 2> kPackageManifests = {appx::kManifestName,
                                                               appx::kBundleManifestName};

// The type of a certificate trust list's content, as it stands near the start of every catalog.
constexpr std::string_view kTrustListOid = "\x06\x09\x2B\x06\x01\x04\x01\x82\x37\x0A\x01"sv;

struct Magic {
  std::string_view bytes;
  FileKind kind;
};
constexpr std::array kMagics = {
    Magic{"MSCF\0\0\0\0"sv, FileKind::kCab},
    Magic{"!<arch>\ndebian-binary"sv, FileKind::kDeb},
    Magic{"\xED\xAB\xEE\xDB"sv, FileKind::kRpm},
};

bool HasExtension(std::string_view name, std::initializer_list<std::string_view> wanted) {
  const std::string_view extension = script::ExtensionOf(name);
  return std::ranges::any_of(
      wanted, [&](std::string_view entry) { return script::SameExtension(extension, entry); });
}

Result<ContentKind> ClassifyMz(const pe::MzHeader& header) {
  if (header.kind == pe::MzKind::kPe) return ContentKind{.kind = FileKind::kPe, .defect = ""};
  if (header.kind == pe::MzKind::kNe) {
    return ContentKind{.kind = FileKind::kNe,
                       .is_library = header.is_ne_library,
                       .is_program = !header.is_ne_library,
                       .defect = ""};
  }
  return ContentKind{.kind = FileKind::kDos, .is_program = true, .defect = ""};
}

Result<ContentKind> ClassifyElf(const ByteSource& source) {
  ContentKind content{.kind = FileKind::kElf, .defect = ""};
  const auto elf = elf::ElfFile::Parse(source);
  if (elf) {
    content.is_library = elf->is_library();
    content.is_program = elf->is_program();
    return content;
  }
  if (elf.error().code == ErrorCode::kIo) return Unexpected(elf.error());
  // The kernel may be less particular than we are.
  content.is_program = true;
  content.defect = elf.error().message;
  return content;
}

// True for a package of Windows Installer, by the class of the root storage.
Result<bool> HasInstallerClass(const ByteSource& source, Bytes head) {
  ByteReader reader(head, "compound file");
  if (!reader.Seek(kSectorShiftOffset)) return false;
  const auto shift = reader.Read<le16>();
  if (!shift || (*shift != 9 && *shift != 12)) return false;
  if (!reader.Seek(kFirstDirectorySectorOffset)) return false;
  const auto sector = reader.Read<le32>();
  if (!sector) return false;
  const uint64_t class_offset = ((uint64_t{*sector} + 1) << *shift) + kRootClassOffset;
  std::array<uint8_t, 16> class_id = {};
  if (class_offset > source.size() || source.size() - class_offset < class_id.size()) return false;
  TRY_VOID(source.ReadAt(class_offset, class_id));
  return std::ranges::find(kInstallerClassHeads, class_id[0]) != kInstallerClassHeads.end() &&
         class_id[1] == 0x10 && AsText(class_id).substr(2) == kInstallerClassTail;
}

Result<ContentKind> ClassifyCompoundFile(const ByteSource& source, Bytes head,
                                         std::string_view name) {
  const bool is_installer =
      TRY(HasInstallerClass(source, head)) || HasExtension(name, {"msi", "msp", "mst"});
  return ContentKind{.kind = is_installer ? FileKind::kMsi : FileKind::kUnknown, .defect = ""};
}

Result<ContentKind> ClassifyZip(const ByteSource& source, std::string_view name) {
  if (HasExtension(name, {"appx", "appxbundle", "msix", "msixbundle"})) {
    return ContentKind{.kind = FileKind::kAppx, .defect = ""};
  }
  const auto is_package = zip::HoldsAnyOf(source, kPackageManifests);
  if (!is_package && is_package.error().code == ErrorCode::kIo) {
    return Unexpected(is_package.error());
  }
  // A damaged archive is still one; nobody runs it.
  return ContentKind{.kind = is_package.value_or(false) ? FileKind::kAppx : FileKind::kZip,
                     .defect = ""};
}

// What no content says: batch files, scripts without an interpreter line, DOS programs of bare
// code.
ContentKind ClassifyByName(std::string_view name) {
  const std::string_view extension = script::ExtensionOf(name);
  if (script::IsScriptExtension(extension)) return {.kind = FileKind::kScript, .defect = ""};
  if (script::SameExtension(extension, "com")) {
    return {.kind = FileKind::kDos, .is_program = true, .defect = ""};
  }
  return {};
}

}  // namespace

Result<ContentKind> ClassifyContent(const ByteSource& source, std::string_view name) {
  if (source.size() == 0) return ContentKind{.kind = FileKind::kEmpty, .defect = ""};
  const auto head = TRY(source.Copy(0, std::min<uint64_t>(source.size(), kHeadSize), kHeadSize));
  const std::string_view text = AsText(head);

  const auto mz = TRY(pe::ReadMzHeader(source));
  if (mz.kind != pe::MzKind::kNotMz) return ClassifyMz(mz);
  if (elf::IsElf(head)) return ClassifyElf(source);
  if (script::HasInterpreterLine(head)) {
    return ContentKind{.kind = FileKind::kScript, .is_program = true, .defect = ""};
  }
  if (text.starts_with(kCompoundFileMagic)) return ClassifyCompoundFile(source, head, name);
  if (zip::IsZip(head)) return ClassifyZip(source, name);
  if (appx::IsEncrypted(head)) return ContentKind{.kind = FileKind::kAppx, .defect = ""};
  for (const Magic& magic : kMagics) {
    if (text.starts_with(magic.bytes)) return ContentKind{.kind = magic.kind, .defect = ""};
  }
  if (text.starts_with("\x30") && text.find(kTrustListOid) != std::string_view::npos) {
    return ContentKind{.kind = FileKind::kCatalog, .defect = ""};
  }
  return ClassifyByName(name);
}

}  // namespace portcullis
