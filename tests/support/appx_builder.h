// SPDX-License-Identifier: Apache-2.0
// Makes packaged apps and bundles for tests, signed by whoever the test says.
//
// Shape:   BuildAppx writes manifest, block map, content types and, where a signer is given, the
//          signature, over digests that it takes of the unsigned package itself.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "tests/support/zip_builder.h"

namespace portcullis::testing {

struct AppxSpec {
  std::string name = "Fabrikam.Tools";
  std::string publisher = "CN=Fabrikam";
  std::string version = "1.2.3.4";
  bool is_bundle = false;
  std::vector<ZipFile> files = {};            // of a bundle: the packages in it
  std::optional<std::string> manifest = {};   // instead of the one made of the above
  std::optional<std::string> block_map = {};  // likewise
  bool has_code_integrity = false;
  bool has_zip64_end = true;           // as Microsoft's tools write it
  std::vector<ZipFile> unmapped = {};  // in the package, not in the block map
  // Makes the PKCS#7 over what stands for the digest; none: the package is unsigned.
  std::function<std::vector<uint8_t>(Bytes digests)> sign = {};
};
struct BuiltAppx {
  BuiltZip zip = {};
  ZipSpec parts = {};
};
BuiltAppx BuildAppx(const AppxSpec& spec);

// The block map's text for these files.
std::string BlockMapOf(const std::vector<ZipFile>& files);

// "APPX" and the digests of an unsigned package.
std::vector<uint8_t> PartDigestsOf(const BuiltZip& zip, const ZipSpec& parts);

}  // namespace portcullis::testing
