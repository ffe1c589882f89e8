// SPDX-License-Identifier: Apache-2.0
#include "enforcement/memory_map.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "host/thread_file.h"

namespace portcullis::enforcement {
namespace {

constexpr std::string_view kMaps =
    "55d000000000-55d000001000 r--p 00000000 fd:01 77     /usr/bin/a b\n"
    "55d000001000-55d000002000 r-xp 00001000 fd:01 4294967299     /usr/bin/a b\n"
    "7f0000000000-7f0000001000 rw-p 00000000 00:00 0 \n"
    "7ffc00000000-7ffc00001000 r-xp 00000000 00:00 0          [vdso]\n";

TEST(FindInMaps, TakesTheMappingOfTheAddress) {
  const auto mapping = FindInMaps(kMaps, 0x55D000001FFF);
  ASSERT_TRUE(mapping);
  EXPECT_EQ(*mapping, (FileMapping{0x55D000001000, 0x55D000002000, true, 0xFD, 1, 4294967299,
                                   "/usr/bin/a b"}));
  EXPECT_FALSE(FindInMaps(kMaps, 0x55D000000FFF)->is_executable);
  EXPECT_EQ(FindInMaps(kMaps, 0x7F0000000000)->name, "");
  EXPECT_EQ(FindInMaps(kMaps, 0x7FFC00000000)->name, "[vdso]");
}

TEST(FindInMaps, FindsNothingOutside) {
  for (const uint64_t address : {uint64_t{0}, uint64_t{0x55D000002000}, ~uint64_t{0}}) {
    EXPECT_FALSE(FindInMaps(kMaps, address)) << address;
  }
}

TEST(FindInMaps, PassesOverLinesThatAreNone) {
  const std::string maps =
      "0-ffffffffffffffff\n0-ffff rwx 0 0:0 0\nz-1 r-xp 0 0:0 0\n0-ffff r-xp 0 x:0 0\n\n" +
      std::string(kMaps);
  EXPECT_EQ(FindInMaps(maps, 0x55D000000000)->inode, 77U);
}

TEST(IsMappedToExecute, LooksForTheNameOfAnExecutableMapping) {
  EXPECT_TRUE(IsMappedToExecute(kMaps, "a b"));
  EXPECT_FALSE(IsMappedToExecute(kMaps, "b"));
  EXPECT_FALSE(IsMappedToExecute(kMaps, ""));
  EXPECT_FALSE(IsMappedToExecute(kMaps, "[vdso]"));
  EXPECT_FALSE(IsMappedToExecute(kMaps.substr(0, kMaps.find('\n')), "a b"));
}

// A thread's own code, by the kernel's answer and by its text.
TEST(FindMapping, AgreesWithTheText) {
  const auto address = reinterpret_cast<uint64_t>(&FindInMaps);
  const auto mapping = FindMapping(gettid(), address);
  ASSERT_TRUE(mapping) << mapping.error().message;
  ASSERT_TRUE(*mapping);
  EXPECT_TRUE((*mapping)->is_executable);
  EXPECT_EQ(**mapping,
            FindInMaps(ReadThreadFile(gettid(), "maps", kMaxMapsBytes).value(), address));
  struct stat status {};
  ASSERT_EQ(stat("/proc/self/exe", &status), 0);
  EXPECT_EQ((*mapping)->inode, status.st_ino);
}

TEST(FindMapping, FindsNothingAtAHole) {
  void* hole = mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(hole, MAP_FAILED);
  munmap(hole, 4096);
  const auto mapping = FindMapping(gettid(), reinterpret_cast<uint64_t>(hole));
  ASSERT_TRUE(mapping);
  EXPECT_FALSE(*mapping);
}

}  // namespace
}  // namespace portcullis::enforcement
