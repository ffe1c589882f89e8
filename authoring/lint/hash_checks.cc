// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>

#include "authoring/lint/check.h"
#include "authoring/lint/rule_facts.h"
#include "base/bytes.h"
#include "base/quote.h"

namespace portcullis::lint {
namespace {

using applocker::FileHash;
using applocker::Rule;

template <typename Use>
void ForEachHash(const Rule& rule, const Use& use) {
  for (const applocker::Condition* condition : ConditionsOf(rule)) {
    const auto* const hashes = HashesOf(*condition);
    if (hashes == nullptr) continue;
    for (const FileHash& hash : hashes->hashes) use(hash);
  }
}

std::string NameOf(const FileHash& hash) {
  return hash.source_file_name ? Quote(*hash.source_file_name) : "a file";
}

void FlatHash(const CheckRun& run, const Rule& rule) {
  if (run.context.facts() == nullptr) return;
  ForEachHash(rule, [&](const FileHash& hash) {
    if (hash.digest.type != HashType::kSha256) return;
    const std::string* const file = run.context.facts()->Find(hash.digest);
    if (file == nullptr) return;
    run.TellOf(rule, fmt::format("the hash of {} is that of the whole file {}", NameOf(hash),
                                 Quote(*file)));
  });
}

// What people put where they have no hash: zeros, and the hash of nothing.
bool IsPlaceholder(const FileDigest& digest) {
  constexpr std::string_view kOfNothing[] = {
      "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
      "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709"};
  const Bytes bytes(digest.bytes.data(), digest.size());
  const bool is_one_byte =
      std::ranges::all_of(bytes, [&](uint8_t byte) { return byte == bytes[0]; });
  return is_one_byte || std::ranges::find(kOfNothing, HexUpper(bytes)) != std::end(kOfNothing);
}

void PlaceholderHash(const CheckRun& run, const Rule& rule) {
  ForEachHash(rule, [&](const FileHash& hash) {
    if (!IsPlaceholder(hash.digest)) return;
    run.TellOf(rule, fmt::format("the hash of {} is a placeholder, or that of an empty file",
                                 NameOf(hash)));
  });
}

// One finding a rule, however many hashes it has.
void WeakHash(const CheckRun& run, const Rule& rule) {
  size_t weak = 0;
  ForEachHash(rule, [&](const FileHash& hash) {
    weak += hash.digest.type == HashType::kSha1 ? size_t{1} : size_t{0};
  });
  if (weak > 0) run.TellOf(rule, fmt::format("{} of its hashes are SHA-1", weak));
}

void HashWithoutName(const CheckRun& run, const Rule& rule) {
  size_t nameless = 0;
  ForEachHash(rule, [&](const FileHash& hash) {
    nameless += hash.source_file_name.value_or("").empty() ? size_t{1} : size_t{0};
  });
  if (nameless > 0) {
    run.TellOf(rule, fmt::format("{} of its hashes do not say of which file they are", nameless));
  }
}

constexpr Check kChecks[] = {
    {{"flat-hash", Severity::kError,
      "A hash of type SHA256 is compared with the Authenticode digest, so the digest of the whole "
      "file matches nothing.",
      "Take `hash` from `inspect`, or write Type=\"SHA256Flat\"."},
     FlatHash},
    {{"placeholder-hash", Severity::kWarning, "No program has this hash.",
      "Take the hash from the file, with `inspect`."},
     PlaceholderHash},
    {{"weak-hash", Severity::kWarning,
      "Two files with one SHA-1 can be made, so the one that is allowed can be another.",
      "Use SHA-256."},
     WeakHash},
    {{"hash-without-name", Severity::kNote,
      "Without a file name nobody can tell what the rule is for.", "Give SourceFileName."},
     HashWithoutName},
};

}  // namespace

std::span<const Check> HashChecks() { return kChecks; }

}  // namespace portcullis::lint
