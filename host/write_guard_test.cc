// SPDX-License-Identifier: Apache-2.0
#include "host/write_guard.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/unique_fd.h"

namespace portcullis {
namespace {

constexpr uint32_t kNobody = 0xFFFF'FFFF;  // the id of an entry that has none
enum Tag : uint16_t {
  kOwner = 1,
  kUser = 2,
  kGroupOfFile = 4,
  kGroup = 8,
  kMask = 16,
  kOther = 32
};
enum Permissions : uint16_t { kRead = 4, kReadWrite = 6 };

struct Entry {
  uint16_t tag;
  uint16_t permissions;
  uint32_t id = kNobody;
};

std::vector<uint8_t> Acl(const std::vector<Entry>& entries, uint32_t version = 2) {
  std::vector<uint8_t> acl;
  const auto put = [&](uint64_t value, size_t size) {
    for (size_t i = 0; i < size; ++i) acl.push_back(static_cast<uint8_t>(value >> (8 * i)));
  };
  put(version, 4);
  for (const Entry& entry : entries) put(entry.tag, 2), put(entry.permissions, 2), put(entry.id, 4);
  return acl;
}

TEST(AclLetsOthersWrite, SeesWhomEachEntryLetsWrite) {
  const Entry owner{kOwner, kReadWrite};
  const Entry group{kGroupOfFile, kRead};
  const Entry other{kOther, kRead};
  const struct {
    const char* text;  // as setfacl writes it
    std::vector<Entry> entries;
    bool lets;
  } rows[] = {
      {"u::rw,g::r,o::r", {owner, group, other}, false},
      {"u::rw,u:1000:rw,g::r,m::rw,o::r",
       {owner, {kUser, kReadWrite, 1000}, group, {kMask, kReadWrite}, other},
       true},
      {"u::rw,u:1000:rw,g::r,m::r,o::r",
       {owner, {kUser, kReadWrite, 1000}, group, {kMask, kRead}, other},
       false},
      {"u::rw,u:1000:rw,g::r,o::r, no mask",
       {owner, {kUser, kReadWrite, 1000}, group, other},
       true},
      {"u::rw,u:0:rw,g::r,m::rw,o::r",
       {owner, {kUser, kReadWrite, 0}, group, {kMask, kReadWrite}, other},
       false},
      {"u::rw,g::r,g:0:rw,m::rw,o::r",
       {owner, group, {kGroup, kReadWrite, 0}, {kMask, kReadWrite}, other},
       true},
      {"u::rw,g::rw,m::r,o::r", {owner, {kGroupOfFile, kReadWrite}, {kMask, kRead}, other}, false},
      {"u::rw,g::rw,o::r", {owner, {kGroupOfFile, kReadWrite}, other}, true},
      {"u::rw,g::r,m::r,o::rw", {owner, group, {kMask, kRead}, {kOther, kReadWrite}}, true},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(AclLetsOthersWrite(Acl(row.entries)), row.lets) << row.text;
  }
}

TEST(AclLetsOthersWrite, TakesNoneForNobodyAndNonsenseForEverybody) {
  EXPECT_FALSE(AclLetsOthersWrite({}));
  const std::vector<Entry> good = {{kOwner, kReadWrite}, {kGroupOfFile, kRead}, {kOther, kRead}};
  ASSERT_FALSE(AclLetsOthersWrite(Acl(good)));
  EXPECT_TRUE(AclLetsOthersWrite(Acl(good, 1)));
  EXPECT_TRUE(AclLetsOthersWrite(Acl({})));
  EXPECT_TRUE(AclLetsOthersWrite(Acl({{kOwner, kReadWrite}, {kGroupOfFile, kRead}})));
  EXPECT_TRUE(AclLetsOthersWrite(Acl({{kOwner, kRead}, {0x40, kRead}, {kOther, kRead}})));
  const std::vector<uint8_t> whole = Acl(good);
  for (size_t size = 1; size < whole.size(); ++size) {
    EXPECT_TRUE(AclLetsOthersWrite(std::span(whole).first(size))) << size;
  }
}

class WriteGuard : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "only root owns a file as root";
    std::string pattern = "/run/portcullis-guard-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    file_ = folder_ + "/file";
    fd_.Reset(open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    ASSERT_TRUE(fd_.valid());
    ASSERT_EQ(fchmod(fd_.get(), 0644), 0);
  }
  void TearDown() override {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }
  bool FileIsRootOnly() const {
    struct stat status {};
    if (fstat(fd_.get(), &status) != 0) return false;
    const bool by_fd = OnlyRootMayWrite(fd_.get(), status);
    EXPECT_EQ(OnlyRootMayWrite(file_, status), by_fd);
    return by_fd;
  }
  std::string folder_;
  std::string file_;
  UniqueFd fd_;
};

TEST_F(WriteGuard, LooksAtOwnerAndMode) {
  EXPECT_TRUE(FileIsRootOnly());
  for (const mode_t mode : {0664U, 0646U, 0620U, 0602U}) {
    fchmod(fd_.get(), mode);
    EXPECT_FALSE(FileIsRootOnly()) << mode;
  }
  fchmod(fd_.get(), 04755);
  EXPECT_TRUE(FileIsRootOnly());
  ASSERT_EQ(fchown(fd_.get(), 1000, 0), 0);
  EXPECT_FALSE(FileIsRootOnly());
}

TEST_F(WriteGuard, LooksAtTheAcl) {
  const auto set = [&](uint16_t mask) {
    const auto acl = Acl({{kOwner, kReadWrite},
                          {kUser, kReadWrite, 1000},
                          {kGroupOfFile, kRead},
                          {kMask, mask},
                          {kOther, kRead}});
    return fsetxattr(fd_.get(), "system.posix_acl_access", acl.data(), acl.size(), 0) == 0;
  };
  if (!set(kRead)) GTEST_SKIP() << "no ACLs on the file system of /run";
  EXPECT_TRUE(FileIsRootOnly());
  ASSERT_TRUE(set(kReadWrite));
  EXPECT_FALSE(FileIsRootOnly());
}

TEST_F(WriteGuard, FollowsAPathUpToTheRoot) {
  const std::string inner = folder_ + "/a/b";
  std::filesystem::create_directories(inner);
  const std::string file = inner + "/file";
  ASSERT_TRUE(OnlyRootMayRename(file));
  chmod((folder_ + "/a").c_str(), 0777);
  EXPECT_FALSE(OnlyRootMayRename(file));
  chmod((folder_ + "/a").c_str(), 01755);
  EXPECT_TRUE(OnlyRootMayRename(file));
  ASSERT_EQ(chown(inner.c_str(), 1000, 1000), 0);
  EXPECT_FALSE(OnlyRootMayRename(file));
  EXPECT_TRUE(OnlyRootMayRename(inner));
}

TEST_F(WriteGuard, TrustsNoPathThatIsNotReal) {
  ASSERT_TRUE(OnlyRootMayRename(file_));
  ASSERT_EQ(symlink(folder_.c_str(), (folder_ + "/link").c_str()), 0);
  EXPECT_FALSE(OnlyRootMayRename(folder_ + "/link/file"));
  EXPECT_FALSE(OnlyRootMayRename("run/file"));
  EXPECT_FALSE(OnlyRootMayRename(""));
  EXPECT_FALSE(OnlyRootMayRename("/run/portcullis-not-there/file"));
}

TEST_F(WriteGuard, KnowsTheKernelsOwnFileSystems) {
  const UniqueFd proc(open("/proc/self/status", O_RDONLY | O_CLOEXEC));
  EXPECT_FALSE(IsOnKernelsOwnFileSystem(proc.get()));
  EXPECT_FALSE(IsOnKernelsOwnFileSystem(-1));
  const UniqueFd memory(memfd_create("file", MFD_CLOEXEC));  // tmpfs by its magic
  EXPECT_TRUE(IsOnKernelsOwnFileSystem(memory.get()));
}

}  // namespace
}  // namespace portcullis
