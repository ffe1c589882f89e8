// SPDX-License-Identifier: Apache-2.0
#include "authoring/generate/folder_cover.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "base/utf.h"
#include "policy/path_text.h"

namespace portcullis {
namespace {

struct Entry {
  std::string key;
  FolderFile file;
};

// A folder: the run of files below it. Its key ends in a separator; that of all is empty.
struct Run {
  size_t begin = 0;
  size_t end = 0;
  size_t key_length = 0;
  bool is_selected = false;
};

class Cover {
 public:
  Cover(std::vector<FolderFile> files, const std::vector<PathSpelling>& selected,
        const std::function<bool(const Folder&)>& is_safe)
      : separator_(files.empty() ? '/' : SeparatorOf(files.front().path)), is_safe_(is_safe) {
    for (FolderFile& file : files) {
      std::string key = PathKey(file.path);
      entries_.push_back({std::move(key), std::move(file)});
    }
    // Paths that are equal but for case are one: the smallest is shown.
    std::ranges::sort(entries_, [](const Entry& a, const Entry& b) {
      return std::tie(a.key, a.file.path.text, a.file.file) <
             std::tie(b.key, b.file.path.text, b.file.file);
    });
    for (const PathSpelling& folder : selected) {
      std::string key = PathKey(folder);
      if (!key.ends_with(separator_)) key += separator_;
      selected_.insert(std::move(key));
    }
  }

  FolderCover Make() {
    pending_.push_back({0, entries_.size(), 0, false});
    while (!pending_.empty()) {
      const Run run = pending_.back();
      pending_.pop_back();
      if (!TakeWhole(run)) Split(run);
    }
    return std::move(cover_);
  }

 private:
  // Where the name of the entry ends that follows the run's folder; npos for a file in it.
  size_t EndOfChild(size_t entry, const Run& run) const {
    return entries_[entry].key.find(separator_, run.key_length);
  }

  bool HasFileOfItsOwn(const Run& run) const {
    for (size_t i = run.begin; i < run.end; ++i) {
      if (EndOfChild(i, run) == std::string::npos) return true;
    }
    return false;
  }

  bool HasOnePath(const Run& run) const {
    return entries_[run.begin].key == entries_[run.end - 1].key;
  }

  // The key may be longer or shorter than the path: the folder ends at the same separator.
  std::string PathOf(const Run& run) const {
    const Entry& entry = entries_[run.begin];
    const auto key = std::string_view(entry.key).substr(0, run.key_length);
    auto separators = std::ranges::count(key, separator_);
    const std::string& text = entry.file.path.text;
    size_t at = std::string::npos;
    for (; separators > 0; --separators) at = text.find(separator_, at + 1);
    return at == 0 ? std::string(1, separator_) : text.substr(0, at);
  }

  bool TakeWhole(const Run& run) {
    if (run.begin == run.end || run.key_length == 0 || HasOnePath(run)) return false;
    if (!run.is_selected && !HasFileOfItsOwn(run)) return false;
    Folder folder{PathOf(run), {}};
    for (size_t i = run.begin; i < run.end; ++i) folder.files.push_back(entries_[i].file.file);
    if (!is_safe_(folder)) return false;
    cover_.folders.push_back(std::move(folder));
    return true;
  }

  void Split(const Run& run) {
    size_t i = run.begin;
    while (i < run.end) {
      const size_t end_of_child = EndOfChild(i, run);
      if (end_of_child == std::string::npos) {
        cover_.alone.push_back(entries_[i++].file);
        continue;
      }
      // All of the run have its key in common, so that only the next name is compared.
      const size_t length = end_of_child + 1 - run.key_length;
      const std::string_view key = std::string_view(entries_[i].key).substr(0, end_of_child + 1);
      const std::string_view name = key.substr(run.key_length);
      Run child{i, i, key.size(), run.is_selected || selected_.contains(key)};
      while (child.end < run.end &&
             entries_[child.end].key.compare(run.key_length, length, name) == 0) {
        ++child.end;
      }
      i = child.end;
      pending_.push_back(child);
    }
  }

  const char separator_;
  const std::function<bool(const Folder&)>& is_safe_;
  std::vector<Entry> entries_;
  std::set<std::string, std::less<>> selected_;
  std::vector<Run> pending_;
  FolderCover cover_;
};

}  // namespace

char SeparatorOf(const PathSpelling& path) {
  return KindOfPath(path.text) == PathKind::kHost ? '/' : '\\';
}

std::string PathKey(const PathSpelling& path) {
  if (!path.case_sensitive) return UpperCase(path.text);
  const size_t front = FrontLength(path.text);
  return UpperCase(std::string_view(path.text).substr(0, front)) + path.text.substr(front);
}

FolderCover CoverByFolders(std::vector<FolderFile> files, const std::vector<PathSpelling>& selected,
                           const std::function<bool(const Folder& folder)>& is_safe) {
  return Cover(std::move(files), selected, is_safe).Make();
}

}  // namespace portcullis
