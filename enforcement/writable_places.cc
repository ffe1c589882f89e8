// SPDX-License-Identifier: Apache-2.0
#include "enforcement/writable_places.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "host/account_token.h"
#include "host/write_guard.h"

namespace portcullis::enforcement {
namespace {

using applocker::CollectionType;
using applocker::EnforcementMode;

// An ordinary user who is in no group and owns nothing.
constexpr uint32_t kSomebody = 65'533;

struct Probe {
  CollectionType collection;
  Operation operation;
  std::string_view name;
};
constexpr std::array<Probe, 3> kProbes = {
    {{CollectionType::kExe, Operation::kExecute, "portcullis-probe"},
     {CollectionType::kDll, Operation::kLoad, "libportcullis-probe.so"},
     {CollectionType::kScript, Operation::kScript, "portcullis-probe.sh"}}};

bool IsEnforced(const PolicySet& policies, CollectionType type) {
  for (size_t layer = 0; layer < policies.layers(); ++layer) {
    const auto* collection = policies.layer(layer).Find(type);
    if (collection != nullptr && !collection->rules.empty() &&
        collection->mode() != EnforcementMode::kAuditOnly) {
      return true;
    }
  }
  return false;
}

// A program that nobody has seen yet.
FileIdentity NewFile(CollectionType type) {
  FileIdentity identity;
  identity.kind = type == CollectionType::kScript ? FileKind::kScript : FileKind::kElf;
  return identity;
}

class Search {
 public:
  Search(const PolicySet& policies, const PathSpeller& speller, uint64_t limit)
      : policies_(policies), speller_(speller), limit_(limit) {
    for (const Probe& probe : kProbes) {
      if (IsEnforced(policies, probe.collection)) probes_.push_back(probe);
    }
    for (const Mount& mount : speller.mounts().mounts()) mount_points_.insert(mount.point);
  }

  WritablePlaces Run(const std::vector<std::string>& points) {
    if (!probes_.empty()) {
      for (const std::string& point : points) Walk(point);
    }
    for (auto& [key, place] : places_) found_.places.push_back(std::move(place));
    return std::move(found_);
  }

 private:
  // One file system: what is mounted in it is a point of its own, or not judged.
  void Walk(const std::string& point) {
    namespace fs = std::filesystem;
    std::error_code error;
    LookAt(point);
    fs::recursive_directory_iterator at(point, fs::directory_options::skip_permission_denied,
                                        error);
    for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
      if (at->symlink_status(error).type() != fs::file_type::directory) continue;
      const std::string folder = at->path().string();
      if (mount_points_.contains(folder)) {
        at.disable_recursion_pending();
      } else if (!LookAt(folder)) {
        return;
      }
    }
  }

  bool LookAt(const std::string& folder) {
    if (found_.looked_at >= limit_) return found_.is_complete = false;
    ++found_.looked_at;
    struct stat status {};
    if (lstat(folder.c_str(), &status) != 0 || OnlyRootMayWrite(folder, status)) return true;
    for (const Probe& probe : probes_) Ask(probe, folder, status);
    return true;
  }

  // One who may write there, in the policy's eyes the one with the most rights of these.
  const AccessToken& WriterOf(const struct stat& status) {
    const bool owned = status.st_uid != 0 && (status.st_mode & S_IWUSR) != 0;
    const bool by_group = (status.st_mode & S_IWGRP) != 0 && status.st_gid != 0;
    const bool by_others = (status.st_mode & S_IWOTH) != 0;
    const uint32_t uid = owned && !by_others ? status.st_uid : kSomebody;
    const uint32_t gid = by_group && !by_others ? status.st_gid : kSomebody;
    auto [at, is_new] = tokens_.try_emplace({uid, gid});
    if (is_new) at->second = TokenFromIds(uid, std::array{gid}, false, speller_.config());
    return at->second;
  }

  void Ask(const Probe& probe, const std::string& folder, const struct stat& status) {
    const std::string real = folder == "/" ? std::string() : folder;
    const FileAttributes file =
        MakeFileAttributes(NewFile(probe.collection), speller_.ForDirectory(real).Of(probe.name),
                           policies_.settings());
    Request request;
    request.operation = probe.operation;
    request.collection = probe.collection;
    request.file = &file;
    request.token = &WriterOf(status);
    const Decision decision = Decide(policies_, request);
    if (!IsDenial(decision.verdict)) Add(probe.collection, decision, folder);
  }

  void Add(CollectionType collection, const Decision& decision, const std::string& folder) {
    std::string rule;
    if (decision.rule != nullptr) {
      rule = decision.rule->name.empty() ? decision.rule->id.ToString() : decision.rule->name;
    }
    WritablePlace& place = places_[{collection, rule}];
    place.collection = collection;
    place.rule = rule;
    ++place.folders;
    if (place.examples.size() < kMaxShownFolders) place.examples.push_back(folder);
  }

  const PolicySet& policies_;
  const PathSpeller& speller_;
  const uint64_t limit_;
  std::vector<Probe> probes_;
  std::set<std::string> mount_points_;
  std::map<std::pair<uint32_t, uint32_t>, AccessToken> tokens_;
  std::map<std::pair<CollectionType, std::string>, WritablePlace> places_;
  WritablePlaces found_;
};

}  // namespace

WritablePlaces FindWritablePlaces(const PolicySet& policies, const PathSpeller& speller,
                                  const std::vector<std::string>& points, uint64_t limit) {
  return Search(policies, speller, limit).Run(points);
}

}  // namespace portcullis::enforcement
