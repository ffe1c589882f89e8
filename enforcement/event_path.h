// SPDX-License-Identifier: Apache-2.0
// Where an event's file stands: what the kernel says, and what of it is true here.
//
// Shape:   the kernel's path is the asker's view, which anyone can make up in a user namespace. It
//          is verified when the file was opened through the mount that the path lies on here
//          (own_mounts.h), or when the file of that path, by this service's own look, has the
//          event's device and inode; links on the way are not followed, since the kernel's path has
//          none, and where slow mounts stand above it nobody looks: the asker would choose whom
//          this service waits for.
//          An overlay's file is found through the layers of the overlays mounted here. Else a task
//          in another mount namespace that the initial user namespace owns is looked at through
//          its own root: `%CONTAINER%/rest`. Else the path is only claimed.
// Errors:  none: what can not be verified is claimed.
// Lifetime: borrows the descriptor during the call.
// Threads: reentrant. With Patience::kNone it asks the name cache alone and waits for nothing.
// Source:  docs/enforcement.md; openat2(2), ioctl_ns(2), Documentation/filesystems/overlayfs.rst.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "enforcement/file_key.h"
#include "enforcement/overlay_layers.h"
#include "enforcement/own_mounts.h"
#include "host/path_spellings.h"

namespace portcullis::enforcement {

inline constexpr std::string_view kContainerMacro = "%CONTAINER%";

enum class Patience : uint8_t { kNone, kMayWait };

struct EventPath {
  std::string seen;          // as the kernel has it; without " (deleted)" where it is
  std::string verified;      // its real path here; empty: none
  std::string in_container;  // `%CONTAINER%/rest`; empty: none
  bool other_root = false;   // the asker is in another mount namespace of this host's root
  uint64_t version = 0;      // of the surroundings it was found in: spellings hang on them
  bool is_settled = true;    // false: only a look that may wait could tell

  // Equal for events with the same spellings.
  std::string Key() const;
  // The file's name: what stands behind the last slash.
  std::string_view Name() const;
};

// The kernel's path of an open descriptor; empty where it has none.
std::string PathOfDescriptor(int fd);

// What there is to look at around a file, as of the last change of this namespace's mounts.
struct Surroundings {
  OverlayLayers layers;
  SlowMounts slow;
  OwnMounts mounts;
  uint64_t version = 0;  // another after each change
};

class EventPathFinder {
 public:
  EventPathFinder();
  EventPath Find(int fd, const FileStatus& file, pid_t tid, const Surroundings& around,
                 Patience patience) const;
  // Of a file whose path the kernel says is `seen`.
  EventPath FindSeen(std::string seen, const FileStatus& file, pid_t tid,
                     const Surroundings& around, Patience patience) const;

 private:
  struct Namespace {
    uint64_t device = 0;
    uint64_t inode = 0;
    friend bool operator==(const Namespace&, const Namespace&) = default;
  };
  static std::optional<Namespace> ReadNamespace(const std::string& path);
  bool IsInContainer(pid_t tid) const;
  void LookThroughContainer(EventPath& path, pid_t tid, const FileKey& file) const;

  std::optional<Namespace> own_mounts_;
  std::optional<Namespace> own_users_;
};

// Every spelling that rules see. Without `names`, the directory's kind, the disk is asked for it.
std::vector<PathSpelling> SpellingsOf(const EventPath& path, const PathSpeller& speller);

}  // namespace portcullis::enforcement
