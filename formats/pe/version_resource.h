// SPDX-License-Identifier: Apache-2.0
// VS_VERSIONINFO: what a PE file says of its product, name and version.
//
// Shape:   a tree of blocks { u16 length, u16 value length, u16 type, UTF-16 key, value, children
// },
//          each on a 4-byte boundary; the root's value is VS_FIXEDFILEINFO.
// Units:   text is UTF-8 (U+FFFD where the resource's UTF-16 is wrong), case as in the file.
// Limits:  kMaxVersionBytes; the tree is at most four levels deep by its form.
// Errors:  kMalformed and kTruncated for a root that is none. A damaged child hides what is in and
//          after it, as it does from Windows' VerQueryValue.
// Threads: pure.
// Source:  "VS_VERSIONINFO structure" and its neighbours in Microsoft's Win32 documentation;
//          docs/formats/pe.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace portcullis::pe {

inline constexpr uint64_t kMaxVersionBytes = 64 << 10;  // lengths in it have 16 bits

struct VersionResource {
  // Major to revision, 16 bits each, the first in the highest; absent where VS_FIXEDFILEINFO or its
  // signature is missing: then Windows says that there is no version information at all.
  std::optional<uint64_t> fixed_file_version;
  // Of the StringFileInfo block that the first Translation pair names; empty where there is none.
  std::string product_name;
  std::string original_filename;
};

Result<VersionResource> ParseVersionResource(Bytes bytes);

}  // namespace portcullis::pe
