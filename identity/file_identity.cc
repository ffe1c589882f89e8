// SPDX-License-Identifier: Apache-2.0
#include "identity/file_identity.h"

#include <fmt/core.h>

#include <charconv>

namespace portcullis {
namespace {

constexpr uint32_t kMaxVersionPart = 65535;

Unexpected RefuseVersion(std::string_view why) {
  return Fail(ErrorCode::kMalformed,
              fmt::format("version: {}; four numbers with dots between are allowed", why));
}

}  // namespace

Result<FileVersion> FileVersion::Parse(std::string_view text) {
  uint64_t packed = 0;
  for (int part = 0; part < 4; ++part) {
    if (part > 0) {
      if (!text.starts_with('.')) return RefuseVersion(fmt::format("{} parts only", part));
      text.remove_prefix(1);
    }
    uint32_t value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc::invalid_argument) return RefuseVersion("a part is not a number");
    if (error == std::errc::result_out_of_range || value > kMaxVersionPart) {
      return Fail(ErrorCode::kLimitExceeded,
                  fmt::format("version: part {} is over {}", part + 1, kMaxVersionPart));
    }
    text.remove_prefix(static_cast<size_t>(stop - text.data()));
    packed = packed << 16 | value;
  }
  if (!text.empty()) return RefuseVersion("something follows the fourth part");
  return FileVersion{packed};
}

std::string FileVersion::ToString() const {
  return fmt::format("{}.{}.{}.{}", packed >> 48, packed >> 32 & 0xFFFF, packed >> 16 & 0xFFFF,
                     packed & 0xFFFF);
}

const char* ToString(FileKind kind) {
  switch (kind) {
    case FileKind::kUnknown:
      return "unknown";
    case FileKind::kEmpty:
      return "empty";
    case FileKind::kPe:
      return "pe";
    case FileKind::kNe:
      return "ne";
    case FileKind::kDos:
      return "dos";
    case FileKind::kElf:
      return "elf";
    case FileKind::kScript:
      return "script";
    case FileKind::kMsi:
      return "msi";
    case FileKind::kMsp:
      return "msp";
    case FileKind::kMst:
      return "mst";
    case FileKind::kCab:
      return "cab";
    case FileKind::kAppx:
      return "appx";
    case FileKind::kZip:
      return "zip";
    case FileKind::kCatalog:
      return "catalog";
    case FileKind::kDeb:
      return "deb";
    case FileKind::kRpm:
      return "rpm";
  }
  return "unknown";
}

const char* ToString(HashType type) {
  switch (type) {
    case HashType::kSha256:
      return "SHA256";
    case HashType::kSha256Flat:
      return "SHA256Flat";
    case HashType::kSha1:
      return "SHA1";
  }
  return "SHA256";
}

const char* ToString(HashForm form) { return form == HashForm::kFlat ? "flat" : "authenticode"; }

const char* ToString(SignatureStatus status) {
  switch (status) {
    case SignatureStatus::kUnsigned:
      return "unsigned";
    case SignatureStatus::kMalformed:
      return "malformed";
    case SignatureStatus::kBadDigest:
      return "bad-digest";
    case SignatureStatus::kRevoked:
      return "revoked";
    case SignatureStatus::kUntrusted:
      return "untrusted";
    case SignatureStatus::kExpired:
      return "expired";
    case SignatureStatus::kValid:
      return "valid";
  }
  return "malformed";
}

}  // namespace portcullis
