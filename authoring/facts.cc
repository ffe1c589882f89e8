// SPDX-License-Identifier: Apache-2.0
#include "authoring/facts.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/base64.h"
#include "base/bytes.h"
#include "base/json_value.h"
#include "base/lines.h"

namespace portcullis {
namespace {

constexpr HashType kHashTypes[] = {HashType::kSha256, HashType::kSha256Flat, HashType::kSha1};
constexpr HashForm kHashForms[] = {HashForm::kFlat, HashForm::kAuthenticode};

Unexpected Wrong(std::string_view member, std::string_view allowed) {
  return Fail(ErrorCode::kMalformed, fmt::format("`{}` is not {}", member, allowed));
}

// The string of a member; empty where it is absent or null.
Result<std::string> Text(const JsonValue& object, std::string_view member) {
  const JsonValue* value = object.Find(member);
  if (value == nullptr) return std::string();
  if (value->AsString() == nullptr) return Wrong(member, "a string");
  return *value->AsString();
}

// A path: its bytes are in `member`_b64 where they are not UTF-8.
Result<std::string> PathText(const JsonValue& object, std::string_view member) {
  const std::string encoded = TRY(Text(object, fmt::format("{}_b64", member)));
  std::string path = TRY(Text(object, member));
  if (!encoded.empty()) {
    const auto bytes = DecodeBase64(encoded);
    if (!bytes) return Wrong(fmt::format("{}_b64", member), "base64");
    path.assign(bytes->begin(), bytes->end());
  }
  if (path.find('\0') != std::string::npos) return Wrong(member, "a path: it has a NUL byte");
  return path;
}

Result<bool> Flag(const JsonValue& object, std::string_view member, bool absent) {
  const JsonValue* value = object.Find(member);
  if (value == nullptr) return absent;
  if (value->AsBool() == nullptr) return Wrong(member, "true or false");
  return *value->AsBool();
}

// A spelling of a host, after a macro or not; the others are Windows'.
bool IsHostText(std::string_view text) {
  if (text.starts_with('%')) text.remove_prefix(std::min(text.find('%', 1), text.size() - 1) + 1);
  return text.starts_with('/');
}

// A longer path is none of Windows', and would make a pattern's search of it long.
Result<void> CheckPathLength(std::string_view path, std::string_view member) {
  const auto characters = std::ranges::count_if(path, [](char c) { return (c & 0xC0) != 0x80; });
  if (static_cast<size_t>(characters) <= kMaxFactPathCharacters) return {};
  return Fail(ErrorCode::kLimitExceeded,
              fmt::format("`{}` has {} characters, at most {} are allowed", member, characters,
                          kMaxFactPathCharacters));
}

Result<void> ReadPaths(const JsonValue& fact, FileReport& report, const PathSpeller& speller) {
  const JsonValue* paths = fact.Find("paths");
  if (paths == nullptr) {
    report.paths = speller.ForText(report.path);
    return {};
  }
  if (paths->AsArray() == nullptr || paths->AsArray()->size() > kMaxFactPaths) {
    return Wrong("paths", fmt::format("an array of at most {} objects", kMaxFactPaths));
  }
  for (const JsonValue& path : *paths->AsArray()) {
    if (path.AsObject() == nullptr) return Wrong("paths", "an array of objects");
    PathSpelling spelling;
    spelling.text = TRY(PathText(path, "text"));
    TRY_VOID(CheckPathLength(spelling.text, "text"));
    if (spelling.text.empty()) return Wrong("paths", "an array of objects with a `text` each");
    spelling.verified = TRY(Flag(path, "verified", true));
    spelling.case_sensitive = TRY(Flag(path, "case_sensitive", IsHostText(spelling.text)));
    report.paths.push_back(std::move(spelling));
  }
  return {};
}

Result<FileHashCandidate> ReadHash(const JsonValue& hash) {
  if (hash.AsObject() == nullptr) return Wrong("hash", "an object");
  FileHashCandidate candidate;
  const std::string type = TRY(Text(hash, "type"));
  const auto known = std::ranges::find_if(
      kHashTypes, [&](HashType candidate_type) { return type == ToString(candidate_type); });
  if (known == std::end(kHashTypes)) return Wrong("type", "SHA256, SHA256Flat or SHA1");
  candidate.digest.type = *known;
  const std::string form = TRY(Text(hash, "form"));
  const auto known_form = std::ranges::find_if(
      kHashForms, [&](HashForm candidate_form) { return form == ToString(candidate_form); });
  if (!form.empty() && known_form == std::end(kHashForms)) {
    return Wrong("form", "flat or authenticode");
  }
  // Without a word on it a digest is only what its type says, and not that of the whole file too.
  candidate.form = form.empty() ? HashForm::kAuthenticode : *known_form;
  const auto data = Text(hash, "data");
  if (!data) return Unexpected(data.error());
  std::string_view digits = *data;
  if (digits.starts_with("0x") || digits.starts_with("0X")) digits.remove_prefix(2);
  const auto bytes = FromHex(digits);
  if (!bytes || bytes->size() != candidate.digest.size()) {
    return Wrong("data", fmt::format("0x and {} hex digits", candidate.digest.size() * 2));
  }
  std::ranges::copy(AsBytes(*bytes), candidate.digest.bytes.begin());
  return candidate;
}

// `hash` alone says whether there is one at all; `hashes` has the further candidates.
Result<void> ReadHashes(const JsonValue& fact, FileIdentity& identity) {
  const JsonValue* hash = fact.Find("hash");
  if (hash == nullptr) return {};
  const FileHashCandidate first = TRY(ReadHash(*hash));
  const JsonValue* hashes = fact.Find("hashes");
  if (hashes != nullptr) {
    if (hashes->AsArray() == nullptr || hashes->AsArray()->size() > kMaxFactHashes) {
      return Wrong("hashes", fmt::format("an array of at most {} objects", kMaxFactHashes));
    }
    for (const JsonValue& candidate : *hashes->AsArray()) {
      identity.hashes.push_back(TRY(ReadHash(candidate)));
    }
  }
  const bool is_there = std::ranges::any_of(identity.hashes, [&](const FileHashCandidate& other) {
    return other.digest == first.digest;
  });
  if (!is_there) identity.hashes.insert(identity.hashes.begin(), first);
  return {};
}

Result<void> ReadPublisher(const JsonValue& fact, FileIdentity& identity) {
  const JsonValue* publisher = fact.Find("publisher");
  if (publisher == nullptr) return {};
  if (publisher->AsObject() == nullptr) return Wrong("publisher", "an object or null");
  FullyQualifiedBinaryName name;
  name.publisher = TRY(Text(*publisher, "publisher"));
  if (name.publisher.empty()) return Wrong("publisher", "an object with a `publisher`, or null");
  name.product = TRY(Text(*publisher, "product"));
  name.binary = TRY(Text(*publisher, "binary"));
  const std::string version = TRY(Text(*publisher, "version"));
  if (!version.empty()) {
    const auto parsed = FileVersion::Parse(version);
    if (!parsed) return Wrong("version", "a.b.c.d with parts from 0 to 65535");
    name.version = *parsed;
  }
  identity.publisher = std::move(name);
  return {};
}

// What the one who looked could not find out; it is not there then, which is checked.
Result<void> ReadUnknown(const JsonValue& fact, FileIdentity& identity) {
  const JsonValue* unknown = fact.Find("unknown");
  if (unknown == nullptr) return {};
  if (unknown->AsArray() == nullptr) return Wrong("unknown", "an array");
  for (const JsonValue& name : *unknown->AsArray()) {
    const std::string* const text = name.AsString();
    if (text != nullptr && *text == "hash") {
      identity.unknown.hash = true;
    } else if (text != nullptr && *text == "publisher") {
      identity.unknown.publisher = true;
    } else {
      return Wrong("unknown", "an array of \"hash\" and \"publisher\"");
    }
  }
  const bool both = (identity.unknown.hash && !identity.hashes.empty()) ||
                    (identity.unknown.publisher && identity.publisher);
  if (both) return Wrong("unknown", "about what is missing: it names a member that is given");
  return {};
}

Operation DefaultOperation(applocker::CollectionType collection) {
  using applocker::CollectionType;
  switch (collection) {
    case CollectionType::kDll:
      return Operation::kLoad;
    case CollectionType::kScript:
      return Operation::kScript;
    case CollectionType::kMsi:
      return Operation::kInstall;
    case CollectionType::kAppx:
      return Operation::kPackage;
    default:
      return Operation::kExecute;
  }
}

Result<void> ReadCollection(const JsonValue& fact, FileReport& report) {
  const std::string operation = TRY(Text(fact, "operation"));
  if (!operation.empty()) {
    report.operation = ParseOperation(operation);
    if (!report.operation) {
      return Wrong("operation", "execute, load, script, install, package or open");
    }
  }
  const std::string collection = TRY(Text(fact, "collection"));
  if (collection.empty()) {
    const auto& members = *fact.AsObject();
    const bool is_null = std::ranges::any_of(
        members, [](const auto& member) { return member.first == "collection"; });
    if (is_null) return {};  // what no collection judges
    return Fail(ErrorCode::kMalformed, "`collection` is missing");
  }
  report.collection = applocker::ParseCollectionType(collection);
  if (!report.collection || *report.collection == applocker::CollectionType::kManagedInstaller) {
    return Wrong("collection", "Exe, Dll, Script, Msi, Appx or null");
  }
  if (!report.operation) report.operation = DefaultOperation(*report.collection);
  return {};
}

// Without a kind the collection tells a program from a script.
FileKind DefaultKind(std::optional<applocker::CollectionType> collection) {
  using applocker::CollectionType;
  if (collection == CollectionType::kExe || collection == CollectionType::kDll)
    return FileKind::kPe;
  return collection == CollectionType::kScript ? FileKind::kScript : FileKind::kUnknown;
}

// Hex digits of just this many bytes.
template <size_t kSize>
Result<void> ReadDigest(const JsonValue& object, std::string_view member,
                        std::optional<std::array<uint8_t, kSize>>& digest) {
  const std::string text = TRY(Text(object, member));
  if (text.empty()) return {};
  const auto bytes = FromHex(text);
  if (!bytes || bytes->size() != kSize)
    return Wrong(member, fmt::format("{} hex digits", kSize * 2));
  std::ranges::copy(AsBytes(*bytes), digest.emplace().begin());
  return {};
}

Result<void> ReadStatus(const JsonValue& signature, SignatureReport& report) {
  const std::string status = TRY(Text(signature, "status"));
  if (status.empty()) return {};
  for (int i = 0; i <= static_cast<int>(SignatureStatus::kValid); ++i) {
    const auto candidate = static_cast<SignatureStatus>(i);
    if (status != ToString(candidate)) continue;
    report.status = candidate;
    return {};
  }
  return Wrong("status", "the status of a signature");
}

Result<void> ReadKind(const JsonValue& fact, FileReport& report) {
  FileIdentity& identity = report.identity;
  identity.kind = DefaultKind(report.collection);
  const std::string kind = TRY(Text(fact, "kind"));
  for (int i = 0; i <= static_cast<int>(FileKind::kRpm); ++i) {
    const auto candidate = static_cast<FileKind>(i);
    if (kind == ToString(candidate)) identity.kind = candidate;
  }
  const JsonValue* signature = fact.Find("signature");
  if (signature == nullptr) return {};
  if (signature->AsObject() == nullptr) return Wrong("signature", "an object");
  identity.signature.is_windows_signed = TRY(Flag(*signature, "windows_signed", false));
  TRY_VOID(ReadDigest(*signature, "thumbprint", identity.signature.signer_thumbprint));
  return ReadStatus(*signature, identity.signature);
}

// What only Software Restriction Policies ask.
Result<void> ReadSrpFacts(const JsonValue& fact, FileReport& report) {
  FileIdentity& identity = report.identity;
  TRY_VOID(ReadDigest(fact, "md5", identity.flat_md5));
  TRY_VOID(ReadDigest(fact, "sha1", identity.flat_sha1));
  std::optional<std::array<uint8_t, 32>> sha256;
  TRY_VOID(ReadDigest(fact, "sha256", sha256));
  if (sha256) identity.sha256 = *sha256;
  const JsonValue* const size = fact.Find("size");
  if (size != nullptr && size->AsUnsigned() == nullptr) return Wrong("size", "a number of bytes");
  if (size != nullptr) identity.size = *size->AsUnsigned();
  const std::string zone = TRY(Text(fact, "zone"));
  if (zone.empty()) return {};
  const auto known = std::ranges::find(
      srp::kUrlZones, zone, [](auto each) -> std::string_view { return ToString(each); });
  if (known == srp::kUrlZones.end()) {
    return Wrong("zone", "MyComputer, Intranet, Trusted, Internet or Restricted");
  }
  report.zone = *known;
  return {};
}

}  // namespace

Result<FileReport> ParseFact(std::string_view line, const PathSpeller& speller) {
  const JsonValue fact = TRY(ParseJson(line));
  if (fact.AsObject() == nullptr) return Fail(ErrorCode::kMalformed, "not a JSON object");
  FileReport report;
  report.path = TRY(PathText(fact, "path"));
  if (report.path.empty()) return Fail(ErrorCode::kMalformed, "`path` is missing");
  TRY_VOID(CheckPathLength(report.path, "path"));
  report.host = TRY(Text(fact, "host"));
  const std::string problem = TRY(Text(fact, "error"));
  if (!problem.empty()) {
    report.problem = Error{ErrorCode::kIo, problem};
    return report;
  }
  TRY_VOID(ReadCollection(fact, report));
  TRY_VOID(ReadKind(fact, report));
  TRY_VOID(ReadPaths(fact, report, speller));
  TRY_VOID(ReadHashes(fact, report.identity));
  TRY_VOID(ReadPublisher(fact, report.identity));
  TRY_VOID(ReadUnknown(fact, report.identity));
  TRY_VOID(ReadSrpFacts(fact, report));
  return report;
}

Result<void> ForEachFactLine(
    int fd, const std::function<Result<void>(std::string line, uint64_t number)>& take) {
  return ForEachLine(fd, kMaxFactBytes, [&](std::string line, uint64_t number) -> Result<void> {
    if (line.find_first_not_of(" \t\r") == std::string::npos) return {};
    auto taken = take(std::move(line), number);
    if (taken) return {};
    return Fail(taken.error().code, fmt::format("line {}: {}", number, taken.error().message));
  });
}

}  // namespace portcullis
