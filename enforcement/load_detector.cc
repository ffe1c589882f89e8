// SPDX-License-Identifier: Apache-2.0
#include "enforcement/load_detector.h"

#include <glob.h>
#include <linux/limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <set>
#include <utility>

#include "base/clock.h"
#include "enforcement/blocked_syscall.h"
#include "enforcement/file_key.h"
#include "enforcement/lru_map.h"
#include "enforcement/memory_map.h"
#include "host/thread_file.h"
#include "host/write_guard.h"
#include "policy/text_hash.h"

namespace portcullis::enforcement {
namespace {

using Inode = std::pair<dev_t, ino_t>;

// Files of a table, by what they are and by what they are called.
struct FileTable {
  std::set<Inode> inodes;
  std::set<std::string, std::less<>> paths;
};

enum class Trust : uint8_t { kAnyFile, kRootOnly };

void AddFile(const char* path, Trust trust, FileTable& table) {
  struct stat status {};
  if (stat(path, &status) != 0 || !S_ISREG(status.st_mode)) return;
  if (trust == Trust::kRootOnly && !OnlyRootMayWrite(std::string(path), status)) return;
  table.inodes.emplace(status.st_dev, status.st_ino);
  table.paths.emplace(path);
  std::array<char, PATH_MAX> real;
  if (realpath(path, real.data()) != nullptr) table.paths.emplace(real.data());
}

FileTable FindFiles(const std::vector<std::string>& patterns, Trust trust) {
  FileTable table;
  for (const std::string& pattern : patterns) {
    // A container may have what this host has not.
    if (pattern.find_first_of("*?[") == std::string::npos) table.paths.insert(pattern);
    glob_t found = {};
    if (glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) == 0) {
      for (size_t i = 0; i < found.gl_pathc; ++i) AddFile(found.gl_pathv[i], trust, table);
    }
    globfree(&found);
  }
  return table;
}

// The program of a thread.
struct Program {
  std::optional<Inode> inode;
  std::string path;  // as its own root has it; a replaced file keeps its name
};

std::optional<Inode> InodeOfProgram(pid_t tid) {
  // Never asks a server: the program may be any user's.
  const auto status = ReadFileStatus(ThreadFilePath(tid, "exe").c_str());
  return status ? std::optional<Inode>({status->key.device, status->key.inode}) : std::nullopt;
}

Program ProgramOf(pid_t tid, std::optional<Inode> inode) {
  Program program{inode, ""};
  std::array<char, PATH_MAX> path;
  const ssize_t size = readlink(ThreadFilePath(tid, "exe").c_str(), path.data(), path.size());
  if (size > 0) program.path.assign(path.data(), static_cast<size_t>(size));
  constexpr std::string_view kDeleted = " (deleted)";
  if (program.path.ends_with(kDeleted)) {
    program.path.resize(program.path.size() - kDeleted.size());
  }
  return program;
}

bool Contains(const FileTable& table, const Program& program) {
  return (program.inode && table.inodes.contains(*program.inode)) ||
         table.paths.contains(program.path);
}

bool IsLoader(const FileTable& loaders, pid_t tid, const FileMapping& mapping) {
  if (!mapping.is_executable || mapping.inode == 0) return false;
  if (loaders.inodes.contains({makedev(mapping.major, mapping.minor), mapping.inode})) return true;
  // Of another root, or of a file system whose devices stat tells otherwise.
  if (!loaders.paths.contains(mapping.name)) return false;
  const std::string file = MappedFilePath(tid, mapping);
  struct stat status {};
  return stat(file.c_str(), &status) == 0 && OnlyRootMayWrite(file, status);
}

// AppLocker's own extensions of programs and libraries.
std::optional<Operation> WineOperation(std::string_view name) {
  const size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  std::string extension(name.substr(dot + 1));
  for (char& c : extension) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  if (extension == "exe" || extension == "com") return Operation::kExecute;
  if (extension == "dll" || extension == "ocx") return Operation::kLoad;
  return std::nullopt;
}

// What the loader reads before an interpreter gets to its script.
bool IsLoadersOwn(std::string_view name) {
  return name == "ld.so.cache" || name == "ld.so.preload" || name.ends_with(".so") ||
         name.find(".so.") != std::string_view::npos;
}

struct Waiter {
  std::optional<BlockedSyscall> call;
  Seen seen = Seen::kNot;
};

Waiter WaitsIn(pid_t tid) {
  const auto text = ReadThreadRecord(tid, "syscall", kMaxSyscallBytes);
  if (!text) return {};
  const auto call = ParseBlockedSyscall(*text);
  if (!call) return {};
  return {*call, *call ? Seen::kAsItIs : Seen::kRunning};
}

}  // namespace

struct LoadDetector::Files {
  FileTable loaders;
  FileTable interpreters;
  FileTable wine_loaders;
};

// Where a thread was when it opened a file.
struct LoadDetector::Opening {
  pid_t tid = 0;
  uint64_t instruction = 0;
  Inode program;

  friend bool operator==(const Opening&, const Opening&) = default;
};

// Those that loaded nothing.
class LoadDetector::Openers {
 public:
  void Remember(const Opening& opening) {
    const std::lock_guard lock(mutex_);
    seen_ns_.Put(opening, MonotonicNs());
  }
  bool Knows(const Opening& opening) {
    const std::lock_guard lock(mutex_);
    const int64_t* const seen_ns = seen_ns_.Find(opening);
    return seen_ns != nullptr && MonotonicNs() - *seen_ns < kSameOpenerNs;
  }
  void Forget() {
    const std::lock_guard lock(mutex_);
    seen_ns_.Clear();
  }

 private:
  struct Hash {
    size_t operator()(const Opening& opening) const noexcept {
      return MixHash(MixHash(static_cast<uint64_t>(opening.tid), opening.instruction),
                     MixHash(opening.program.first, opening.program.second));
    }
  };
  std::mutex mutex_;
  LruMap<Opening, int64_t, Hash> seen_ns_{{kMaxOpeners}};
};

LoadDetector::LoadDetector(LoadTables tables)
    : tables_(std::move(tables)),
      wine_is_named_(tables_.wine_loaders.size() > LoadTables::Default().wine_loaders.size()),
      openers_(std::make_unique<Openers>()) {
  Refresh();
}
LoadDetector::~LoadDetector() = default;

void LoadDetector::Refresh() {
  files_.store(
      std::make_shared<const Files>(Files{FindFiles(tables_.loaders, Trust::kRootOnly),
                                          FindFiles(tables_.interpreters, Trust::kAnyFile),
                                          FindFiles(tables_.wine_loaders, Trust::kAnyFile)}));
  openers_->Forget();
}

bool LoadDetector::WineMayRun() const {
  return wine_is_named_ || !files_.load()->wine_loaders.inodes.empty();
}

Load LoadDetector::Classify(pid_t tid, const NameOf& name, Opener opener) const {
  const std::shared_ptr<const Files> files = files_.load();
  if (opener == Opener::kWentOn) return {ClassifyGoneOn(*files, tid, name()), Seen::kAsItIs};
  return ClassifyWaiting(*files, tid, name);
}

Load LoadDetector::ClassifyWaiting(const Files& files, pid_t tid, const NameOf& name) const {
  const auto [call, seen] = WaitsIn(tid);
  if (seen == Seen::kRunning) return {std::nullopt, seen};
  if (call && !MayOpenToLoad(*call)) return {};
  const auto inode = InodeOfProgram(tid);
  const Opening opening{tid, call ? call->instruction_pointer : 0, inode.value_or(Inode())};
  if (call && inode && openers_->Knows(opening)) return {std::nullopt, seen};
  const Program program = ProgramOf(tid, inode);
  const auto mapping = call ? FindMapping(tid, call->instruction_pointer)
                            : Fail(ErrorCode::kNotFound, "does not wait");
  const bool by_loader = mapping ? *mapping && IsLoader(files.loaders, tid, **mapping)
                                 : Contains(files.loaders, program);
  if (by_loader) return {Operation::kLoad, seen};
  if (Contains(files.wine_loaders, program)) return {WineOperation(name()), seen};
  if (Contains(files.interpreters, program)) return {Operation::kScript, seen};
  if (call && inode && mapping && *mapping) openers_->Remember(opening);
  return {std::nullopt, mapping ? seen : Seen::kNot};
}

std::optional<Operation> LoadDetector::ClassifyGoneOn(const Files& files, pid_t tid,
                                                      std::string_view name) {
  const Program program = ProgramOf(tid, InodeOfProgram(tid));
  if (Contains(files.wine_loaders, program)) return WineOperation(name);
  // The kernel's own open of an execve tells of the program as well.
  if (name == std::string_view(program.path).substr(program.path.rfind('/') + 1)) {
    return std::nullopt;
  }
  const auto maps = ReadThreadFile(tid, "maps", kMaxMapsBytes);
  if (maps && IsMappedToExecute(*maps, name)) return Operation::kLoad;
  if (!Contains(files.interpreters, program) || IsLoadersOwn(name)) return std::nullopt;
  return Operation::kScript;
}

}  // namespace portcullis::enforcement
