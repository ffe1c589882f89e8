// SPDX-License-Identifier: Apache-2.0
#include "authoring/access/path_follower.h"

#include <fmt/core.h>

#include <deque>

#include "authoring/access/tree_write_access.h"
#include "base/quote.h"

namespace portcullis {
namespace {

class PathFollower {
 public:
  PathFollower(const FileTree& tree, const Writers& writers) : tree_(tree), writers_(writers) {}

  Result<PathEnd> Run(const std::string& path) {
    Prepend(path);
    TRY_VOID(EnterRoot());
    while (!names_.empty() && here_ && !place_) {
      const std::string name = std::move(names_.front());
      names_.pop_front();
      TRY_VOID(name == ".." ? GoUp() : GoTo(name));
    }
    return PathEnd{std::move(place_), std::move(real_), std::move(here_)};
  }

 private:
  // The components of `path`, in front of those that are left.
  void Prepend(const std::string& path) {
    size_t end = path.size();
    while (end > 0) {
      const size_t slash = path.rfind('/', end - 1);
      const size_t begin = slash == std::string::npos ? 0 : slash + 1;
      const std::string name = path.substr(begin, end - begin);
      if (!name.empty() && name != ".") names_.push_front(name);
      end = slash == std::string::npos ? 0 : slash;
    }
  }

  Result<void> EnterRoot() { return Enter(""); }

  Result<void> Enter(std::string real) {
    real_ = std::move(real);
    here_ = TRY(tree_.Find(real_));
    if (!here_) place_ = WhereUnknown(real_);
    return {};
  }

  Result<void> GoUp() {
    const size_t slash = real_.rfind('/');
    return Enter(slash == std::string::npos ? "" : real_.substr(0, slash));
  }

  Result<void> GoTo(const std::string& name) {
    if (here_->kind != FileNode::Kind::kFolder) {
      here_.reset();  // nothing can stand below a file
      return {};
    }
    const std::string child = real_ + "/" + name;
    std::optional<FileNode> next = TRY(tree_.Find(child));
    place_ = next ? WhereReplaceable(child, *next) : WhereCreatable(name);
    if (!next && !place_) place_ = WhereUnknown(child);
    if (!next || next->kind != FileNode::Kind::kLink) {
      real_ = child;
      here_ = std::move(next);
      return {};
    }
    return FollowLink(child, next->target);
  }

  Result<void> FollowLink(const std::string& link, const std::string& target) {
    if (++links_ > kMaxLinks) {
      return Fail(ErrorCode::kLimitExceeded,
                  fmt::format("more than {} links, the last at {}", kMaxLinks, Quote(link)));
    }
    Prepend(target);
    return target.starts_with('/') ? EnterRoot() : Result<void>();
  }

  // Whether the writers may rename what is there away.
  std::optional<WritablePlace> WhereReplaceable(const std::string& child, const FileNode& node) {
    auto why = WhyMayWrite(here_->rights, writers_);
    if (!why) return std::nullopt;
    // A sticky folder lets only the owners of the folder and of the entry do that.
    const bool is_doubtful = !here_->rights.doubt.empty();
    if (is_doubtful || !here_->rights.is_sticky() || IsOwnedBy(here_->rights, writers_)) {
      return WritablePlace{ShownHostPath(real_), *std::move(why)};
    }
    if (!IsOwnedBy(node.rights, writers_)) return std::nullopt;
    return WritablePlace{child, fmt::format("it belongs to user {}", node.rights.owner)};
  }

  std::optional<WritablePlace> WhereCreatable(const std::string& name) {
    auto why = WhyMayWrite(here_->rights, writers_);
    if (!why) return std::nullopt;
    return WritablePlace{ShownHostPath(real_),
                         fmt::format("{}, and {} is not there yet", *why, Quote(name))};
  }

  // Of what is not found: it may be there, with any rights.
  std::optional<WritablePlace> WhereUnknown(const std::string& path) const {
    if (tree_.is_complete()) return std::nullopt;
    return WritablePlace{ShownHostPath(path), "it is not described"};
  }

  const FileTree& tree_;
  const Writers& writers_;
  std::deque<std::string> names_;
  std::string real_;
  std::optional<FileNode> here_;
  std::optional<WritablePlace> place_;
  int links_ = 0;
};

}  // namespace

Result<PathEnd> FollowPath(const FileTree& tree, const std::string& path, const Writers& writers) {
  return PathFollower(tree, writers).Run(path);
}

std::string ShownHostPath(const std::string& path) { return path.empty() ? "/" : path; }

}  // namespace portcullis
