// SPDX-License-Identifier: Apache-2.0
// File systems for tests that make the kernel ask: mounted by the test, seen by the test alone.
//
// Shape:   Enter moves the calling process into a mount namespace of its own, where nothing it
// mounts
//          leaves; Mount makes a file system there. Both once and early: Enter needs a single
//          thread.
// Errors:  a sentence, for GTEST_SKIP (WhyNot) or a failed test.
// Source:  docs/enforcement.md. A permission mark on a file system that was there before would stop
// the
//          machine: MustBeOwn is asked before every mark of a test.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"

namespace portcullis::testing {

// The reasons for which kernel tests are skipped; .ci/allowed-skips knows them.
inline constexpr const char* kNotRoot = "kernel tests need root";
inline constexpr const char* kNoFanotify = "no permission events here";
inline constexpr const char* kNoMounts = "no mount namespace may be made here";
inline constexpr const char* kNoUserNamespaces = "no user namespace may be made here";
inline constexpr const char* kNoSuchFileSystem = "this kind of file system can not be mounted here";

// Empty where kernel tests can run.
std::string WhyNoKernelTests();

class PrivateMounts {
 public:
  // Ends the process after `seconds`, whatever happens: nothing may hang the machine.
  static Result<PrivateMounts> Enter(unsigned seconds);

  // A new tmpfs, ext4, xfs or overlay, writable for root; kUnsupported for what can not be made
  // here.
  Result<std::string> Mount(const std::string& kind);
  // What the test itself mounted at `path` since Enter is its own too.
  Result<void> Adopt(const std::string& path);
  // Fails unless `path` lies on a file system that Mount made.
  Result<void> MustBeOwn(const std::string& path) const;
  // A folder of this test on its own tmpfs, for everything that is not judged.
  const std::string& scratch() const { return scratch_; }

 private:
  Result<std::string> MountImage(const std::string& kind, const std::string& directory);
  Result<std::string> MountOverlay(const std::string& directory);
  std::string scratch_;
  std::vector<dev_t> own_;
  std::vector<dev_t> foreign_;
};

}  // namespace portcullis::testing
