// SPDX-License-Identifier: Apache-2.0
// A policy of Software Restriction Policies as the registry has it. Names are those of Windows'
// registry and of winsafer.h.
//
// Shape:   Policy > settings and rules; a rule > an id, a level, one condition.
// Units:   text is UTF-8 as written (case kept); LastModified counts 100 ns since 1601-01-01 UTC,
// as
//          FILETIME does.
// Limits:  below; a reader enforces them, the model does not.
// Lifetime: values; a decision points into the model that its engine holds.
// Threads: immutable once built.
// Source:  winsafer.h; docs/formats/srp-registry.md.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace portcullis::srp {

inline constexpr size_t kMaxRules = 100'000;
inline constexpr size_t kMaxPathUnits = 32'767;       // UTF-16 units of a path rule's text
inline constexpr size_t kMaxTextUnits = 16'384;       // of a description or a friendly name
inline constexpr size_t kMaxDesignatedTypes = 4'096;  // and each at most
inline constexpr size_t kMaxExtensionUnits = 255;     // this long

// What a file may do, least first: SAFER_LEVELID_*.
enum class Level : uint32_t {
  kDisallowed = 0,
  kUntrusted = 0x1000,
  kConstrained = 0x10000,
  kBasicUser = 0x20000,  // SAFER_LEVELID_NORMALUSER; "Basic User" where it is shown
  kUnrestricted = 0x40000,
};
inline constexpr std::array kLevels = {Level::kDisallowed, Level::kUntrusted, Level::kConstrained,
                                       Level::kBasicUser, Level::kUnrestricted};
const char* ToString(Level level);     // "Disallowed", ..., "BasicUser", "Unrestricted"
const char* DisplayName(Level level);  // the same, but "Basic User"
std::optional<Level> LevelOf(uint64_t number);
// Ignores case; "BasicUser", "basic-user", "Basic User" and "NormalUser" are one.
std::optional<Level> ParseLevel(std::string_view text);

enum class Scope : uint8_t { kMachine, kUser };
const char* ToString(Scope scope);  // "Machine", "User"

// TransparentEnabled: which operations ask at all.
enum class TransparentEnabled : uint32_t { kNone = 0, kAllButLibraries = 1, kAll = 2 };
inline constexpr std::array kTransparentEnabled = {
    TransparentEnabled::kNone, TransparentEnabled::kAllButLibraries, TransparentEnabled::kAll};
const char* ToString(TransparentEnabled value);  // "None", "AllButLibraries", "All"

// PolicyScope: who is asked about.
enum class PolicyScope : uint32_t { kAllUsers = 0, kAllButAdministrators = 1 };
inline constexpr std::array kPolicyScopes = {PolicyScope::kAllUsers,
                                             PolicyScope::kAllButAdministrators};
const char* ToString(PolicyScope value);  // "AllUsers", "AllButAdministrators"

// A rule's GUID; printed in lower case and braces, as the registry has it.
struct Guid {
  std::array<uint8_t, 16> bytes = {};  // in the order of the text

  static std::optional<Guid> Parse(std::string_view text);  // with braces or without
  std::string ToString() const;                             // "{191cd7fa-...}"
  friend auto operator<=>(const Guid&, const Guid&) = default;
};

// ALG_ID numbers as the registry has them.
enum class HashAlgorithm : uint32_t { kMd5 = 0x8003, kSha1 = 0x8004, kSha256 = 0x800C };
inline constexpr std::array kHashAlgorithms = {HashAlgorithm::kMd5, HashAlgorithm::kSha1,
                                               HashAlgorithm::kSha256};
const char* ToString(HashAlgorithm algorithm);  // "MD5", "SHA1", "SHA256"
size_t DigestSize(HashAlgorithm algorithm);     // 16, 20, 32
std::optional<HashAlgorithm> HashAlgorithmOf(uint64_t number);

struct HashCondition {
  HashAlgorithm algorithm = HashAlgorithm::kMd5;
  std::array<uint8_t, 32> digest = {};  // the first DigestSize(algorithm) bytes
  uint64_t size = 0;                    // of the file, in bytes
  // The SHA256 subkey that Windows 7 and later write beside an MD5. Either matches.
  std::optional<std::array<uint8_t, 32>> sha256;
  std::string friendly_name;  // shown, never matched

  friend bool operator==(const HashCondition&, const HashCondition&) = default;
};

// A publisher's certificate: its level follows from the store it lies in.
struct CertificateCondition {
  std::array<uint8_t, 20> thumbprint = {};  // SHA-1 of the certificate's DER: the registry key
  std::vector<uint8_t> certificate;         // DER; empty where only the thumbprint is known

  friend bool operator==(const CertificateCondition&, const CertificateCondition&) = default;
};

// The text as written, with variables and registry values still to be expanded.
struct PathCondition {
  std::string path;
  bool expandable = true;  // REG_EXPAND_SZ; else REG_SZ. Both are expanded.

  friend bool operator==(const PathCondition&, const PathCondition&) = default;
};

enum class UrlZone : uint32_t {
  kMyComputer = 0,
  kIntranet = 1,
  kTrusted = 2,
  kInternet = 3,
  kRestricted = 4,
};
inline constexpr std::array kUrlZones = {UrlZone::kMyComputer, UrlZone::kIntranet,
                                         UrlZone::kTrusted, UrlZone::kInternet,
                                         UrlZone::kRestricted};
// "MyComputer", "Intranet", "Trusted", "Internet", "Restricted"
const char* ToString(UrlZone zone);
std::optional<UrlZone> UrlZoneOf(uint64_t number);

struct UrlZoneCondition {
  UrlZone zone = UrlZone::kMyComputer;
  friend bool operator==(const UrlZoneCondition&, const UrlZoneCondition&) = default;
};

// In order of precedence: the first kind with a match decides.
enum class RuleKind : uint8_t { kHash, kCertificate, kPath, kUrlZone };
const char* ToString(RuleKind kind);  // "hash", "certificate", "path", "zone"

using Condition =
    std::variant<HashCondition, CertificateCondition, PathCondition, UrlZoneCondition>;

struct Rule {
  Guid id;  // of a certificate rule: all zero, its thumbprint names it
  Level level = Level::kDisallowed;
  Condition condition;
  std::string description;
  uint32_t safer_flags = 0;
  std::optional<uint64_t> last_modified;
  Scope scope = Scope::kMachine;  // of the policy it stands in

  RuleKind kind() const { return static_cast<RuleKind>(condition.index()); }
  friend bool operator==(const Rule&, const Rule&) = default;
};

// What is absent here is not set in the registry either, and counts as the comment says.
struct Policy {
  Scope scope = Scope::kMachine;
  std::optional<Level> default_level;  // absent: no policy, everything is Unrestricted
  std::optional<TransparentEnabled> transparent_enabled;     // absent: kAllButLibraries
  std::optional<PolicyScope> policy_scope;                   // absent: kAllUsers
  std::optional<std::vector<std::string>> executable_types;  // absent: DefaultExecutableTypes()
  std::optional<bool> authenticode_enabled;                  // absent: no certificate rules
  std::optional<uint32_t> levels;                            // which levels the editor shows
  std::optional<uint32_t> authenticode_flags;                // TrustedPublisher\Safer
  std::optional<std::string> log_file_name;
  std::vector<Rule> rules;  // in the order of the source

  Level level() const { return default_level.value_or(Level::kUnrestricted); }
  TransparentEnabled enforcement() const {
    return transparent_enabled.value_or(TransparentEnabled::kAllButLibraries);
  }
  bool certificate_rules_count() const { return authenticode_enabled.value_or(false); }
  // Whether there is a policy: a default level, as Windows has it.
  bool is_defined() const { return default_level.has_value(); }

  friend bool operator==(const Policy&, const Policy&) = default;
};

// The list the editor begins with, upper case, sorted: ADE, ADP, BAS, ...
const std::vector<std::string>& DefaultExecutableTypes();

}  // namespace portcullis::srp
