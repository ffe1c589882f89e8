// SPDX-License-Identifier: Apache-2.0
// Whether an open is a load, and of what.
//
// Shape:   an open that is for running code is one of: by the dynamic loader (a library, or a
//          program by `ld.so ./x`): the waiting thread's instruction pointer lies in an executable
//          mapping of a root-only loader; by a Wine loader: a program or library by its extension;
//          by an interpreter of the table: a script. Every other open is none, and is allowed
//          unseen; so is an open for writing, and the kernel's own of an execve.
//          Who opens many files is looked at once: a thread that is at the same instruction of the
//          same program again within kSameOpenerNs, and was no loader and no interpreter there, is
//          none still.
//          Files are told by device and inode, and by the path that their process knows them by, so
//          that a container's and a replaced file count as well.
// Limits:  those of memory_map.h; kMaxOpeners are remembered.
// Errors:  none: a thread whose state can not be read is taken for a loader if its program is one,
//          else for no load of a library, and that is said.
// Threads: Refresh replaces the tables; the others may run on any number of threads beside it.
// Source:  docs/enforcement.md; docs/limitations.md says what hides a load from this.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/request.h"

namespace portcullis::enforcement {

inline constexpr int64_t kSameOpenerNs = 100'000'000;
inline constexpr size_t kMaxOpeners = 1024;

// Paths, in which `*`, `?` and `[...]` stand for what is there (glob(7)); what does not exist is
// passed over.
struct LoadTables {
  std::vector<std::string> loaders;
  std::vector<std::string> interpreters;
  std::vector<std::string> wine_loaders;

  // What Debian and its relatives have.
  static LoadTables Default();
};

// Whether the thread still waits in the open that is asked about.
enum class Opener : uint8_t {
  kWaits,
  kWentOn,  // a notification tells of what has been: nothing can be told by where the thread stands
};

// How the opener was found when it was looked at.
enum class Seen : uint8_t {
  kAsItIs,
  // It sleeps a moment after the kernel has asked, and is woken for a moment by each answer to
  // somebody else: what it runs can not be told meanwhile. To be asked again.
  kRunning,
  kNot,  // gone, or it may not be looked at
};

struct Load {
  std::optional<Operation> operation;  // absent: this open is no load
  Seen opener = Seen::kAsItIs;         // anything else: `operation` is a guess
};

class LoadDetector {
 public:
  // The opened file's name, for Wine's extensions: hardly any open needs it.
  using NameOf = std::function<std::string()>;

  explicit LoadDetector(LoadTables tables);
  ~LoadDetector();
  // Looks the files of the tables up again (after a package was installed, say). May block on the
  // disk: not on the way to an answer.
  void Refresh();
  // Whether a loader of Wine is here, or one beyond the default ones was named.
  bool WineMayRun() const;
  // Of an opener that went on a library is known by its being mapped; what is not mapped yet is
  // missed.
  Load Classify(pid_t tid, const NameOf& name, Opener opener = Opener::kWaits) const;

 private:
  struct Files;
  struct Opening;
  class Openers;
  Load ClassifyWaiting(const Files& files, pid_t tid, const NameOf& name) const;
  static std::optional<Operation> ClassifyGoneOn(const Files& files, pid_t tid,
                                                 std::string_view name);

  const LoadTables tables_;
  const bool wine_is_named_;
  std::atomic<std::shared_ptr<const Files>> files_;
  const std::unique_ptr<Openers> openers_;
};

// What the dynamic loader itself reads besides programs and libraries: judging it as a library
// would take the loader's cache away from every program.
bool IsLoaderConfiguration(std::string_view verified_path);

}  // namespace portcullis::enforcement
