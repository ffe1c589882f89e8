// SPDX-License-Identifier: Apache-2.0
#include "host/mount_table.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "host/host_config.h"

namespace portcullis {
namespace {

namespace fs = std::filesystem;

// A folder that looks like sysfs: a fixed disk, a USB stick, a CD drive, and an encrypted volume on
// the stick.
class FakeSysfs {
 public:
  FakeSysfs() {
    std::string pattern = "/tmp/portcullis-sysfs-XXXXXX";
    root_ = mkdtemp(pattern.data());
    Disk("devices/pci0/ata1/block/sda", "0");
    Partition("devices/pci0/ata1/block/sda", "sda1", "8:1");
    fs::create_directories(root_ / "bus/usb");
    Disk("devices/pci0/usb1/1-1/block/sdb", "1");
    fs::create_symlink("../../../../bus/usb", root_ / "devices/pci0/usb1/1-1/subsystem");
    Partition("devices/pci0/usb1/1-1/block/sdb", "sdb1", "8:17");
    Disk("devices/pci0/ata2/block/sr0", "1");
    Link("11:0", "devices/pci0/ata2/block/sr0");
    Disk("devices/virtual/block/dm-0", "0");
    fs::create_directories(root_ / "devices/virtual/block/dm-0/slaves");
    fs::create_symlink(root_ / "devices/pci0/usb1/1-1/block/sdb/sdb1",
                       root_ / "devices/virtual/block/dm-0/slaves/sdb1");
    Link("253:0", "devices/virtual/block/dm-0");
  }
  ~FakeSysfs() { fs::remove_all(root_); }
  FakeSysfs(const FakeSysfs&) = delete;
  FakeSysfs& operator=(const FakeSysfs&) = delete;

  BlockDevices devices() const { return BlockDevices(root_.string()); }

 private:
  void Write(const fs::path& path, std::string_view text) const {
    std::ofstream(path) << text << '\n';
  }
  void Disk(const std::string& path, std::string_view removable) {
    fs::create_directories(root_ / path);
    Write(root_ / path / "removable", removable);
  }
  void Partition(const std::string& disk, const std::string& name, const std::string& number) {
    fs::create_directories(root_ / disk / name);
    Write(root_ / disk / name / "partition", "1");
    Link(number, disk + "/" + name);
  }
  void Link(const std::string& number, const std::string& path) {
    fs::create_directories(root_ / "dev/block");
    fs::create_symlink(root_ / path, root_ / "dev/block" / number);
  }

  fs::path root_;
};

constexpr std::string_view kMountInfo =
    "21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "22 21 0:20 / /proc rw,nosuid shared:5 - proc proc rw\n"
    "23 21 8:17 / /media/alice/My\\040Stick rw shared:7 master:3 - vfat none rw,iocharset=utf8\n"
    "24 21 0:40 / /mnt/share rw - nfs4 server:/export rw,addr=10.0.0.1\n"
    "25 21 11:0 / /cd ro - iso9660 none ro\n"
    "26 21 253:0 / /home/bob/vault rw - ext4 none rw\n"
    "not a line\n"
    "27 21 0:50 / /mnt rw - tmpfs tmpfs rw\n"
    "28 27 0:51 / /mnt rw - ntfs3 none rw,nocase\n";

MountTable Table(const FakeSysfs& sysfs) {
  return MountTable::Parse(kMountInfo, HostConfig::Default().network_file_systems, sysfs.devices());
}

TEST(MountTable, FindsTheMountThatAPathLiesOn) {
  const FakeSysfs sysfs;
  const MountTable table = Table(sysfs);
  const struct {
    std::string_view path;
    std::string_view point;
  } rows[] = {
      {"/usr/bin/ls", ""},
      {"", ""},
      {"/proc", "/proc"},
      {"/process", ""},
      {"/media/alice/My Stick/setup.exe", "/media/alice/My Stick"},
      {"/mnt/share/x", "/mnt/share"},
      {"/mnt/sharex", "/mnt"},
  };
  for (const auto& row : rows) {
    const Mount* mount = table.Find(row.path);
    ASSERT_NE(mount, nullptr) << row.path;
    EXPECT_EQ(mount->point, row.point) << row.path;
  }
}

TEST(MountTable, TakesTheLaterOfTwoMountsOnOnePoint) {
  const FakeSysfs sysfs;
  const MountTable table = Table(sysfs);
  EXPECT_EQ(table.Find("/mnt/x")->file_system, "ntfs3");
}

TEST(MountTable, TellsAFolderThatIsMountedFromAWholeFileSystem) {
  const MountTable table = MountTable::Parse(
      "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n22 21 8:1 /srv/www /var/www rw - ext4 /dev/sda1 rw\n",
      {}, BlockDevices("/nowhere"));
  EXPECT_TRUE(table.Find("/usr")->is_whole);
  EXPECT_FALSE(table.Find("/var/www")->is_whole);
}

TEST(MountTable, KnowsTheMediumByTheDevice) {
  const FakeSysfs sysfs;
  const MountTable table = Table(sysfs);
  EXPECT_EQ(table.Find("/usr")->medium, (Medium{false, false}));
  EXPECT_EQ(table.Find("/media/alice/My Stick/x")->medium, (Medium{true, true}));
  EXPECT_EQ(table.Find("/cd/x")->medium, (Medium{true, false}));
  // An encrypted volume is on what lies below it.
  EXPECT_EQ(table.Find("/home/bob/vault/x")->medium, (Medium{true, true}));
}

TEST(MountTable, KnowsWhatIsNetworkSyntheticAndCaseless) {
  const FakeSysfs sysfs;
  const MountTable table = Table(sysfs);
  EXPECT_TRUE(table.Find("/mnt/share/x")->is_network);
  EXPECT_FALSE(table.Find("/usr")->is_network);
  EXPECT_TRUE(table.Find("/proc/1/exe")->is_synthetic);
  EXPECT_TRUE(table.Find("/media/alice/My Stick/x")->ignores_case);
  EXPECT_TRUE(table.Find("/mnt/x")->ignores_case);
  EXPECT_FALSE(table.Find("/usr")->ignores_case);
}

// Not asked for "/": in a chroot it need not be a mount.
TEST(MountTable, HasTheProcOfThisHost) {
  const auto table = MountTable::OfThisProcess(HostConfig::Default().network_file_systems);
  ASSERT_TRUE(table) << table.error().message;
  const Mount* proc = table->Find("/proc/self");
  ASSERT_NE(proc, nullptr);
  EXPECT_TRUE(proc->is_synthetic);
}

TEST(MountTable, IsNotTakenForEmptyWhereItCanNotBeRead) {
  const auto table = MountTable::Load("/nowhere/mountinfo", {});
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().code, ErrorCode::kIo);
  EXPECT_TRUE(table.error().message.starts_with("/nowhere/mountinfo: "));
}

TEST(MountTable, IsEmptyForAnEmptyText) {
  const auto table = MountTable::Parse("", {}, BlockDevices("/nowhere"));
  EXPECT_EQ(table.Find("/"), nullptr);
}

}  // namespace
}  // namespace portcullis
