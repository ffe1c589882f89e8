// SPDX-License-Identifier: Apache-2.0
// What a file is: everything a rule can ask about it but its path.
//
// Shape:   kind and hashes of the content; for signed kinds the publisher and what is known of the
//          signature; the moment the answer stops being true.
// Units:   times are seconds since 1970-01-01 UTC; versions are packed a<<48|b<<32|c<<16|d.
// Errors:  none here; identity/identify.h makes it.
// Threads: a value.
// Source:  docs/semantics.md; the JSON of `portcullis inspect` has the same fields.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "formats/authenticode/description.h"

namespace portcullis {

using UnixTime = int64_t;

// A version of four parts of 16 bits, compared as one unsigned number.
struct FileVersion {
  uint64_t packed = 0;

  static constexpr FileVersion Of(uint16_t a, uint16_t b, uint16_t c, uint16_t d) {
    return {uint64_t{a} << 48 | uint64_t{b} << 32 | uint64_t{c} << 16 | d};
  }
  // "a.b.c.d", plain decimal, each at most 65535; kMalformed or kLimitExceeded otherwise.
  static Result<FileVersion> Parse(std::string_view text);
  std::string ToString() const;

  friend constexpr auto operator<=>(const FileVersion&, const FileVersion&) = default;
};

// What a publisher rule sees of a file whose signature is trusted. Upper case throughout.
struct FullyQualifiedBinaryName {
  std::string publisher;
  std::string product;
  std::string binary;
  FileVersion version;

  friend bool operator==(const FullyQualifiedBinaryName&,
                         const FullyQualifiedBinaryName&) = default;
};

enum class FileKind : uint8_t {
  kUnknown,
  kEmpty,
  kPe,
  kNe,   // 16-bit Windows and OS/2
  kDos,  // MZ without a newer header
  kElf,
  kScript,
  kMsi,  // Windows Installer: a package,
  kMsp,  // a patch,
  kMst,  // a transform
  kCab,
  kAppx,  // .appx, .msix and bundles
  kZip,
  kCatalog,
  kDeb,
  kRpm,
};
const char* ToString(FileKind kind);  // "pe", "elf", ...: the JSON's words

// Of Windows Installer, whose rules are in collection Msi.
constexpr bool IsInstaller(FileKind kind) {
  return kind == FileKind::kMsi || kind == FileKind::kMsp || kind == FileKind::kMst;
}

enum class HashType : uint8_t { kSha256, kSha256Flat, kSha1 };
const char* ToString(HashType type);  // "SHA256", "SHA256Flat", "SHA1": the policy's words

// A digest; SHA-1 fills the first 20 bytes.
struct FileDigest {
  HashType type = HashType::kSha256;
  std::array<uint8_t, 32> bytes = {};

  size_t size() const { return type == HashType::kSha1 ? 20 : 32; }
  friend bool operator==(const FileDigest&, const FileDigest&) = default;
};

// How the digest was taken: over the whole file, or over what Authenticode covers.
enum class HashForm : uint8_t { kFlat, kAuthenticode };
const char* ToString(HashForm form);  // "flat", "authenticode"

struct FileHashCandidate {
  FileDigest digest;
  HashForm form = HashForm::kFlat;
};

enum class SignatureStatus : uint8_t {
  kUnsigned,
  kMalformed,
  kBadDigest,
  kRevoked,
  kUntrusted,
  kExpired,
  kValid,
};
const char* ToString(SignatureStatus status);  // "unsigned", "bad-digest", ...

struct SignatureReport {
  SignatureStatus status = SignatureStatus::kUnsigned;
  std::string subject;  // certificate order, ", " between, S for state
  std::string issuer;
  std::string publisher_name;         // section 3.2's form, even when the signature is not trusted
  std::optional<UnixTime> timestamp;  // of a verified time stamp
  std::string reason;                 // one sentence when the status is not kValid
  // The signer holds Windows System Component Verification and the signature is valid.
  bool is_windows_signed = false;
  // The name of the catalog that all this comes from; empty where it is the file's own signature.
  std::string catalog = {};
  // SHA-1 of the signer's certificate, trusted or not; absent where no signature could be read.
  std::optional<std::array<uint8_t, 20>> signer_thumbprint = {};
};

// One of a file's signatures, to be shown: the primary one decides, and it alone.
struct SignatureDetails {
  SignatureReport report;
  std::string digest_algorithm;  // of the file: "SHA-256"
  std::string digest;            // upper-case hex
  authenticode::SignatureDescription description;
  // Page hashes, where the signature has some: by which algorithm, how many, how many differ from
  // the file. Windows' loader asks them, AppLocker does not: they decide nothing.
  struct Pages {
    std::string algorithm;
    uint64_t count = 0;
    uint64_t differing = 0;
  };
  std::optional<Pages> pages;
};

// Section 3.1's three fields as the file spells them.
struct VersionInfo {
  std::string product_name;
  std::string original_filename;
  FileVersion file_version;
};

// Who a packaged app says it is, in its manifest; signed or not.
struct PackageIdentity {
  std::string name;
  std::string publisher;  // the whole subject of whoever may sign it
  FileVersion version;
  std::string architecture;  // empty for a bundle, and where the manifest has none
  std::string resource_id;
  bool is_bundle = false;
  // Its content can not be read: all else is empty.
  bool is_encrypted = false;

  friend bool operator==(const PackageIdentity&, const PackageIdentity&) = default;
};

// What a file that is a catalog lists.
struct CatalogSummary {
  int version = 0;
  size_t members = 0;
  size_t digests = 0;  // of the members that count

  friend bool operator==(const CatalogSummary&, const CatalogSummary&) = default;
};

// Attributes that could not be found out: the file could not be read, is over a limit or was not
// hashed in time. That is not the same as a file without them: a doubt speaks against running it
// (docs/semantics.md "What could not be found out").
struct UnknownAttributes {
  bool hash = false;
  bool publisher = false;

  friend bool operator==(const UnknownAttributes&, const UnknownAttributes&) = default;
};

struct FileIdentity {
  FileKind kind = FileKind::kUnknown;
  uint64_t size = 0;
  std::array<uint8_t, 32> sha256 = {};    // of the whole file
  std::vector<FileHashCandidate> hashes;  // in the order tried; empty where hashing is not possible
  std::optional<FullyQualifiedBinaryName> publisher;  // absent: the file counts as unsigned
  UnknownAttributes unknown;  // of the two above; one that is unknown is not there
  // Of the whole file, whatever kind it is: where Hashing::kAllAndWeakFlat asked for them.
  std::optional<std::array<uint8_t, 16>> flat_md5;
  std::optional<std::array<uint8_t, 20>> flat_sha1;
  std::optional<VersionInfo> version_info;
  std::optional<PackageIdentity> package;
  std::optional<CatalogSummary> catalog;  // of a file that is one itself
  SignatureReport signature;
  std::vector<SignatureDetails> signatures;  // where details were asked for: the primary one first
  // PE: the DLL flag; ELF: a shared object (DT_SONAME) or one without an interpreter.
  bool is_library = false;
  // The content asks to be executed: a PE or ELF program, or a script with an interpreter line.
  bool is_program = false;
  // One sentence where the content breaks the rules of its format; empty where it keeps them. The
  // file is judged with the attributes it has.
  std::string defect;
  // After this moment (a certificate's end, say) the file must be looked at again.
  std::optional<UnixTime> valid_until;
};

}  // namespace portcullis
