// SPDX-License-Identifier: Apache-2.0
// A FUSE file system with one program whose bytes never come.
//
// Shape:   names, attributes and opens are answered at once; a read never is. With
// Names::kUntilOpened
//          names are not found any more either once the program was opened for the first time.
// Lifetime: the destructor takes it away by force, which ends every read that waits.
// Source:  linux/fuse.h; the protocol is spoken by hand, since nothing of libfuse is needed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "base/result.h"
#include "base/unique_fd.h"

namespace portcullis::testing {

enum class Names : uint8_t { kAlways, kUntilOpened };
// Who closes a file of it with kSilent waits, and nobody can kill him, until it is gone.
enum class Closes : uint8_t { kAnswered, kSilent };

class SilentFileSystem {
 public:
  // Mounts it at `directory`, which exists. kUnsupported where FUSE is not to be had.
  static Result<std::unique_ptr<SilentFileSystem>> Mount(const std::string& directory,
                                                         Names names = Names::kAlways,
                                                         Closes closes = Closes::kAnswered);
  ~SilentFileSystem();
  SilentFileSystem(const SilentFileSystem&) = delete;
  SilentFileSystem& operator=(const SilentFileSystem&) = delete;

  std::string program() const { return directory_ + "/program"; }

 private:
  SilentFileSystem(std::string directory, UniqueFd device, Names names, Closes closes);
  void Serve();
  std::string directory_;
  UniqueFd device_;
  const Names names_;
  const Closes closes_;
  std::thread server_;
};

}  // namespace portcullis::testing
