// SPDX-License-Identifier: Apache-2.0
#include "authoring/access/host_write_access.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace portcullis {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Writers Account(uint32_t uid, std::vector<uint32_t> groups) {
  Writers writers;
  writers.anybody = false;
  writers.uid = uid;
  writers.groups = std::move(groups);
  return writers;
}

const Writers kAlice = Account(1000, {1000});

// A tree of root's below /run, whose folders are root's too.
class HostWriteAccessTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "only root owns a file as root";
    std::string pattern = "/run/portcullis-access-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    top_ = pattern;
    ASSERT_EQ(chmod(top_.c_str(), 0755), 0);
    Folder("a");
    Folder("a/b");
    File("a/b/tool");
  }
  void TearDown() override {
    if (!top_.empty()) fs::remove_all(top_);
  }

  std::string At(const std::string& path) const { return top_ + "/" + path; }
  void Folder(const std::string& path, mode_t mode = 0755) const {
    ASSERT_EQ(mkdir(At(path).c_str(), 0755), 0);
    ASSERT_EQ(chmod(At(path).c_str(), mode), 0);
  }
  void File(const std::string& path, mode_t mode = 0755) const {
    std::ofstream(At(path)) << "x";
    ASSERT_EQ(chmod(At(path).c_str(), mode), 0);
  }
  void Chmod(const std::string& path, mode_t mode) const {
    ASSERT_EQ(chmod(At(path).c_str(), mode), 0);
  }

  // The place that is found, without the front of this test's tree; "none"; or the error.
  std::string Shown(const Result<std::optional<WritablePlace>>& found) const {
    if (!found) return "error: " + found.error().message;
    if (!*found) return "none";
    const std::string path = (*found)->path;
    return path.starts_with(top_) ? path.substr(top_.size()) : path;
  }
  std::string InTree(const std::string& folder, const Writers& writers = kAlice) const {
    const auto access = HostWriteAccess::Load(HostConfig::Default());
    return access ? Shown((*access)->FindInTree(At(folder), writers)) : access.error().message;
  }
  std::string OnPath(const std::string& file, const Writers& writers = kAlice) const {
    const auto access = HostWriteAccess::Load(HostConfig::Default());
    return access ? Shown((*access)->FindOnPath(At(file), writers)) : access.error().message;
  }

  std::string top_;
};

TEST_F(HostWriteAccessTest, FindsNothingInRootsOwnTree) {
  EXPECT_EQ(InTree("a"), "none");
  EXPECT_EQ(InTree("a", Writers{}), "none");
  EXPECT_EQ(OnPath("a/b/tool"), "none");
}

TEST_F(HostWriteAccessTest, FindsAFolderOrFileBelow) {
  Chmod("a/b", 0777);
  EXPECT_EQ(InTree("a"), "/a/b");
  Chmod("a/b", 0755);
  Chmod("a/b/tool", 0666);
  EXPECT_EQ(InTree("a"), "/a/b/tool");
  EXPECT_EQ(OnPath("a/b/tool"), "/a/b/tool");
}

TEST_F(HostWriteAccessTest, LetsAStickyFolderBeWrittenButNotReplaced) {
  Chmod("a", 01777);
  EXPECT_EQ(InTree("a"), "/a");
  EXPECT_EQ(InTree("a/b"), "none");
  EXPECT_EQ(OnPath("a/b/tool"), "none");
  EXPECT_EQ(InTree("a/new"), "/a");
  ASSERT_EQ(chown(At("a/b").c_str(), 1000, 0), 0);
  EXPECT_EQ(InTree("a/b"), "/a/b");
  Chmod("a", 0777);
  ASSERT_EQ(chown(At("a/b").c_str(), 0, 0), 0);
  EXPECT_EQ(InTree("a/b"), "/a");
  EXPECT_EQ(OnPath("a/b/tool"), "/a");
}

TEST_F(HostWriteAccessTest, AsksGroups) {
  ASSERT_EQ(chown(At("a/b").c_str(), 0, 4242), 0);
  Chmod("a/b", 0775);
  EXPECT_EQ(InTree("a"), "none");
  EXPECT_EQ(InTree("a", Account(1000, {1000, 4242})), "/a/b");
  EXPECT_EQ(InTree("a", Writers{}), "/a/b");
}

TEST_F(HostWriteAccessTest, AsksTheAcl) {
  std::string acl("\x02\0\0\0", 4);
  const auto add = [&](uint16_t tag, uint16_t permissions, uint32_t id) {
    acl.append(reinterpret_cast<const char*>(&tag), 2);
    acl.append(reinterpret_cast<const char*>(&permissions), 2);
    acl.append(reinterpret_cast<const char*>(&id), 4);
  };
  add(1, 7, ~0U);
  add(2, 7, 1000);
  add(4, 5, ~0U);
  add(16, 7, ~0U);
  add(32, 5, ~0U);
  if (setxattr(At("a/b").c_str(), kAccessAclAttribute, acl.data(), acl.size(), 0) != 0) {
    GTEST_SKIP() << "no ACLs on the file system of /run";
  }
  EXPECT_EQ(InTree("a"), "/a/b");
  EXPECT_EQ(InTree("a", Account(1001, {})), "none");
}

TEST_F(HostWriteAccessTest, SaysWhoMayMakeWhatIsMissing) {
  EXPECT_EQ(InTree("a/new"), "none");
  EXPECT_EQ(OnPath("a/b/tool/x"), "none");
  Chmod("a", 0777);
  const auto access = HostWriteAccess::Load(HostConfig::Default());
  ASSERT_TRUE(access);
  const auto found = (*access)->FindInTree(At("a/new/deep"), kAlice);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->path, At("a"));
  EXPECT_EQ((*found)->why, "its mode (0777) lets everybody write, and \"new\" is not there yet");
}

TEST_F(HostWriteAccessTest, FollowsLinksOfThePathAndNoneBelow) {
  Folder("open", 0777);
  ASSERT_EQ(symlink("../open", At("a/link").c_str()), 0);
  EXPECT_EQ(InTree("a"), "none");
  EXPECT_EQ(InTree("a/link"), "/open");
  ASSERT_EQ(symlink(At("a").c_str(), At("open/back").c_str()), 0);
  EXPECT_EQ(InTree("open/back"), "/open");
  ASSERT_EQ(symlink("loop", At("a/loop").c_str()), 0);
  EXPECT_THAT(InTree("a/loop"), HasSubstr("more than 40 links"));
}

TEST_F(HostWriteAccessTest, ListsEveryTopmostPlaceInOrder) {
  Folder("a/z", 0777);
  Folder("a/z/inner", 0777);
  Folder("a/c", 0777);
  File("a/b/open", 0777);
  const auto access = HostWriteAccess::Load(HostConfig::Default());
  ASSERT_TRUE(access);
  std::vector<std::string> places;
  ASSERT_TRUE((*access)->ForEachInTree(At("a"), kAlice, [&](const WritablePlace& place) {
    places.push_back(place.path.substr(top_.size()));
    return true;
  }));
  EXPECT_THAT(places, ElementsAre("/a/b/open", "/a/c", "/a/z"));
}

TEST_F(HostWriteAccessTest, LooksIntoEveryDirectoryOfAMacro) {
  HostConfig config = HostConfig::Default();
  for (PathMacro& macro : config.macros) {
    if (macro.name == "%PROGRAMFILES%") macro.directories = {At("a"), At("c")};
  }
  Folder("c");
  Folder("c/open", 0777);
  const auto access = HostWriteAccess::Load(config);
  ASSERT_TRUE(access);
  EXPECT_EQ(Shown((*access)->FindInTree("%ProgramFiles%", kAlice)), "/c/open");
  EXPECT_EQ(Shown((*access)->FindInTree("%PROGRAMFILES%\\open", kAlice)), "/c/open");
  EXPECT_EQ(Shown((*access)->FindInTree("%PROGRAMFILES%\\b", kAlice)), "none");
  EXPECT_THAT(Shown((*access)->FindInTree("%HOT%", kAlice)), HasSubstr("no folder of a Linux"));
  EXPECT_THAT(Shown((*access)->FindInTree("C:\\Apps", kAlice)), HasSubstr("no path of a Linux"));
}

// Runs `check` in a mount namespace of its own; its exit status, 99 where there is none to be had.
template <typename Check>
int InPrivateMounts(const Check& check) {
  const pid_t child = fork();
  if (child == 0) {
    const bool is_private =
        unshare(CLONE_NEWNS) == 0 && mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    _exit(is_private ? check() : 99);
  }
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

TEST_F(HostWriteAccessTest, SeesWhatIsBoundBelow) {
  Folder("home");
  Folder("home/open", 0777);
  Folder("a/bound");
  ASSERT_EQ(InTree("a"), "none");
  const int status = InPrivateMounts([&] {
    if (mount(At("home").c_str(), At("a/bound").c_str(), nullptr, MS_BIND, nullptr) != 0) return 99;
    return InTree("a") == "/a/bound/open" ? 0 : 1;
  });
  if (status == 99) GTEST_SKIP() << "no mount namespace may be made here";
  EXPECT_EQ(status, 0);
}

TEST_F(HostWriteAccessTest, SeesWhatIsMountedBelowWhateverItsOptions) {
  Folder("a/disk");
  const int status = InPrivateMounts([&] {
    if (mount("disk", At("a/disk").c_str(), "tmpfs", MS_NOEXEC, "mode=777") != 0) return 99;
    return InTree("a") == "/a/disk" ? 0 : 1;
  });
  if (status == 99) GTEST_SKIP() << "no mount namespace may be made here";
  EXPECT_EQ(status, 0);
}

TEST_F(HostWriteAccessTest, SeesWhatIsMountedBelowTheKernelsOwn) {
  Folder("a/kernel");
  const int status = InPrivateMounts([&] {
    const std::string kernel = At("a/kernel");
    const std::string open = kernel + "/kernel";
    if (mount("sysfs", kernel.c_str(), "sysfs", 0, nullptr) != 0) return 99;
    if (InTree("a") != "none") return 1;
    if (mount("disk", open.c_str(), "tmpfs", 0, "mode=755") != 0) return 99;
    if (InTree("a") != "none") return 2;
    File("a/kernel/kernel/tool", 0777);
    if (InTree("a") != "/a/kernel/kernel/tool") return 3;
    if (InTree("a/kernel/kernel") != "/a/kernel/kernel/tool") return 4;
    return OnPath("a/kernel/kernel/tool") == "/a/kernel/kernel/tool" ? 0 : 5;
  });
  if (status == 99) GTEST_SKIP() << "no mount namespace may be made here";
  EXPECT_EQ(status, 0);
}

TEST_F(HostWriteAccessTest, TrustsNoNetworkFileSystemAndNoProgramsOwn) {
  const auto ask = [&](const std::string& file_system) {
    const std::string lines =
        fmt::format("1 1 0:1 / / rw - ext4 source rw\n1 1 0:1 / {} rw - {} source rw\n", At("a/b"),
                    file_system);
    const HostFileTree tree(MountTable::Parse(lines, {"nfs4"}, BlockDevices("/dev/null")));
    return Shown(TreeWriteAccess(tree, HostConfig::Default()).FindInTree(At("a"), kAlice));
  };
  EXPECT_EQ(ask("ext4"), "none");
  EXPECT_EQ(ask("nfs4"), "/a/b");
  EXPECT_EQ(ask("fuse.sshfs"), "/a/b");
  EXPECT_EQ(ask("autofs"), "/a/b");
  EXPECT_EQ(ask("overlay"), "/a/b");
  Chmod("a/b", 0777);
  EXPECT_EQ(ask("proc"), "none");
}

// As in a chroot, whose root need not be a mount point.
TEST_F(HostWriteAccessTest, AsksOwnersAndModesWhereNoMountIsKnown) {
  const HostFileTree tree(MountTable::Parse("", {}, BlockDevices("/dev/null")));
  EXPECT_EQ(Shown(TreeWriteAccess(tree, HostConfig::Default()).FindInTree(At("a"), kAlice)),
            "none");
}

}  // namespace
}  // namespace portcullis
