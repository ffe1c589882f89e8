// SPDX-License-Identifier: Apache-2.0
// Path rules: for files and folders that the user can not write.
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>
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
  if (!is_host && path.find(':', FrontLength(path)) != std::string::npos) {
    return "its path names a stream of a file or folder";
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
      const std::vector<Asked> asked = AskedFor(key.separator, group);
      const bool is_known =
          std::ranges::all_of(asked, [](const Asked& each) { return each.access != nullptr; });
      const bool by_folder = options_.grouping == Grouping::kOptimize && is_known;
      by_folder ? ByFolder(key, std::move(group), asked) : Alone(key, group);
    }
    for (auto& [key, draft] : single_) drafts_.rules.push_back(std::move(draft));
    return std::move(drafts_);
  }

 private:
  // What is known of some files' hosts, and whose writing counts there.
  struct Asked {
    const WriteAccess* access;  // null: nothing is known
    const Writers* writers;
  };

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

  void ByFolder(const GroupKey& key, std::vector<FolderFile> group,
                const std::vector<Asked>& asked) {
    std::vector<PathSpelling> selected;
    for (const PathSpelling& folder : options_.whole_folders) {
      if (SeparatorOf(folder) == key.separator) {
        selected.push_back(folder);
        selected.back().case_sensitive = key.case_sensitive;
      }
    }
    FolderCover cover = CoverByFolders(std::move(group), selected, [&](const Folder& folder) {
      return IsSafe(asked, key.separator, folder);
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

  // A rule holds on every machine: all that the files are from are asked.
  std::vector<Asked> AskedFor(char separator, const std::vector<FolderFile>& group) const {
    if (separator != '/') return {{options_.windows_access, &options_.writers}};
    const auto is_here = [&](const FolderFile& file) { return files_[file.file].is_here; };
    std::vector<Asked> asked;
    if (std::ranges::any_of(group, is_here)) {
      asked.push_back({options_.here_access, &options_.here_writers});
    }
    if (!std::ranges::all_of(group, is_here)) {
      asked.push_back({options_.host_access, &options_.writers});
    }
    return asked;
  }

  // The files are asked too: a description may tell of the folder and not of what is in it.
  bool IsSafe(const std::vector<Asked>& asked, char separator, const Folder& folder) const {
    const bool is_tree_safe = std::ranges::all_of(asked, [&](const Asked& each) {
      const auto place = each.access->FindInTree(folder.path, *each.writers);
      return place && !place->has_value();
    });
    if (!is_tree_safe) return false;
    return std::ranges::all_of(folder.files, [&](uint32_t file) {
      const std::vector<FolderFile> one = {{*files_[file].rule_path, file}};
      return WhoMayWrite(AskedFor(separator, one), one).empty();
    });
  }

  void Alone(const GroupKey& key, const std::vector<FolderFile>& group) {
    std::map<std::string, std::vector<FolderFile>> by_path;
    for (const FolderFile& file : group) by_path[PathKey(file.path)].push_back(file);
    for (const auto& [path, files] : by_path) OfOnePath(key, files);
  }

  void OfOnePath(const GroupKey& key, const std::vector<FolderFile>& files) {
    const std::string obstacle = WhoMayWrite(AskedFor(key.separator, files), files);
    for (const FolderFile& file : files) {
      if (obstacle.empty()) {
        AddSingle(key, file);
      } else {
        Leave({file.file, why_[file.file]}, obstacle);
      }
    }
  }

  // Empty: nobody, or nothing is known of that.
  static std::string WhoMayWrite(const std::vector<Asked>& asked,
                                 const std::vector<FolderFile>& files) {
    std::set<std::string_view> texts;
    for (const FolderFile& file : files) texts.insert(file.path.text);
    for (const std::string_view text : texts) {
      for (const Asked& each : asked) {
        std::string who = WhoMayWrite(each, std::string(text));
        if (!who.empty()) return who;
      }
    }
    return {};
  }

  static std::string WhoMayWrite(const Asked& asked, const std::string& file) {
    if (asked.access == nullptr) return {};
    const auto place = asked.access->FindOnPath(file, *asked.writers);
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
