// SPDX-License-Identifier: Apache-2.0
// Path rules: for files and folders that the user can not write.
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "authoring/generate/draft_rule.h"
#include "authoring/generate/folder_cover.h"
#include "policy/applocker/limits.h"
#include "policy/path_text.h"

namespace portcullis {
namespace {

using applocker::CollectionType;
using applocker::FilePathCondition;

// Files that can share a folder.
struct GroupKey {
  CollectionType collection;
  char separator;
  bool case_sensitive;

  friend auto operator<=>(const GroupKey&, const GroupKey&) = default;
};

// A path that a rule can name, and then names it alone.
std::string_view Obstacle(const SeenFile& file) {
  if (file.collection == CollectionType::kAppx) return "packaged apps are known by publisher alone";
  if (!file.rule_path) return "it has no path that a rule could name";
  const std::string& path = file.rule_path->text;
  if (HasWildcard(path)) return "its path has a wildcard in it";
  const bool is_host = KindOfPath(path) == PathKind::kHost;
  if (path.find(is_host ? '\\' : '/') != std::string::npos) {
    return "its path has the other system's separator in a name";
  }
  // A folder's rule is two characters longer than the folder, which is shorter than its files.
  if (!IsRuleText(path, applocker::kMaxPathLength - 1)) return "its path can not be written in XML";
  return {};
}

class PathRules {
 public:
  PathRules(const std::vector<SeenFile>& files, const GenerateOptions& options)
      : files_(files), options_(options) {}

  Drafts Make(std::vector<PendingFile> pending) {
    for (PendingFile& waiting : pending) Sort(std::move(waiting));
    for (auto& [key, group] : groups_) {
      const bool by_folder =
          options_.grouping == Grouping::kOptimize && AccessFor(key.separator) != nullptr;
      by_folder ? ByFolder(key, std::move(group)) : Alone(key, group);
    }
    for (auto& [key, draft] : single_) drafts_.rules.push_back(std::move(draft));
    return std::move(drafts_);
  }

 private:
  void Sort(PendingFile waiting) {
    const SeenFile& file = files_[waiting.file];
    const std::string_view obstacle = Obstacle(file);
    if (!obstacle.empty()) return Leave(std::move(waiting), obstacle);
    why_[waiting.file] = waiting.why;
    const PathSpelling& path = *file.rule_path;
    groups_[{file.collection, SeparatorOf(path), path.case_sensitive}].push_back(
        {path, waiting.file});
  }

  void Leave(PendingFile waiting, std::string_view why) {
    AddReason(waiting, why);
    drafts_.left.push_back(std::move(waiting));
  }

  void ByFolder(const GroupKey& key, std::vector<FolderFile> group) {
    std::vector<PathSpelling> selected;
    for (const PathSpelling& folder : options_.whole_folders) {
      if (SeparatorOf(folder) == key.separator) {
        selected.push_back(folder);
        selected.back().case_sensitive = key.case_sensitive;
      }
    }
    FolderCover cover = CoverByFolders(std::move(group), selected, [&](const Folder& folder) {
      return IsSafe(key.separator, folder);
    });
    for (Folder& folder : cover.folders) {
      const bool is_root = folder.path.ends_with(key.separator);
      const std::string path =
          fmt::format("{}{}*", folder.path, is_root ? "" : std::string(1, key.separator));
      drafts_.rules.push_back(
          {key.collection, FilePathCondition{path}, RuleName(path), std::move(folder.files)});
    }
    Alone(key, cover.alone);
  }

  // Null: nothing is known.
  const WriteAccess* AccessFor(char separator) const {
    return separator == '/' ? options_.host_access : options_.windows_access;
  }

  // The files are asked too: a description may tell of the folder and not of what is in it.
  bool IsSafe(char separator, const Folder& folder) const {
    const WriteAccess* const access = AccessFor(separator);
    const auto place = access->FindInTree(folder.path, options_.writers);
    if (!place || place->has_value()) return false;
    return std::ranges::all_of(folder.files, [&](uint32_t file) {
      return WhoMayWrite(access, files_[file].rule_path->text).empty();
    });
  }

  void Alone(const GroupKey& key, const std::vector<FolderFile>& group) {
    for (const FolderFile& file : group) {
      const std::string obstacle = WhoMayWrite(AccessFor(key.separator), file.path.text);
      if (obstacle.empty()) {
        AddSingle(key, file);
      } else {
        Leave({file.file, why_[file.file]}, obstacle);
      }
    }
  }

  // Empty: nobody, or nothing is known of that.
  std::string WhoMayWrite(const WriteAccess* access, const std::string& file) const {
    if (access == nullptr) return {};
    const auto place = access->FindOnPath(file, options_.writers);
    if (!place) return fmt::format("who may write it is not known: {}", place.error().message);
    if (!place->has_value()) return {};
    return fmt::format("the user can write {}: {}", (*place)->path, (*place)->why);
  }

  void AddSingle(const GroupKey& key, const FolderFile& file) {
    auto [found, is_new] = single_.try_emplace({key, PathKey(file.path)});
    DraftRule& draft = found->second;
    const std::string& path = file.path.text;
    if (is_new || path < std::get<FilePathCondition>(draft.condition).path) {
      draft.collection = key.collection;
      draft.condition = FilePathCondition{path};
      draft.name = RuleName(path);
    }
    draft.files.push_back(file.file);
  }

  const std::vector<SeenFile>& files_;
  const GenerateOptions& options_;
  std::map<GroupKey, std::vector<FolderFile>> groups_;
  std::map<std::pair<GroupKey, std::string>, DraftRule> single_;
  std::map<uint32_t, std::string> why_;
  Drafts drafts_;
};

}  // namespace

Drafts DraftPathRules(const std::vector<SeenFile>& files, std::vector<PendingFile> pending,
                      const GenerateOptions& options) {
  return PathRules(files, options).Make(std::move(pending));
}

}  // namespace portcullis
