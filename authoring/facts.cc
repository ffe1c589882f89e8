// SPDX-License-Identifier: Apache-2.0
#include "authoring/facts.h"

#include <fmt/core.h>

#include <algorithm>

#include "authoring/strict_json.h"
#include "base/base64.h"
#include "base/bytes.h"
#include "base/lines.h"

namespace portcullis {
namespace {

constexpr HashType kHashTypes[] = {HashType::kSha256, HashType::kSha256Flat, HashType::kSha1};
constexpr HashForm kHashForms[] = {HashForm::kFlat, HashForm::kAuthenticode};

Unexpected Wrong(std::string_view member, std::string_view allowed) {
  return Fail(ErrorCode::kMalformed, fmt::format("`{}` is not {}", member, allowed));
}

// The string of a member; empty where it is absent or null.
Result<std::string_view> Text(const JsonMembers& object, std::string_view member) {
  const JsonElement* value = object.Find(member);
  if (value == nullptr) return std::string_view();
  std::string_view text;
  if (value->get(text) != simdjson::SUCCESS) return Wrong(member, "a string");
  return text;
}

// The elements of an array of at most `limit`; absent where it is none.
std::optional<simdjson::dom::array> ArrayOf(const JsonElement& value, size_t limit) {
  simdjson::dom::array array;
  if (value.get(array) != simdjson::SUCCESS || array.size() > limit) return std::nullopt;
  return array;
}

// A path: its bytes are in `encoded_member` where they are not UTF-8.
Result<std::string> PathText(const JsonMembers& object, std::string_view member,
                             std::string_view encoded_member) {
  const std::string_view encoded = TRY(Text(object, encoded_member));
  std::string path(TRY(Text(object, member)));
  if (!encoded.empty()) {
    const auto bytes = DecodeBase64(encoded);
    if (!bytes) return Wrong(encoded_member, "base64");
    path.assign(bytes->begin(), bytes->end());
  }
  if (path.find('\0') != std::string::npos) return Wrong(member, "a path: it has a NUL byte");
  return path;
}

Result<bool> Flag(const JsonMembers& object, std::string_view member, bool absent) {
  const JsonElement* value = object.Find(member);
  if (value == nullptr) return absent;
  bool flag = false;
  if (value->get(flag) != simdjson::SUCCESS) return Wrong(member, "true or false");
  return flag;
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

Result<void> ReadPaths(const JsonMembers& fact, FileReport& report, const PathSpeller& speller) {
  const JsonElement* paths = fact.Find("paths");
  if (paths == nullptr) {
    report.paths = speller.ForText(report.path);
    return {};
  }
  const auto array = ArrayOf(*paths, kMaxFactPaths);
  if (!array) {
    return Wrong("paths", fmt::format("an array of at most {} objects", kMaxFactPaths));
  }
  for (const JsonElement element : *array) {
    const JsonMembers path(element);
    if (!path.IsObject()) return Wrong("paths", "an array of objects");
    PathSpelling spelling;
    spelling.text = TRY(PathText(path, "text", "text_b64"));
    TRY_VOID(CheckPathLength(spelling.text, "text"));
    if (spelling.text.empty()) return Wrong("paths", "an array of objects with a `text` each");
    spelling.verified = TRY(Flag(path, "verified", true));
    spelling.case_sensitive = TRY(Flag(path, "case_sensitive", IsHostText(spelling.text)));
    report.paths.push_back(std::move(spelling));
  }
  return {};
}

Result<FileHashCandidate> ReadHash(const JsonElement& element) {
  const JsonMembers hash(element);
  if (!hash.IsObject()) return Wrong("hash", "an object");
  FileHashCandidate candidate;
  const std::string_view type = TRY(Text(hash, "type"));
  const auto known = std::ranges::find_if(
      kHashTypes, [&](HashType candidate_type) { return type == ToString(candidate_type); });
  if (known == std::end(kHashTypes)) return Wrong("type", "SHA256, SHA256Flat or SHA1");
  candidate.digest.type = *known;
  const std::string_view form = TRY(Text(hash, "form"));
  const auto known_form = std::ranges::find_if(
      kHashForms, [&](HashForm candidate_form) { return form == ToString(candidate_form); });
  if (!form.empty() && known_form == std::end(kHashForms)) {
    return Wrong("form", "flat or authenticode");
  }
  // Without a word on it a digest is only what its type says, and not that of the whole file too.
  candidate.form = form.empty() ? HashForm::kAuthenticode : *known_form;
  std::string_view digits = TRY(Text(hash, "data"));
  if (digits.starts_with("0x") || digits.starts_with("0X")) digits.remove_prefix(2);
  const auto bytes = FromHex(digits);
  if (!bytes || bytes->size() != candidate.digest.size()) {
    return Wrong("data", fmt::format("0x and {} hex digits", candidate.digest.size() * 2));
  }
  std::ranges::copy(AsBytes(*bytes), candidate.digest.bytes.begin());
  return candidate;
}

// `hash` alone says whether there is one at all; `hashes` has the further candidates.
Result<void> ReadHashes(const JsonMembers& fact, FileIdentity& identity) {
  const JsonElement* hash = fact.Find("hash");
  if (hash == nullptr) return {};
  const FileHashCandidate first = TRY(ReadHash(*hash));
  const JsonElement* hashes = fact.Find("hashes");
  if (hashes != nullptr) {
    const auto array = ArrayOf(*hashes, kMaxFactHashes);
    if (!array) {
      return Wrong("hashes", fmt::format("an array of at most {} objects", kMaxFactHashes));
    }
    for (const JsonElement candidate : *array) {
      identity.hashes.push_back(TRY(ReadHash(candidate)));
    }
  }
  const bool is_there = std::ranges::any_of(identity.hashes, [&](const FileHashCandidate& other) {
    return other.digest == first.digest;
  });
  if (!is_there) identity.hashes.insert(identity.hashes.begin(), first);
  return {};
}

Result<void> ReadPublisher(const JsonMembers& fact, FileIdentity& identity) {
  const JsonElement* element = fact.Find("publisher");
  if (element == nullptr) return {};
  const JsonMembers publisher(*element);
  if (!publisher.IsObject()) return Wrong("publisher", "an object or null");
  FullyQualifiedBinaryName name;
  name.publisher = TRY(Text(publisher, "publisher"));
  if (name.publisher.empty()) return Wrong("publisher", "an object with a `publisher`, or null");
  name.product = TRY(Text(publisher, "product"));
  name.binary = TRY(Text(publisher, "binary"));
  const std::string_view version = TRY(Text(publisher, "version"));
  if (!version.empty()) {
    const auto parsed = FileVersion::Parse(version);
    if (!parsed) return Wrong("version", "a.b.c.d with parts from 0 to 65535");
    name.version = *parsed;
  }
  identity.publisher = std::move(name);
  return {};
}

// What the one who looked could not find out; it is not there then, which is checked.
Result<void> ReadUnknown(const JsonMembers& fact, FileIdentity& identity) {
  const JsonElement* unknown = fact.Find("unknown");
  if (unknown == nullptr) return {};
  const auto names = ArrayOf(*unknown, SIZE_MAX);
  if (!names) return Wrong("unknown", "an array");
  for (const JsonElement name : *names) {
    std::string_view text;
    if (name.get(text) != simdjson::SUCCESS) text = {};
    if (text == "hash") {
      identity.unknown.hash = true;
    } else if (text == "publisher") {
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

Result<void> ReadCollection(const JsonMembers& fact, FileReport& report) {
  const std::string_view operation = TRY(Text(fact, "operation"));
  if (!operation.empty()) {
    report.operation = ParseOperation(operation);
    if (!report.operation) {
      return Wrong("operation", "execute, load, script, install, package or open");
    }
  }
  const std::string_view collection = TRY(Text(fact, "collection"));
  if (collection.empty()) {
    if (fact.Has("collection")) return {};  // null: what no collection judges
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
Result<void> ReadDigest(const JsonMembers& object, std::string_view member,
                        std::optional<std::array<uint8_t, kSize>>& digest) {
  const std::string_view text = TRY(Text(object, member));
  if (text.empty()) return {};
  const auto bytes = FromHex(text);
  if (!bytes || bytes->size() != kSize)
    return Wrong(member, fmt::format("{} hex digits", kSize * 2));
  std::ranges::copy(AsBytes(*bytes), digest.emplace().begin());
  return {};
}

Result<void> ReadStatus(const JsonMembers& signature, SignatureReport& report) {
  const std::string_view status = TRY(Text(signature, "status"));
  if (status.empty()) return {};
  for (int i = 0; i <= static_cast<int>(SignatureStatus::kValid); ++i) {
    const auto candidate = static_cast<SignatureStatus>(i);
    if (status != ToString(candidate)) continue;
    report.status = candidate;
    return {};
  }
  return Wrong("status", "the status of a signature");
}

Result<void> ReadKind(const JsonMembers& fact, FileReport& report) {
  FileIdentity& identity = report.identity;
  identity.kind = DefaultKind(report.collection);
  const std::string_view kind = TRY(Text(fact, "kind"));
  for (int i = 0; i <= static_cast<int>(FileKind::kRpm); ++i) {
    const auto candidate = static_cast<FileKind>(i);
    if (kind == ToString(candidate)) identity.kind = candidate;
  }
  const JsonElement* element = fact.Find("signature");
  if (element == nullptr) return {};
  const JsonMembers signature(*element);
  if (!signature.IsObject()) return Wrong("signature", "an object");
  identity.signature.is_windows_signed = TRY(Flag(signature, "windows_signed", false));
  TRY_VOID(ReadDigest(signature, "thumbprint", identity.signature.signer_thumbprint));
  return ReadStatus(signature, identity.signature);
}

// What only Software Restriction Policies ask.
Result<void> ReadSrpFacts(const JsonMembers& fact, FileReport& report) {
  FileIdentity& identity = report.identity;
  TRY_VOID(ReadDigest(fact, "md5", identity.flat_md5));
  TRY_VOID(ReadDigest(fact, "sha1", identity.flat_sha1));
  std::optional<std::array<uint8_t, 32>> sha256;
  TRY_VOID(ReadDigest(fact, "sha256", sha256));
  if (sha256) identity.sha256 = *sha256;
  const JsonElement* const size = fact.Find("size");
  if (size != nullptr && size->get(identity.size) != simdjson::SUCCESS) {
    return Wrong("size", "a number of bytes");
  }
  const std::string_view zone = TRY(Text(fact, "zone"));
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
  const JsonMembers fact(TRY(ParseStrictJson(line)));
  if (!fact.IsObject()) return Fail(ErrorCode::kMalformed, "not a JSON object");
  FileReport report;
  report.path = TRY(PathText(fact, "path", "path_b64"));
  if (report.path.empty()) return Fail(ErrorCode::kMalformed, "`path` is missing");
  TRY_VOID(CheckPathLength(report.path, "path"));
  report.host = TRY(Text(fact, "host"));
  const std::string_view problem = TRY(Text(fact, "error"));
  if (!problem.empty()) {
    report.problem = Error{ErrorCode::kIo, std::string(problem)};
    return report;
  }
  TRY_VOID(ReadCollection(fact, report));
  TRY_VOID(ReadKind(fact, report));
  TRY_VOID(ReadPaths(fact, report, speller));
  TRY_VOID(ReadHashes(fact, report.identity));
  report.publisher_told = fact.Has("publisher");
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
