// SPDX-License-Identifier: Apache-2.0
// Hash rules: a rule a hash, or one for all that are left of a collection.
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "authoring/generate/draft_rule.h"
#include "policy/applocker/limits.h"

namespace portcullis {
namespace {

using applocker::CollectionType;
using applocker::FileHash;
using applocker::FileHashCondition;

constexpr size_t kNamedFiles = 5;  // in the name of a rule

using Digest = std::pair<HashType, std::array<uint8_t, 32>>;

// What one hash is shown as: the smallest name it was seen under, so that the order of files does
// not count.
struct Seen {
  std::string name;
  uint64_t size = 0;
  std::vector<uint32_t> files;
};

using Hashes = std::map<Digest, Seen>;

void Add(Hashes& hashes, const SeenFile& file, uint32_t number) {
  auto [found, is_new] = hashes.try_emplace({file.digest->type, file.digest->bytes});
  Seen& seen = found->second;
  const std::string name = RuleName(FileNameOf(file.path));
  if (is_new || std::tie(name, file.size) < std::tie(seen.name, seen.size)) {
    seen.name = name;
    seen.size = file.size;
  }
  seen.files.push_back(number);
}

void Append(DraftRule& draft, const Digest& digest, const Seen& seen) {
  FileHash hash;
  hash.digest = {digest.first, digest.second};
  hash.source_file_name = seen.name;
  hash.source_file_length = fmt::format("{}", seen.size);
  std::get<FileHashCondition>(draft.condition).hashes.push_back(std::move(hash));
  draft.files.insert(draft.files.end(), seen.files.begin(), seen.files.end());
}

// The names of its files, the first few of them.
std::string NameFor(const DraftRule& draft) {
  std::set<std::string> names;
  for (const FileHash& hash : std::get<FileHashCondition>(draft.condition).hashes) {
    names.insert(*hash.source_file_name);
  }
  std::string text;
  size_t named = 0;
  for (const std::string& name : names) {
    if (named == kNamedFiles) return text + "...";
    text += fmt::format("{}{}", named == 0 ? "" : ", ", name);
    ++named;
  }
  return text;
}

DraftRule Begin(CollectionType collection) { return {collection, FileHashCondition{}, {}, {}}; }

void Finish(DraftRule draft, std::vector<DraftRule>& rules) {
  draft.name = NameFor(draft);
  rules.push_back(std::move(draft));
}

void DraftCollection(CollectionType collection, const Hashes& hashes, Grouping grouping,
                     std::vector<DraftRule>& rules) {
  DraftRule draft = Begin(collection);
  for (const auto& [digest, seen] : hashes) {
    Append(draft, digest, seen);
    if (grouping == Grouping::kNone) Finish(std::exchange(draft, Begin(collection)), rules);
  }
  if (!draft.files.empty()) Finish(std::move(draft), rules);
}

std::string_view Obstacle(const SeenFile& file) {
  if (file.collection == CollectionType::kAppx) return "packaged apps are known by publisher alone";
  return file.digest ? "" : "its hash is not known";
}

}  // namespace

Drafts DraftHashRules(const std::vector<SeenFile>& files, std::vector<PendingFile> pending,
                      const GenerateOptions& options) {
  Drafts drafts;
  std::map<CollectionType, Hashes> collections;
  for (PendingFile& waiting : pending) {
    const SeenFile& file = files[waiting.file];
    const std::string_view obstacle = Obstacle(file);
    if (obstacle.empty()) {
      Add(collections[file.collection], file, waiting.file);
      continue;
    }
    AddReason(waiting, obstacle);
    drafts.left.push_back(std::move(waiting));
  }
  for (const auto& [collection, hashes] : collections) {
    DraftCollection(collection, hashes, options.grouping, drafts.rules);
  }
  return drafts;
}

}  // namespace portcullis
