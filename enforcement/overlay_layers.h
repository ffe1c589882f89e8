// SPDX-License-Identifier: Apache-2.0
// The layers of the overlay file systems mounted here, to find the merged path of a layer's file.
//
// Shape:   an exec on an overlay is also an event on the layer's own file system, whose path begins
//          at the layer: `/usr/bin/x` for LAYER/usr/bin/x. Find looks for the file in the layers,
//          from the upper on; the first that has such a name is what the overlay shows there.
// Limits:  kMaxOverlays mounts of kMaxLayers.
// Errors:  none; a layer that can not be seen from here ends its overlay's search.
// Threads: immutable once made. Find may wait for the disk.
// Source:  proc(5) mountinfo; Documentation/filesystems/overlayfs.rst.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "enforcement/file_key.h"
#include "enforcement/slow_mounts.h"

namespace portcullis::enforcement {

inline constexpr size_t kMaxOverlays = 1000;
inline constexpr size_t kMaxLayers = 500;

struct OverlayMount {
  std::string point;                // no slash at the end
  std::vector<std::string> layers;  // the upper one first

  friend bool operator==(const OverlayMount&, const OverlayMount&) = default;
};

class OverlayLayers {
 public:
  static OverlayLayers Parse(std::string_view mountinfo);
  static OverlayLayers OfThisProcess();

  struct Merged {
    std::string path;
    FileStatus status;  // as the overlay shows it
  };
  // `path` is absolute, as the event of the layer's file has it. Nothing is looked for below
  // `slow`.
  std::optional<Merged> Find(const std::string& path, const FileKey& file,
                             const SlowMounts& slow) const;
  const std::vector<OverlayMount>& mounts() const { return mounts_; }

 private:
  std::vector<OverlayMount> mounts_;
};

}  // namespace portcullis::enforcement
