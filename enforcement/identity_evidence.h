// SPDX-License-Identifier: Apache-2.0
// What an identity rests on, and so when it may be used again.
//
// Shape:   how the file was when it was looked at, and how it was looked at. Covers is the one
// place
//          that decides about reuse: an identity is used again for an event whose evidence it
//          covers, and two events share an inspection where the one covers the other.
// Units:   times are nanoseconds of CLOCK_REALTIME.
// Limits:  a file is either root-only or anybody's. Whether the key of anybody's tells every change
//          depends on the file system: on ext4, xfs and btrfs each write and each store through a
//          mapping changes the time of change. tmpfs, ramfs and hugetlbfs let a page that was read
//          first be stored to unseen; FAT keeps no time of change of its own; of an overlay, a
//          network or a FUSE file system the kernel here does not see every writer. There anybody's
//          file is looked at anew for every event.
//          Two changes in one tick of the clock, or of what the file system keeps of it, look
//          alike: nothing is believed before that has passed.
// Errors:  none: what can not be found out is not believed.
// Threads: values.
// Source:  docs/enforcement.md "What a cached identity rests on".
#pragma once

#include <compare>
#include <cstdint>

#include "enforcement/file_key.h"
#include "identity/identify.h"

namespace portcullis::enforcement {

// The longest clock tick of a kernel, and some; also what exfat keeps of a time.
inline constexpr int64_t kClockTickNs = 20'000'000;
// What a file system keeps of a time if it keeps whole seconds alone: ext4 with small inodes one,
// FAT two.
inline constexpr int64_t kCoarseStampNs = 2'000'000'000;

struct IdentityEvidence {
  FileKey key;
  Hashing hashing = Hashing::kAll;
  // ForceSlot's, of the anchors that the inspector had.
  uint64_t trust_generation = 0;
  // A read lease was held from before the first byte was read: nobody else had it open to write.
  bool is_leased = false;
  // Nobody but root may write the bytes. Part of what the key tells: every change of owner, mode or
  // ACL changes the time of change.
  bool is_root_only = false;
  // Of the file system: TimesShowEveryWrite.
  bool times_show_writes = false;
  // FileClockNs when the file had this key at last.
  int64_t seen_ns = 0;

  // Whether whoever may write the file gives it another key by doing so, from `seen_ns` on.
  bool KeyTellsEveryChange() const;
  // What was found out by this holds for the event that asks by `wanted`, of which the file
  // system, the time and whether it is root-only do not matter.
  bool Covers(const IdentityEvidence& wanted) const;
  // As far as it is about policy and anchors: everything that rules ask for was looked for, by the
  // anchors in force.
  bool Answers(Hashing wanted, uint64_t wanted_trust_generation) const;
};

// The open file's file system changes the time of change at every write, whoever makes it and how.
bool TimesShowEveryWrite(int fd);
// The same of a file system by its magic number (statfs.f_type).
bool FileSystemShowsEveryWrite(uint32_t magic);

// The clock that the kernel stamps files by, which may be a tick behind the time.
int64_t FileClockNs();

}  // namespace portcullis::enforcement
