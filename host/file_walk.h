// SPDX-License-Identifier: Apache-2.0
// Finds the files that a command is asked about, in an order that does not change.
//
// Shape:   arguments in; one WalkItem a file or problem out, on the caller's thread. A directory's
//          entries come by name (as bytes), a folder's content in the folder's place.
// Limits:  kMaxWalkPath; memory grows with the largest directory and the depth, not with the tree.
// Errors:  what can not be entered is an item with a problem; the walk goes on.
//          Symbolic links inside a tree are passed over (their targets are judged where they
//          stand), as are pipes, devices and sockets, and file systems that the kernel makes up.
// Lifetime: items share their directory; it may outlive the walk.
// Threads: one walk a thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "host/path_spellings.h"

namespace portcullis {

inline constexpr size_t kMaxWalkPath = 4095;  // what the kernel takes in one call

struct WalkedDirectory {
  std::string shown;  // as the argument began
  std::string real;   // absolute and resolved; "" is the root
  DirectorySpellings spellings;
};

struct WalkItem {
  std::shared_ptr<const WalkedDirectory> directory;
  std::string name;   // in the directory
  std::string typed;  // of an argument: as it was written
  std::vector<PathSpelling>
      claimed;                   // of an argument: how it was asked for, where that is elsewhere
  std::optional<Error> problem;  // the file could not be reached

  std::string ShownPath() const;
  // Every spelling that rules see: where the file is, and how it was asked for.
  std::vector<PathSpelling> Spellings() const;
  std::string RealPath() const { return directory->real + "/" + name; }
};

enum class Directories : uint8_t { kRefuse, kWalk };

class FileWalk {
 public:
  using Sink = std::function<void(WalkItem)>;
  FileWalk(const PathSpeller& speller, Directories directories, Sink sink)
      : speller_(speller), directories_(directories), sink_(std::move(sink)) {}

  void Argument(const std::string& path);
  // Folders that were passed over because the kernel makes them up.
  uint64_t skipped_synthetic() const { return skipped_synthetic_; }

 private:
  struct Level;
  void Tree(const std::string& shown, const std::string& real);
  bool LeavesMappedTree(const std::string& asked, const std::string& real) const;
  std::optional<Level> Enter(const std::string& shown, const std::string& real);
  void Problem(const std::string& shown, Error error);

  const PathSpeller& speller_;
  const Directories directories_;
  const Sink sink_;
  uint64_t skipped_synthetic_ = 0;
};

}  // namespace portcullis
