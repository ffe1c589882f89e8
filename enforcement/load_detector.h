// SPDX-License-Identifier: Apache-2.0
// Whether an open is a load, and of what.
//
// Shape:   an open that is for running code is one of: by the dynamic loader (a library, or a
// program by
//          `ld.so ./x`): the waiting thread's instruction pointer lies in an executable mapping of
//          a root-only loader; by an interpreter of the table: a script; by a Wine loader: an .exe
//          or .dll. Every other open is none, and is allowed unseen.
// Limits:  kMaxMapsBytes of /proc/TID/maps.
// Errors:  none: a thread whose state can not be read is taken for a loader if its program is one,
//          else for no load.
// Threads: Refresh replaces the tables; Classify may run on any number of threads beside it.
// Source:  docs/enforcement.md; docs/limitations.md says what hides a load from this.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/request.h"

namespace portcullis::enforcement {

inline constexpr size_t kMaxMapsBytes = 16 << 20;

struct LoadTables {
  std::vector<std::string> loaders;       // paths of dynamic loaders
  std::vector<std::string> interpreters;  // paths of script interpreters
  std::vector<std::string> wine_loaders;

  // What Debian and its relatives have, by path; those that do not exist are passed over.
  static LoadTables Default();
};

class LoadDetector {
 public:
  explicit LoadDetector(LoadTables tables);
  ~LoadDetector();
  // Looks the files of the tables up again (after a package was installed, say). May block on the
  // disk: not on the way to an answer.
  void Refresh();
  // `name` is the opened file's name, for Wine's extensions. Absent: this open is no load.
  std::optional<Operation> Classify(pid_t tid, std::string_view name) const;

 private:
  struct Files;
  LoadTables tables_;
  std::shared_ptr<const Files> files_;
};

}  // namespace portcullis::enforcement
