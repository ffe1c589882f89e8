// SPDX-License-Identifier: Apache-2.0
#include "enforcement/slow_mounts.h"

#include <string>
#include <vector>

namespace portcullis::enforcement {
namespace {

SlowMounts Of(const std::string& mountinfo, const std::vector<std::string>& named = {}) {
  return {MountTable::Parse(mountinfo, {"nfs4"}, BlockDevices("/nowhere")), named};
}

constexpr const char* kMounts =
    "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
    "21 20 0:30 / /net rw - nfs4 server:/ rw\n"
    "22 20 0:40 / /home/u/f rw - fuse.x x rw\n"
    "23 22 8:17 / /home/u/f/stick rw - ext4 /dev/sdb1 rw\n"
    "24 20 0:50 / /misc rw - autofs auto rw\n"
    "25 24 8:33 / /misc/cd rw - iso9660 /dev/sr0 ro\n"
    "26 20 0:60 / /data rw - autofs auto rw\n"
    "27 26 8:49 / /data rw - ext4 /dev/sdc1 rw\n";

TEST(SlowMounts, StandAboveWhatAServerIsAskedFor) {
  const SlowMounts slow = Of(kMounts);
  for (const char* path :
       {"/net", "/net/bin/x", "/home/u/f/x", "/home/u/f/stick/x", "/misc/unheard-of/x"}) {
    EXPECT_TRUE(slow.StandAbove(path)) << path;
  }
  for (const char* path : {"/", "/usr/bin/x", "/network/x", "/home/u/x", "/misc/cd/x", "/data/x"}) {
    EXPECT_FALSE(slow.StandAbove(path)) << path;
  }
}

TEST(SlowMounts, LeaveOutWhatIsToBeJudged) {
  const SlowMounts slow = Of(kMounts, {"/net"});
  EXPECT_FALSE(slow.StandAbove("/net/bin/x"));
  EXPECT_TRUE(slow.StandAbove("/home/u/f/x"));
}

}  // namespace
}  // namespace portcullis::enforcement
