// SPDX-License-Identifier: Apache-2.0
#include "authoring/file_report.h"

#include "base/bytes.h"
#include "base/utc_time.h"
#include "identity/appx_identity.h"
#include "policy/derive_operation.h"

namespace portcullis {
namespace {

void WritePaths(JsonWriter& json, const std::vector<PathSpelling>& paths) {
  json.Key("paths").BeginArray();
  for (const PathSpelling& path : paths) {
    json.BeginObject()
        .Bytes("text", path.text)
        .Bool("verified", path.verified)
        .Bool("case_sensitive", path.case_sensitive)
        .EndObject();
  }
  json.EndArray();
}

void WriteHashes(JsonWriter& json, const std::vector<FileHashCandidate>& hashes) {
  json.Key("hash");
  if (hashes.empty()) {
    json.Null();
  } else {
    const FileDigest& digest = hashes.front().digest;
    json.BeginObject()
        .String("type", ToString(digest.type))
        .String("data", DigestText(digest))
        .EndObject();
  }
  json.Key("hashes").BeginArray();
  for (const FileHashCandidate& candidate : hashes) {
    json.BeginObject()
        .String("type", ToString(candidate.digest.type))
        .String("form", ToString(candidate.form))
        .String("data", DigestText(candidate.digest))
        .EndObject();
  }
  json.EndArray();
}

void WriteUnknown(JsonWriter& json, const UnknownAttributes& unknown) {
  json.Key("unknown").BeginArray();
  if (unknown.hash) json.String("hash");
  if (unknown.publisher) json.String("publisher");
  json.EndArray();
}

void WriteVersionInfo(JsonWriter& json, const std::optional<VersionInfo>& info) {
  json.Key("version_info");
  if (!info) {
    json.Null();
    return;
  }
  json.BeginObject()
      .String("product_name", info->product_name)
      .String("original_filename", info->original_filename)
      .String("file_version", info->file_version.ToString())
      .EndObject();
}

void WritePackage(JsonWriter& json, const std::optional<PackageIdentity>& package) {
  json.Key("package");
  if (!package) {
    json.Null();
    return;
  }
  json.BeginObject().Bool("bundle", package->is_bundle).Bool("encrypted", package->is_encrypted);
  if (!package->is_encrypted) {
    json.String("name", package->name)
        .String("publisher", package->publisher)
        .String("version", package->version.ToString());
    WriteText(json, "architecture", package->architecture);
    WriteText(json, "resource_id", package->resource_id);
    json.String("family_name", PackageFamilyName(*package));
  }
  json.EndObject();
}

void WriteCatalog(JsonWriter& json, const std::optional<CatalogSummary>& catalog) {
  json.Key("catalog");
  if (!catalog) {
    json.Null();
    return;
  }
  json.BeginObject()
      .Number("version", static_cast<uint64_t>(catalog->version))
      .Number("members", catalog->members)
      .Number("digests", catalog->digests)
      .EndObject();
}

void WriteSignature(JsonWriter& json, const SignatureReport& signature) {
  json.Key("signature").BeginObject();
  json.String("status", ToString(signature.status));
  WriteText(json, "subject", signature.subject);
  WriteText(json, "issuer", signature.issuer);
  WriteText(json, "publisher_name", signature.publisher_name);
  WriteText(json, "catalog", signature.catalog);
  WriteText(json, "timestamp",
            signature.timestamp ? FormatUtcTime(*signature.timestamp) : std::string());
  WriteText(json, "reason", signature.reason);
  WriteText(json, "thumbprint",
            signature.signer_thumbprint ? HexUpper(*signature.signer_thumbprint) : std::string());
  json.Bool("windows_signed", signature.is_windows_signed);
  json.EndObject();
}

}  // namespace

void WritePublisher(JsonWriter& json, const std::optional<FullyQualifiedBinaryName>& name) {
  json.Key("publisher");
  if (!name) {
    json.Null();
    return;
  }
  json.BeginObject()
      .String("publisher", name->publisher)
      .String("product", name->product)
      .String("binary", name->binary)
      .String("version", name->version.ToString())
      .EndObject();
}

void WriteText(JsonWriter& json, std::string_view key, const std::string& text) {
  if (text.empty()) {
    json.Null(key);
  } else {
    json.String(key, text);
  }
}

std::string DigestText(const FileDigest& digest) {
  return "0x" + HexUpper(Bytes(digest.bytes.data(), digest.size()));
}

void WriteReport(JsonWriter& json, const FileReport& report) {
  const FileIdentity& identity = report.identity;
  json.Number("schema", 1).Bytes("path", report.path);
  WritePaths(json, report.paths);
  json.Key("operation");
  report.operation ? json.String(ToString(*report.operation)) : json.Null();
  json.Key("collection");
  report.collection ? json.String(ToString(*report.collection)) : json.Null();
  const auto in_place = JudgedInPlace(identity);
  in_place ? json.String("windows_judges", *in_place) : json.Null("windows_judges");
  json.String("kind", ToString(identity.kind))
      .Number("size", identity.size)
      .String("sha256", HexLower(Bytes(identity.sha256)));
  WriteText(json, "md5", identity.flat_md5 ? HexLower(*identity.flat_md5) : std::string());
  WriteText(json, "sha1", identity.flat_sha1 ? HexLower(*identity.flat_sha1) : std::string());
  WriteHashes(json, identity.hashes);
  WritePublisher(json, identity.publisher);
  WriteUnknown(json, identity.unknown);
  WriteVersionInfo(json, identity.version_info);
  WritePackage(json, identity.package);
  WriteCatalog(json, identity.catalog);
  WriteSignature(json, identity.signature);
  WriteText(json, "zone", report.zone ? ToString(*report.zone) : "");
  json.Key("defect");
  identity.defect.empty() ? json.Null() : json.String(identity.defect);
  json.Key("valid_until");
  identity.valid_until ? json.String(FormatUtcTime(*identity.valid_until)) : json.Null();
}

std::string ProblemLine(const FileReport& report) {
  std::string line;
  JsonWriter(line)
      .BeginObject()
      .Bytes("path", report.path)
      .String("error", report.problem ? report.problem->message : "")
      .EndObject();
  return line + '\n';
}

}  // namespace portcullis
