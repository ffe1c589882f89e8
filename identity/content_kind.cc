// SPDX-License-Identifier: Apache-2.0
#include "identity/content_kind.h"

#include <algorithm>
#include <array>

#include "formats/appx/parts.h"
#include "formats/cfb/compound_file.h"
#include "formats/elf/elf_file.h"
#include "formats/msi/installer.h"
#include "formats/pe/pe_file.h"
#include "formats/script/script.h"
#include "formats/zip/directory.h"

namespace portcullis {
namespace {

using namespace std::string_view_literals;

constexpr size_t kHeadSize = 128;

// Compound files serve many programs; Windows Installer's are known by the root storage's class.
constexpr uint64_t kSectorShiftOffset = 30;
constexpr uint64_t kFirstDirectorySectorOffset = 48;
constexpr uint64_t kRootClassOffset = 80;

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

FileKind KindOf(msi::InstallerKind kind) {
  switch (kind) {
    case msi::InstallerKind::kPackage:
      return FileKind::kMsi;
    case msi::InstallerKind::kPatch:
      return FileKind::kMsp;
    case msi::InstallerKind::kTransform:
      return FileKind::kMst;
  }
  return FileKind::kMsi;
}

// By the class of the root storage; kUnknown for that of another program's file.
Result<FileKind> KindOfRootClass(const ByteSource& source, Bytes head) {
  ByteReader reader(head, "compound file");
  if (!reader.Seek(kSectorShiftOffset)) return FileKind::kUnknown;
  const auto shift = reader.Read<le16>();
  if (!shift || (*shift != 9 && *shift != 12)) return FileKind::kUnknown;
  if (!reader.Seek(kFirstDirectorySectorOffset)) return FileKind::kUnknown;
  const auto sector = reader.Read<le32>();
  if (!sector) return FileKind::kUnknown;
  const uint64_t class_offset = ((uint64_t{*sector} + 1) << *shift) + kRootClassOffset;
  std::array<uint8_t, 16> class_id = {};
  if (class_offset > source.size() || source.size() - class_offset < class_id.size()) {
    return FileKind::kUnknown;
  }
  TRY_VOID(source.ReadAt(class_offset, class_id));
  const auto kind = msi::KindOfClass(class_id);
  return kind ? KindOf(*kind) : FileKind::kUnknown;
}

Result<ContentKind> ClassifyCompoundFile(const ByteSource& source, Bytes head,
                                         std::string_view name) {
  FileKind kind = TRY(KindOfRootClass(source, head));
  if (kind == FileKind::kUnknown && HasExtension(name, {"msi"})) kind = FileKind::kMsi;
  if (kind == FileKind::kUnknown && HasExtension(name, {"msp"})) kind = FileKind::kMsp;
  if (kind == FileKind::kUnknown && HasExtension(name, {"mst"})) kind = FileKind::kMst;
  return ContentKind{.kind = kind, .defect = ""};
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
  if (cfb::IsCompoundFile(head)) return ClassifyCompoundFile(source, head, name);
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
