// SPDX-License-Identifier: Apache-2.0
#include "enforcement/identity_cache.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/unique_fd.h"
#include "enforcement/lru_map.h"

namespace portcullis::enforcement {
namespace {

constexpr int64_t kNow = 1'700'000'000'000'000'000;

FileKey Key(uint64_t inode, int64_t age_ns = 1'000'000'000) {
  return {1, inode, 10, kNow - age_ns, kNow - age_ns};
}

TEST(LruMap, ForgetsTheLongestUnused) {
  LruMap<int, int> map(2);
  map.Put(1, 10);
  map.Put(2, 20);
  ASSERT_NE(map.Find(1), nullptr);
  map.Put(3, 30);
  EXPECT_EQ(map.Find(2), nullptr);
  EXPECT_EQ(*map.Find(1), 10);
  EXPECT_EQ(*map.Find(3), 30);
  EXPECT_EQ(map.size(), 2U);
  map.Put(3, 31);
  EXPECT_EQ(*map.Find(3), 31);
  map.Erase(3);
  EXPECT_EQ(map.Find(3), nullptr);
}

TEST(IdentityCache, FindsTheSameStateAlone) {
  IdentityCache cache(10, true);
  const auto put = cache.Put(Key(5), {}, kNow);
  EXPECT_EQ(cache.Find(Key(5), kNow), put);
  FileKey changed = Key(5);
  changed.changed_ns += 1;
  EXPECT_EQ(cache.Find(changed, kNow), nullptr);
  changed = Key(5);
  changed.size += 1;
  EXPECT_EQ(cache.Find(changed, kNow), nullptr);
  EXPECT_EQ(cache.Find(Key(6), kNow), nullptr);
  cache.Clear();
  EXPECT_EQ(cache.Find(Key(5), kNow), nullptr);
}

TEST(IdentityCache, NumbersEveryEntryAnew) {
  IdentityCache cache(10, true);
  const auto first = cache.Put(Key(5), {}, kNow);
  const auto second = cache.Put(Key(5), {}, kNow);
  EXPECT_NE(first->id, second->id);
}

TEST(IdentityCache, EndsWithTheIdentitysValidity) {
  IdentityCache cache(10, true);
  KnownFile file;
  file.identity.emplace();
  file.identity->valid_until = kNow / 1'000'000'000 + 5;
  cache.Put(Key(5), file, kNow);
  EXPECT_NE(cache.Find(Key(5), kNow + 5'000'000'000), nullptr);
  EXPECT_EQ(cache.Find(Key(5), kNow + 6'000'000'000), nullptr);
}

TEST(IdentityCache, KeepsNoFileOfAnImpreciseClockThatJustChanged) {
  IdentityCache imprecise(10, false);
  EXPECT_NE(imprecise.Put(Key(5, kUnsafeChangeAgeNs - 1), {}, kNow), nullptr);
  EXPECT_EQ(imprecise.size(), 0U);
  imprecise.Put(Key(5, kUnsafeChangeAgeNs), {}, kNow);
  EXPECT_EQ(imprecise.size(), 1U);
  IdentityCache precise(10, true);
  precise.Put(Key(5, 0), {}, kNow);
  EXPECT_EQ(precise.size(), 1U);
}

TEST(FileKey, ChangesWithTheFile) {
  std::string name = ::testing::TempDir() + "file_key_XXXXXX";
  const UniqueFd file(mkstemp(name.data()));
  ASSERT_TRUE(file.valid());
  const FileStatus before = ReadFileStatus(file.get()).value();
  EXPECT_TRUE(before.is_regular());
  EXPECT_EQ(before.key, ReadFileStatus(name.c_str()).value().key);
  ASSERT_EQ(write(file.get(), "x", 1), 1);
  const FileStatus after = ReadFileStatus(file.get()).value();
  EXPECT_NE(before.key, after.key);
  EXPECT_EQ(before.key.inode, after.key.inode);
  EXPECT_EQ(after.key.size, 1U);
  unlink(name.c_str());
}

}  // namespace
}  // namespace portcullis::enforcement
