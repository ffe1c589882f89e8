// SPDX-License-Identifier: Apache-2.0
// Who a packaged app or a bundle of them says it is: the Identity of its manifest.
//
// Shape:   AppxManifest.xml (root Package) or AppxMetadata/AppxBundleManifest.xml (root Bundle) in;
//          the identity, and the packages that a bundle names, out.
// Units:   text is UTF-8 whatever the manifest's encoding.
// Limits:  those of formats/xml; the constants below, which are Windows' own where it has one.
// Errors:  kMalformed for what is not well-formed, another root, no or two identities, a name with
//          other characters than Windows takes; kLimitExceeded.
// Threads: pure. Source: Microsoft's schemas of package and bundle manifests;
//          docs/formats/appx.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "formats/xml/byte_stream.h"

namespace portcullis::appx {

inline constexpr size_t kMinNameCharacters = 3;
inline constexpr size_t kMaxNameCharacters = 50;
inline constexpr size_t kMaxPublisherBytes = 8192;
inline constexpr size_t kMaxWordCharacters = 30;  // resource id and architecture
inline constexpr size_t kMaxBundlePackages = 4096;
inline constexpr size_t kMaxFileNameBytes = 1024;

// A package that lies in a bundle. One without a place lies elsewhere.
struct BundlePackage {
  std::string file_name;  // with \ between folders
  uint64_t size = 0;
  std::optional<uint64_t> offset;  // of its first byte in the bundle
};

struct Manifest {
  bool is_bundle = false;
  std::string name;
  std::string publisher;
  std::string version;       // "1.0.0.0" as it is written, checked by the caller
  std::string architecture;  // "x64", "neutral", ...; empty for a bundle
  std::string resource_id;
  std::vector<BundlePackage> packages;
};

Result<Manifest> ParseManifest(xml::ByteStream& stream);

// The end of a package's family name: 13 characters that stand for the publisher.
std::string PublisherId(std::string_view publisher);

}  // namespace portcullis::appx
