// SPDX-License-Identifier: Apache-2.0
// The files of a package by their names.
//
// Shape:   ZIP names are percent-encoded with / between folders; here they are decoded, and found
//          whatever their case, as Windows has it.
// Limits:  those of the ZIP directory.
// Errors:  kMalformed for a name that is empty, absolute, not UTF-8, or has a NUL, a \, a colon, or
//          an empty, . or .. folder; for two files of one name.
// Lifetime: borrows the directory. Threads: only read once made.
// Source:  ECMA-376 part 2 (Open Packaging Conventions); docs/formats/appx.md.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "formats/zip/directory.h"

namespace portcullis::appx {

inline constexpr std::string_view kManifestName = "AppxManifest.xml";
inline constexpr std::string_view kBundleManifestName = "AppxMetadata/AppxBundleManifest.xml";
inline constexpr std::string_view kBlockMapName = "AppxBlockMap.xml";
inline constexpr std::string_view kSignatureName = "AppxSignature.p7x";
inline constexpr std::string_view kContentTypesName = "[Content_Types].xml";
inline constexpr std::string_view kCodeIntegrityName = "AppxMetadata/CodeIntegrity.cat";

// Encrypted packages, parts of packages and bundles are no ZIP files: a word, then numbers of which
// one at least has a zero byte. A text that begins with the word is none.
inline constexpr size_t kEncryptedHeadBytes = 14;
bool IsEncrypted(Bytes head);        // at least so many bytes, where the file has them
bool IsEncryptedBundle(Bytes head);  // of those

class Parts {
 public:
  static Result<Parts> Index(const zip::Directory& directory);

  // `name` is not encoded; \ and / are both read as the separator. Null where there is none.
  const zip::Entry* Find(std::string_view name) const;
  // Folders are not among them; in the order of the directory.
  std::span<const zip::Entry* const> files() const { return files_; }

 private:
  Parts() = default;
  std::unordered_map<std::string, const zip::Entry*> by_name_;
  std::vector<const zip::Entry*> files_;
};

}  // namespace portcullis::appx
