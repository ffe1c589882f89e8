// SPDX-License-Identifier: Apache-2.0
// The libraries of needed_files.h: what the dynamic loader would look for, where it would look.
#include <algorithm>
#include <map>
#include <set>

#include "base/byte_source.h"
#include "formats/elf/elf_dependencies.h"
#include "host/needed_files.h"
#include "host/read_file.h"

namespace portcullis {
namespace {

constexpr std::string_view kOrigin = "$ORIGIN";
constexpr const char* kLibraries = "libraries";

std::string FolderOf(const std::string& path) { return path.substr(0, path.rfind('/')); }

std::vector<std::string> RunPathOf(std::string_view run_path, const std::string& file) {
  std::vector<std::string> folders;
  while (!run_path.empty()) {
    const std::string_view one = run_path.substr(0, run_path.find(':'));
    run_path.remove_prefix(std::min(one.size() + 1, run_path.size()));
    std::string folder(one);
    for (const std::string_view word : {kOrigin, std::string_view("${ORIGIN}")}) {
      const size_t at = folder.find(word);
      if (at != std::string::npos) folder.replace(at, word.size(), FolderOf(file));
    }
    if (folder.starts_with('/')) folders.push_back(folder + "/");
  }
  return folders;
}

class Walk {
 public:
  Walk(const std::string& root, std::vector<NeededFile>& files) : root_(root), files_(files) {
    for (size_t i = 0; i < files_.size(); ++i) {
      if (files_[i].is_library) at_.emplace(files_[i].path, i);
    }
  }

  void Run() {
    // Grows as libraries are found; one whose users grow is looked at again.
    for (size_t i = 0; i < files_.size(); ++i) waiting_.insert(i);
    while (!waiting_.empty()) {
      const size_t i = *waiting_.begin();
      waiting_.erase(waiting_.begin());
      Visit(i);
    }
  }

 private:
  void Visit(size_t i) {
    const std::string file = files_[i].path;
    const elf::ElfDependencies& needs = NeedsOf(file);
    const auto own = RunPathOf(needs.run_path, file);
    for (const std::string& name : needs.needed) {
      const std::string path = FindLibrary(name, own);
      if (!path.empty()) Add(path, files_[i].by);
    }
  }

  const elf::ElfDependencies& NeedsOf(const std::string& file) {
    const auto [known, is_new] = needs_.try_emplace(file);
    if (!is_new) return known->second;
    const auto fd = OpenRegularFile(root_ + file, Links::kFollow);
    if (!fd) return known->second;
    const auto source = FdSource::Create(fd->get());
    if (!source) return known->second;
    auto parsed = elf::ElfDependencies::Parse(*source);
    if (parsed) known->second = *std::move(parsed);
    return known->second;
  }

  std::string FindLibrary(const std::string& name, const std::vector<std::string>& own) const {
    if (name.starts_with('/')) return RealPathBelow(root_, name);
    if (name.find('/') != std::string::npos) return {};  // relative to wherever it is started
    for (const std::string& folder : own) {
      if (auto path = RealPathBelow(root_, folder + name); !path.empty()) return path;
    }
    for (const std::string& folder : LibraryFolders()) {
      if (auto path = RealPathBelow(root_, folder + name); !path.empty()) return path;
    }
    return {};
  }

  void Add(const std::string& path, NeededByBits by) {
    const auto known = at_.find(path);
    if (known == at_.end()) {
      if (files_.size() >= kMaxNeededFiles) return;
      at_.emplace(path, files_.size());
      waiting_.insert(files_.size());
      files_.push_back({kLibraries, path, by, true});
      return;
    }
    NeededFile& library = files_[known->second];
    if ((library.by & by) == by) return;
    library.by |= by;
    waiting_.insert(known->second);
  }

  const std::string& root_;
  std::vector<NeededFile>& files_;
  std::map<std::string, size_t> at_;
  std::map<std::string, elf::ElfDependencies> needs_;
  std::set<size_t> waiting_;
};

}  // namespace

const std::vector<std::string>& LibraryFolders() {
  static const std::vector<std::string> folders = [] {
    std::vector<std::string> made;
    for (const char* machine :
         {"x86_64-linux-gnu/", "aarch64-linux-gnu/", "i386-linux-gnu/", "arm-linux-gnueabihf/",
          "riscv64-linux-gnu/", "powerpc64le-linux-gnu/", "s390x-linux-gnu/",
          "loongarch64-linux-gnu/"}) {
      made.push_back(std::string("/usr/lib/") + machine);
      made.push_back(std::string("/lib/") + machine);
    }
    for (const char* folder : {"/usr/lib64/", "/lib64/", "/usr/lib/", "/lib/"})
      made.emplace_back(folder);
    return made;
  }();
  return folders;
}

void AddNeededLibraries(const std::string& root, std::vector<NeededFile>& files) {
  Walk(root, files).Run();
}

}  // namespace portcullis
