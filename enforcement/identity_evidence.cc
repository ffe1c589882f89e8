// SPDX-License-Identifier: Apache-2.0
#include "enforcement/identity_evidence.h"

#include <linux/magic.h>
#include <sys/vfs.h>

#include <ctime>

namespace portcullis::enforcement {
namespace {

constexpr int64_t kNanoseconds = 1'000'000'000;

// What is too young to tell the next change from the last. A time in whole seconds comes from a
// file system that keeps no more, or once in a billion times from another.
int64_t UncertainNs(int64_t changed_ns) {
  return changed_ns % kNanoseconds == 0 ? kCoarseStampNs : kClockTickNs;
}

}  // namespace

bool IdentityEvidence::KeyTellsEveryChange() const {
  if (!is_root_only && !times_show_writes) return false;
  return key.changed_ns <= seen_ns - UncertainNs(key.changed_ns);
}

bool IdentityEvidence::Covers(const IdentityEvidence& wanted) const {
  return key == wanted.key && (is_leased || !wanted.is_leased) && KeyTellsEveryChange() &&
         Answers(wanted.hashing, wanted.trust_generation);
}

bool IdentityEvidence::Answers(Hashing wanted, uint64_t wanted_trust_generation) const {
  const bool holds_all = hashing == Hashing::kAll && wanted == Hashing::kWithoutSha1;
  return (hashing == Hashing::kAllAndWeakFlat || holds_all || hashing == wanted) &&
         trust_generation == wanted_trust_generation;
}

bool FileSystemShowsEveryWrite(uint32_t magic) {
  return magic == EXT4_SUPER_MAGIC || magic == XFS_SUPER_MAGIC || magic == BTRFS_SUPER_MAGIC;
}

bool TimesShowEveryWrite(int fd) {
  struct statfs status {};
  return fstatfs(fd, &status) == 0 &&
         FileSystemShowsEveryWrite(static_cast<uint32_t>(status.f_type));
}

int64_t FileClockNs() {
  timespec now = {};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return now.tv_sec * kNanoseconds + now.tv_nsec;
}

}  // namespace portcullis::enforcement
