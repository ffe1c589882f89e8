// SPDX-License-Identifier: Apache-2.0
#include "enforcement/identity_cache.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <vector>

#include "base/unique_fd.h"
#include "enforcement/lru_map.h"

namespace portcullis::enforcement {
namespace {

constexpr UnixTime kNow = 1'700'000'000;
constexpr int64_t kNowNs = kNow * 1'000'000'000 + 1;
constexpr LruLimits kLimits{10, 100'000};

IdentityEvidence EvidenceOf(uint64_t inode) {
  IdentityEvidence evidence;
  evidence.key = {1, inode, 10, kNowNs, kNowNs};
  evidence.times_show_writes = true;
  evidence.seen_ns = kNowNs + kClockTickNs;
  return evidence;
}

FileIdentity IdentityOf(uint8_t content) {
  FileIdentity identity;
  identity.sha256[0] = content;
  return identity;
}

TEST(LruMap, ForgetsTheLongestUnused) {
  LruMap<int, int> map({2, 100});
  map.Put(1, 10, 1);
  map.Put(2, 20, 1);
  ASSERT_NE(map.Find(1), nullptr);
  map.Put(3, 30, 1);
  EXPECT_EQ(map.Find(2), nullptr);
  EXPECT_EQ(*map.Find(1), 10);
  EXPECT_EQ(*map.Find(3), 30);
  EXPECT_EQ(map.size(), 2U);
  map.Put(3, 31, 1);
  EXPECT_EQ(*map.Find(3), 31);
  map.Erase(3);
  EXPECT_EQ(map.Find(3), nullptr);
}

TEST(LruMap, KeepsNoMoreBytesThanAllowed) {
  LruMap<int, int> map({100, 10});
  map.Put(1, 10, 4);
  map.Put(2, 20, 4);
  map.Put(2, 21, 5);  // counted once
  EXPECT_EQ(map.bytes(), 9U);
  map.Put(3, 30, 5);
  EXPECT_EQ(map.Find(1), nullptr);
  EXPECT_EQ(map.bytes(), 10U);
  map.Put(4, 40, 11);
  EXPECT_EQ(map.Find(4), nullptr) << "larger than all may be";
  EXPECT_EQ(map.size(), 2U);
  map.Clear();
  EXPECT_EQ(map.bytes(), 0U);
}

TEST(IdentityCache, FindsTheSameStateAlone) {
  IdentityCache cache(kLimits);
  const IdentityEvidence evidence = EvidenceOf(5);
  const auto put = cache.Put(evidence, {});
  EXPECT_EQ(cache.Find(evidence, kNow), put);
  IdentityEvidence changed = evidence;
  changed.key.changed_ns += 1;
  EXPECT_EQ(cache.Find(changed, kNow), nullptr);
  changed = evidence;
  changed.key.size += 1;
  EXPECT_EQ(cache.Find(changed, kNow), nullptr);
  EXPECT_EQ(cache.Find(EvidenceOf(6), kNow), nullptr);
  cache.Clear();
  EXPECT_EQ(cache.Find(evidence, kNow), nullptr);
}

TEST(IdentityCache, FindsOnlyWhatCoversTheEvent) {
  IdentityCache cache(kLimits);
  IdentityEvidence unseen = EvidenceOf(5);
  unseen.times_show_writes = false;
  EXPECT_NE(cache.Put(unseen, {}), nullptr);
  EXPECT_EQ(cache.Find(unseen, kNow), nullptr);
  IdentityEvidence wanted = EvidenceOf(6);
  cache.Put(wanted, {});
  wanted.is_leased = true;
  EXPECT_EQ(cache.Find(wanted, kNow), nullptr);
}

TEST(IdentityCache, NumbersEveryFindingAnew) {
  IdentityCache cache(kLimits);
  const auto first = cache.Put(EvidenceOf(5), IdentityOf(1));
  EXPECT_NE(cache.Put(EvidenceOf(5), IdentityOf(2))->id, first->id) << "changed unseen";
  IdentityEvidence given_to_root = EvidenceOf(5);
  given_to_root.is_root_only = true;
  const auto second = cache.Put(given_to_root, IdentityOf(1));
  EXPECT_NE(second->id, first->id);
  EXPECT_NE(cache.Put(EvidenceOf(6), IdentityOf(1))->id, second->id) << "another file";
}

TEST(IdentityCache, KeepsTheNumberOfWhatIsFoundAgain) {
  IdentityCache cache(kLimits);
  IdentityEvidence unseen = EvidenceOf(5);
  unseen.times_show_writes = false;
  const auto first = cache.Put(unseen, IdentityOf(1));
  EXPECT_EQ(cache.Put(unseen, IdentityOf(1))->id, first->id);
}

TEST(IdentityCache, KeepsWhatSoftwareRestrictionPoliciesAskForAndTellsItApart) {
  IdentityCache cache(kLimits);
  FileIdentity identity = IdentityOf(1);
  identity.flat_md5.emplace().fill(5);
  identity.flat_sha1.emplace().fill(1);
  identity.signature.signer_thumbprint.emplace().fill(7);
  const auto first = cache.Put(EvidenceOf(1), identity);
  EXPECT_EQ(first->identity.flat_md5, identity.flat_md5);
  EXPECT_EQ(first->identity.flat_sha1, identity.flat_sha1);
  EXPECT_EQ(first->identity.signature.signer_thumbprint, identity.signature.signer_thumbprint);
  EXPECT_EQ(cache.Put(EvidenceOf(1), identity)->id, first->id);
  for (const auto& change : std::vector<std::function<void(FileIdentity&)>>{
           [](FileIdentity& it) { it.flat_md5->fill(6); },
           [](FileIdentity& it) { it.flat_sha1.reset(); },
           [](FileIdentity& it) { it.signature.signer_thumbprint.reset(); },
           [](FileIdentity& it) { it.signature.status = SignatureStatus::kRevoked; }}) {
    FileIdentity other = identity;
    change(other);
    EXPECT_NE(cache.Put(EvidenceOf(1), other)->id, cache.Put(EvidenceOf(1), identity)->id);
  }
}

TEST(IdentityCache, EndsWithTheIdentitysValidity) {
  IdentityCache cache(kLimits);
  FileIdentity identity;
  identity.valid_until = kNow + 5;
  cache.Put(EvidenceOf(5), identity);
  EXPECT_NE(cache.Find(EvidenceOf(5), kNow + 5), nullptr);
  EXPECT_EQ(cache.Find(EvidenceOf(5), kNow + 6), nullptr);
}

TEST(IdentityCache, KeepsWhatRulesAskForAlone) {
  IdentityCache cache(kLimits);
  FileIdentity identity = IdentityOf(1);
  identity.version_info.emplace().product_name = std::string(1000, 'x');
  identity.signature.subject = identity.signature.reason = std::string(1000, 'x');
  identity.signature.is_windows_signed = true;
  identity.defect = std::string(1000, 'x');
  identity.publisher.emplace().publisher = "O=CONTOSO";
  const auto file = cache.Put(EvidenceOf(5), identity);
  EXPECT_FALSE(file->identity.version_info);
  EXPECT_EQ(file->identity.signature.subject + file->identity.signature.reason, "");
  EXPECT_EQ(file->identity.defect, "");
  EXPECT_TRUE(file->identity.signature.is_windows_signed);
  EXPECT_EQ(file->identity.publisher->publisher, "O=CONTOSO");
  EXPECT_LT(cache.bytes(), 1500U);
}

TEST(IdentityCache, KeepsNoMoreBytesThanAllowed) {
  IdentityCache cache({1000, 20'000});
  for (uint64_t inode = 1; inode <= 100; ++inode) {
    FileIdentity identity;
    identity.publisher.emplace().publisher = std::string(4000, 'x');
    cache.Put(EvidenceOf(inode), identity);
    EXPECT_LE(cache.bytes(), 20'000U);
  }
  EXPECT_NE(cache.Find(EvidenceOf(100), kNow), nullptr);
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

// tmpfs takes any; undefined where the sanitizer looks, and wrapped elsewhere.
TEST(FileKey, TakesEveryTime) {
  const UniqueFd file(memfd_create("file", MFD_CLOEXEC));
  const timespec times[] = {{0, UTIME_OMIT}, {int64_t{1} << 61, 5}};
  ASSERT_EQ(futimens(file.get(), times), 0);
  const FileKey far = ReadFileStatus(file.get()).value().key;
  const timespec later[] = {{0, UTIME_OMIT}, {int64_t{1} << 61, 6}};
  ASSERT_EQ(futimens(file.get(), later), 0);
  EXPECT_EQ(ReadFileStatus(file.get()).value().key.modified_ns, far.modified_ns + 1);
}

}  // namespace
}  // namespace portcullis::enforcement
