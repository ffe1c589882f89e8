// SPDX-License-Identifier: Apache-2.0
#include "tests/support/appx_builder.h"

#include <fmt/core.h>
#include <openssl/evp.h>

#include <algorithm>

#include "base/base64.h"

namespace portcullis::testing {
namespace {

constexpr size_t kBlock = 64 << 10;

std::vector<uint8_t> Sha256(Bytes bytes) {
  std::vector<uint8_t> digest(32);
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  return digest;
}

std::string PackageManifest(const AppxSpec& spec) {
  return fmt::format(
      R"(<?xml version="1.0" encoding="utf-8"?>
<Package xmlns="http://schemas.microsoft.com/appx/manifest/foundation/windows10">
  <Identity Name="{}" Publisher="{}" Version="{}" ProcessorArchitecture="x64"/>
</Package>)",
      spec.name, spec.publisher, spec.version);
}

// The packages come first in the bundle, stored, one behind the other.
std::string BundleManifest(const AppxSpec& spec) {
  std::string packages;
  const BuiltZip zip = BuildZip({.files = spec.files});
  for (size_t i = 0; i < spec.files.size(); ++i) {
    packages += fmt::format(R"(<Package Type="application" FileName="{}" Offset="{}" Size="{}"/>)",
                            spec.files[i].name, zip.files[i].content, spec.files[i].content.size());
  }
  return fmt::format(
      R"(<Bundle xmlns="http://schemas.microsoft.com/appx/2013/bundle" SchemaVersion="1.0">
  <Identity Name="{}" Publisher="{}" Version="{}"/><Packages>{}</Packages></Bundle>)",
      spec.name, spec.publisher, spec.version, packages);
}

const ZipFile* FindFile(const ZipSpec& parts, std::string_view name) {
  const auto found = std::ranges::find(parts.files, name, &ZipFile::name);
  return found == parts.files.end() ? nullptr : &*found;
}

// ZIP names are encoded, the map's are not. Tests have spaces alone.
std::string MapName(std::string_view name) {
  std::string decoded;
  while (!name.empty()) {
    const bool is_space = name.starts_with("%20");
    decoded += is_space ? ' ' : name[0] == '/' ? '\\' : name[0];
    name.remove_prefix(is_space ? 3 : 1);
  }
  return decoded;
}

}  // namespace

std::string BlockMapOf(const std::vector<ZipFile>& files) {
  std::string map = R"(<BlockMap xmlns="http://schemas.microsoft.com/appx/2010/blockmap" )"
                    R"(HashMethod="http://www.w3.org/2001/04/xmlenc#sha256">)";
  for (const ZipFile& file : files) {
    const std::string name = MapName(file.name);
    map += fmt::format(R"(<File Name="{}" Size="{}" LfhSize="{}">)", name, file.content.size(),
                       30 + file.name.size());
    const auto sizes = DeflateBlocks(file.content).sizes;
    for (size_t i = 0; i * kBlock < file.content.size(); ++i) {
      const size_t size = std::min(kBlock, file.content.size() - i * kBlock);
      const auto hash = Sha256(Bytes(file.content).subspan(i * kBlock, size));
      map += fmt::format(R"(<Block Hash="{}")", Base64(AsText(hash)));
      if (file.is_deflated) map += fmt::format(R"( Size="{}")", sizes[i]);
      map += "/>";
    }
    map += "</File>";
  }
  return map + "</BlockMap>";
}

std::vector<uint8_t> PartDigestsOf(const BuiltZip& zip, const ZipSpec& parts) {
  std::vector<uint8_t> digests = ToBytes("APPX");
  const auto add = [&](std::string_view word, Bytes content) {
    for (const char c : word) digests.push_back(static_cast<uint8_t>(c));
    for (const uint8_t byte : Sha256(content)) digests.push_back(byte);
  };
  add("AXPC", Bytes(zip.bytes).first(zip.directory));
  add("AXCD", Bytes(zip.bytes).subspan(zip.directory));
  const auto add_part = [&](std::string_view word, std::string_view name) {
    if (const ZipFile* file = FindFile(parts, name)) add(word, file->content);
  };
  add_part("AXCT", "[Content_Types].xml");
  add_part("AXBM", "AppxBlockMap.xml");
  add_part("AXCI", "AppxMetadata/CodeIntegrity.cat");
  return digests;
}

BuiltAppx BuildAppx(const AppxSpec& spec) {
  BuiltAppx package;
  ZipSpec& parts = package.parts;
  parts.has_zip64_end = spec.has_zip64_end;
  parts.files = spec.files;
  const auto add = [&](const char* name, std::string_view text) {
    parts.files.push_back({.name = name,
                           .content = ToBytes(text),
                           .is_deflated = true,
                           .descriptor = DescriptorForm::kSigned64});
  };
  add(spec.is_bundle ? "AppxMetadata/AppxBundleManifest.xml" : "AppxManifest.xml",
      spec.manifest.value_or(spec.is_bundle ? BundleManifest(spec) : PackageManifest(spec)));
  const std::vector<ZipFile> mapped =
      spec.is_bundle ? std::vector<ZipFile>{parts.files.back()} : parts.files;
  for (const ZipFile& file : spec.unmapped) parts.files.push_back(file);
  add("AppxBlockMap.xml", spec.block_map.value_or(BlockMapOf(mapped)));
  add("[Content_Types].xml", R"(<?xml version="1.0" encoding="UTF-8"?>)"
                             R"(<Types xmlns="http://schemas.openxmlformats.org/package/2006/)"
                             R"(content-types"></Types>)");
  if (spec.has_code_integrity) add("AppxMetadata/CodeIntegrity.cat", "a catalog");
  package.zip = BuildZip(parts);
  if (!spec.sign) return package;
  std::vector<uint8_t> signature = ToBytes("PKCX");
  for (const uint8_t byte : spec.sign(PartDigestsOf(package.zip, parts))) signature.push_back(byte);
  add("AppxSignature.p7x", AsText(signature));
  package.zip = BuildZip(parts);
  return package;
}

}  // namespace portcullis::testing
