// SPDX-License-Identifier: Apache-2.0
#include "authoring/access/tree_write_access.h"

#include <fmt/core.h>

#include <algorithm>

#include "authoring/access/path_follower.h"
#include "base/quote.h"
#include "base/utf.h"
#include "host/lexical_path.h"

namespace portcullis {
namespace {

using Take = std::function<bool(const WritablePlace&)>;

// Everything below one folder, depth first, in the order of the names.
class TreeSearch {
 public:
  TreeSearch(const FileTree& tree, const Writers& writers, const Take& take)
      : tree_(tree), writers_(writers), take_(take) {}

  Result<void> Run(const std::string& top) {
    waiting_.push_back(top);
    while (!waiting_.empty() && !is_done_) {
      const std::string path = std::move(waiting_.back());
      waiting_.pop_back();
      TRY_VOID(Visit(path));
    }
    return {};
  }

 private:
  Result<void> Visit(const std::string& path) {
    const std::optional<FileNode> node = TRY(tree_.Find(path));
    if (!node) return {};  // it went while we looked
    const bool is_folder = node->kind == FileNode::Kind::kFolder;
    if (!is_folder && node->kind != FileNode::Kind::kFile) return {};
    if (auto why = WhyMayWrite(node->rights, writers_)) {
      is_done_ = !take_({ShownHostPath(path), *std::move(why)});
      return {};
    }
    return is_folder ? Enter(path) : Result<void>();
  }

  Result<void> Enter(const std::string& folder) {
    const std::vector<std::string> names = TRY(tree_.NamesIn(folder));
    entries_ += names.size();
    if (entries_ > kMaxTreeEntries) {
      return Fail(ErrorCode::kLimitExceeded,
                  fmt::format("more than {} files and folders", kMaxTreeEntries));
    }
    for (auto name = names.rbegin(); name != names.rend(); ++name) {
      waiting_.push_back(folder + "/" + *name);
    }
    return {};
  }

  const FileTree& tree_;
  const Writers& writers_;
  const Take& take_;
  std::vector<std::string> waiting_;
  uint64_t entries_ = 0;
  bool is_done_ = false;
};

Error In(const std::string& path, Error error) {
  error.message = fmt::format("{}: {}", Quote(path), error.message);
  return error;
}

}  // namespace

Result<std::vector<std::string>> HostPathsOf(const std::string& path, const HostConfig& config) {
  std::string text = path;
  std::ranges::replace(text, '\\', '/');
  const size_t end = text.starts_with('%') ? text.find('%', 1) : std::string::npos;
  const size_t front = end == std::string::npos ? 0 : end + 1;
  const std::string rest = text.substr(front);
  if (!rest.starts_with('/') && (front == 0 || !rest.empty())) {
    return Fail(ErrorCode::kUnsupported, fmt::format("{} is no path of a Linux host", Quote(path)));
  }
  const auto normal = [](const std::string& whole) {
    std::string result = NormalizeHostPath(whole);
    return result == "/" ? std::string() : result;
  };
  if (front == 0) return std::vector<std::string>{normal(rest)};
  const PathMacro* const macro = config.Find(UpperCase(text.substr(0, front)));
  if (macro == nullptr || macro->directories.empty()) {
    return Fail(ErrorCode::kUnsupported,
                fmt::format("{} stands for no folder of a Linux host", Quote(path)));
  }
  std::vector<std::string> paths;
  for (const std::string& directory : macro->directories) {
    paths.push_back(normal(fmt::format("{}/{}", directory, rest)));
  }
  return paths;
}

Result<void> TreeWriteAccess::ForEachInTree(const std::string& folder, const Writers& writers,
                                            const Take& take) const {
  bool goes_on = true;
  const Take take_while = [&](const WritablePlace& place) { return goes_on = take(place); };
  for (const std::string& path : TRY(HostPathsOf(folder, config_))) {
    if (!goes_on) break;
    const auto end = FollowPath(tree_, path, writers);
    if (!end) return Unexpected(In(folder, end.error()));
    if (end->place) {
      take_while(*end->place);
    } else if (end->node) {
      const auto searched = TreeSearch(tree_, writers, take_while).Run(end->real);
      if (!searched) return Unexpected(In(folder, searched.error()));
    }
  }
  return {};
}

Result<std::optional<WritablePlace>> TreeWriteAccess::FindOnPath(const std::string& file,
                                                                 const Writers& writers) const {
  for (const std::string& path : TRY(HostPathsOf(file, config_))) {
    auto end = FollowPath(tree_, path, writers);
    if (!end) return Unexpected(In(file, end.error()));
    if (end->place) return std::move(end->place);
    if (!end->node) continue;
    if (auto why = WhyMayWrite(end->node->rights, writers)) {
      return WritablePlace{ShownHostPath(end->real), *std::move(why)};
    }
  }
  return std::nullopt;
}

}  // namespace portcullis
