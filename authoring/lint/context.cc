// SPDX-License-Identifier: Apache-2.0
#include "authoring/lint/context.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "authoring/lint/probe_path.h"
#include "authoring/lint/rule_facts.h"
#include "base/quote.h"
#include "policy/applocker/rule_trace.h"
#include "policy/path_text.h"

namespace portcullis::lint {
namespace {

using applocker::CollectionType;
using applocker::Rule;
using applocker::RuleCollection;

struct Kind {
  Operation operation;
  FileKind kind;
  // Of files that the collection judges; an exception may name one of them.
  std::array<std::string_view, 3> extensions;
};

Kind KindFor(CollectionType type) {
  switch (type) {
    case CollectionType::kDll:
      return {Operation::kLoad, FileKind::kPe, {".dll", ".ocx", ".bin"}};
    case CollectionType::kScript:
      return {Operation::kScript, FileKind::kScript, {".ps1", ".bat", ".js"}};
    case CollectionType::kMsi:
      return {Operation::kInstall, FileKind::kMsi, {".msi", ".msp", ".mst"}};
    case CollectionType::kAppx:
      return {Operation::kPackage, FileKind::kAppx, {".appx", ".msix", ".bin"}};
    default:
      return {Operation::kExecute, FileKind::kPe, {".exe", ".com", ".bin"}};
  }
}

Request RequestFor(CollectionType type, const FileAttributes& file, const AccessToken& token) {
  return {KindFor(type).operation, type, &file, &token, {}};
}

}  // namespace

Result<Context> Context::Create(const LintInput& input) {
  PolicySet::Builder builder(input.settings);
  builder.SetUnknownCollections(PolicySet::Builder::UnknownCollections::kIgnore);
  builder.AddMergedLayer({NamedPolicy{"policy", input.policy}});
  return Context(input, TRY(builder.Build()));
}

Context::Context(const LintInput& input, PolicySet set)
    : input_(&input), set_(std::move(set)), speller_(input.config, MountTable(), {}) {
  for (const RuleCollection& collection : input.policy.collections) {
    for (const Rule& rule : collection.rules) {
      for (const std::string* path : PathsOf(rule)) NotePath(*path);
    }
  }
}

void Context::NotePath(const std::string& path) {
  names_windows_ |= IsForWindows(path);
  names_linux_ |= KindOfPath(path) == PathKind::kHost;
}

AccessToken Context::OrdinaryUser(const Sid& also) {
  namespace sids = well_known_sids;
  AccessToken token;
  token.user = also;
  token.groups = {{sids::kEveryone}, {sids::kAuthenticatedUsers}, {sids::kUsers}};
  return token;
}

AccessToken Context::Administrator() {
  AccessToken token = OrdinaryUser(well_known_sids::kAdministrators);
  token.groups.push_back({well_known_sids::kAdministrators});
  return token;
}

FileAttributes Context::AttributesOf(const Probe& probe) const {
  FileIdentity identity;
  identity.kind = KindFor(probe.collection).kind;
  identity.publisher = probe.publisher;
  identity.signature.is_windows_signed = probe.is_windows_signed;
  return MakeFileAttributes(identity, speller_.ForText(probe.path), settings());
}

Decision Context::Decide(const Probe& probe, const AccessToken& token) const {
  const FileAttributes file = AttributesOf(probe);
  return portcullis::Decide(set_, RequestFor(probe.collection, file, token));
}

bool Context::RuleAllows(const Rule& rule, const Probe& probe) const {
  const AccessToken token = OrdinaryUser(rule.user_or_group_sid);
  const FileAttributes file = AttributesOf(probe);
  const Request request = RequestFor(probe.collection, file, token);
  return !IsDenial(portcullis::Decide(set_, request).verdict) &&
         reference::TraceRule(rule, probe.collection, request, settings()).outcome ==
             RuleOutcome::kMatched;
}

const authoring::CoverIndex& Context::CoversOf(const RuleCollection& collection) const {
  return covers_.try_emplace(&collection, collection.rules, settings()).first->second;
}

const Context::Written& Context::WrittenIn(const std::string& folder) const {
  const auto [at, is_new] = written_.try_emplace(folder);
  if (!is_new) return at->second;
  Written& written = at->second;
  const auto searched =
      input_->access.ForEachInTree(folder, Writers{}, [&](const WritablePlace& place) {
        written.is_cut = written.places.size() == kMaxPlaces;
        if (!written.is_cut) written.places.push_back(place);
        return !written.is_cut;
      });
  if (!searched) written.error = searched.error();
  return written;
}

void Context::SortPlaces(const RuleCollection& collection, const Rule& rule,
                         const std::vector<WritablePlace>& places, OpenPlaces& open) const {
  const CollectionType type = *collection.type;
  const ProbePath path(*PathOf(rule.condition), config());
  const auto allows_one = [&](const std::vector<std::string>& files) {
    return std::ranges::any_of(files, [&](const std::string& file) {
      return RuleAllows(rule, {type, file, {}, false});
    });
  };
  for (const WritablePlace& place : places) {
    const ProbeFiles files = path.FilesIn(place.path, KindFor(type).extensions);
    if (allows_one(files.files)) {
      open.places.push_back(place);
    } else if (allows_one(files.streams)) {
      open.streams.push_back(place);
    }
  }
}

OpenPlaces Context::FindPlaces(const RuleCollection& collection, const Rule& rule) const {
  OpenPlaces open;
  const std::string* const path = PathOf(rule.condition);
  const bool is_asked = path != nullptr && rule.action == applocker::Action::kAllow &&
                        collection.type && *collection.type != CollectionType::kAppx &&
                        *collection.type != CollectionType::kManagedInstaller &&
                        !IsAdministrative(rule.user_or_group_sid) && !IsEveryPath(*path);
  if (!is_asked) return open;
  if (!HasWildcard(*path)) {
    const auto place = input_->access.FindOnPath(*path, Writers{});
    if (!place) {
      open.unknown = place.error();
    } else if (*place) {
      SortPlaces(collection, rule, {**place}, open);
    }
    return open;
  }
  const auto split = SplitAtWildcard(*path);
  if (!split) return open;
  const Written& written = WrittenIn(split->folder);
  open.unknown = written.error;
  SortPlaces(collection, rule, written.places, open);
  if (written.is_cut && open.places.empty()) {
    open.unknown = Error{ErrorCode::kLimitExceeded,
                         fmt::format("below {} users may write in more than {} places, and no more "
                                     "were looked at",
                                     Quote(split->folder), kMaxPlaces)};
  }
  return open;
}

const OpenPlaces& Context::PlacesOf(const RuleCollection& collection, const Rule& rule) const {
  const auto [at, is_new] = open_.try_emplace(&rule);
  if (is_new) at->second = FindPlaces(collection, rule);
  return at->second;
}

}  // namespace portcullis::lint
