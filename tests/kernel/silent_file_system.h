// SPDX-License-Identifier: Apache-2.0
// A FUSE file system with one program whose bytes never come.
//
// Shape:   names, attributes and opens are answered at once; a read never is.
// Lifetime: the destructor takes it away by force, which ends every read that waits.
// Source:  linux/fuse.h; the protocol is spoken by hand, since nothing of libfuse is needed.
#pragma once

#include <memory>
#include <string>
#include <thread>

#include "base/result.h"
#include "base/unique_fd.h"

namespace portcullis::testing {

class SilentFileSystem {
 public:
  // Mounts it at `directory`, which exists. kUnsupported where FUSE is not to be had.
  static Result<std::unique_ptr<SilentFileSystem>> Mount(const std::string& directory);
  ~SilentFileSystem();
  SilentFileSystem(const SilentFileSystem&) = delete;
  SilentFileSystem& operator=(const SilentFileSystem&) = delete;

  std::string program() const { return directory_ + "/program"; }

 private:
  SilentFileSystem(std::string directory, UniqueFd device);
  void Serve();
  std::string directory_;
  UniqueFd device_;
  std::thread server_;
};

}  // namespace portcullis::testing
