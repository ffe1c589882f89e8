// SPDX-License-Identifier: Apache-2.0
#include "formats/appx/parts.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/quote.h"
#include "base/utf.h"

namespace portcullis::appx {
namespace {

Unexpected BadName(std::string_view name, std::string_view what) {
  return Fail(ErrorCode::kMalformed, fmt::format("package: the name {} {}", Quote(name), what));
}

Result<std::string> PercentDecoded(std::string_view name) {
  std::string decoded;
  for (size_t i = 0; i < name.size(); ++i) {
    if (name[i] != '%') {
      decoded += name[i];
      continue;
    }
    const auto byte = FromHex(name.substr(i + 1, 2));
    if (!byte || byte->size() != 1) return BadName(name, "has a % without two digits");
    decoded += *byte;
    i += 2;
  }
  return decoded;
}

Result<void> CheckFolders(std::string_view name, std::string_view decoded) {
  while (!decoded.empty()) {
    const size_t end = std::min(decoded.find('/'), decoded.size());
    const std::string_view folder = decoded.substr(0, end);
    if (folder.empty()) return BadName(name, "is absolute or has an empty folder");
    if (folder == "." || folder == "..") return BadName(name, "leads out of its folder");
    decoded.remove_prefix(std::min(end + 1, decoded.size()));
  }
  return {};
}

Result<std::string> Decoded(std::string_view name) {
  std::string decoded = TRY(PercentDecoded(name));
  if (decoded.empty()) return BadName(name, "is empty");
  if (decoded.find('\0') != std::string::npos) return BadName(name, "holds a NUL");
  if (decoded.find_first_of("\\:") != std::string::npos) return BadName(name, "holds a \\ or a :");
  if (!IsValidUtf8(decoded)) return BadName(name, "is not UTF-8");
  TRY_VOID(CheckFolders(name, decoded));
  return decoded;
}

constexpr std::string_view kEncryptedBundle = "EXBH";
constexpr std::array<std::string_view, 3> kEncryptedWords = {"EXPH", "EXSH", kEncryptedBundle};

}  // namespace

bool IsEncrypted(Bytes head) {
  const std::string_view text = AsText(head).substr(0, kEncryptedHeadBytes);
  return text.size() == kEncryptedHeadBytes && text.find('\0') != std::string_view::npos &&
         std::ranges::any_of(kEncryptedWords,
                             [&](std::string_view word) { return text.starts_with(word); });
}

bool IsEncryptedBundle(Bytes head) {
  return IsEncrypted(head) && AsText(head).starts_with(kEncryptedBundle);
}

Result<Parts> Parts::Index(const zip::Directory& directory) {
  Parts parts;
  parts.by_name_.reserve(directory.entries().size());
  for (const zip::Entry& entry : directory.entries()) {
    const std::string name = TRY(Decoded(entry.name));
    if (name.ends_with('/') && entry.size == 0) continue;
    if (!parts.by_name_.emplace(UpperCase(name), &entry).second) {
      return BadName(entry.name, "stands in it twice");
    }
    parts.files_.push_back(&entry);
  }
  return parts;
}

const zip::Entry* Parts::Find(std::string_view name) const {
  std::string key = UpperCase(name);
  std::ranges::replace(key, '\\', '/');
  const auto found = by_name_.find(key);
  return found == by_name_.end() ? nullptr : found->second;
}

}  // namespace portcullis::appx
