// SPDX-License-Identifier: Apache-2.0
#include "host/needed_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "tests/support/elf_builder.h"

namespace portcullis {
namespace {

using portcullis::testing::ElfBuilder;
using ::testing::Contains;
using ::testing::Not;
namespace fs = std::filesystem;

class NeededFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = "/tmp/portcullis-needed-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
  }
  void TearDown() override { fs::remove_all(root_); }

  void Write(const std::string& path, const std::string& content) const {
    fs::create_directories(fs::path(root_ + path).parent_path());
    std::ofstream(root_ + path, std::ios::binary) << content;
  }
  std::vector<NeededFile> Find(bool with_libraries = false) const {
    NeededFilesOptions options;
    options.root = root_;
    options.administrator_groups = {"sudo"};
    options.with_libraries = with_libraries;
    return FindNeededFiles(options, LocalAccounts::Load(root_));
  }
  // "group path bits", with an l behind those of a library.
  std::vector<std::string> Lines(bool with_libraries = false) const {
    std::vector<std::string> lines;
    for (const NeededFile& file : Find(with_libraries)) {
      lines.push_back(file.group + " " + file.path + " " + std::to_string(file.by) +
                      (file.is_library ? "l" : ""));
    }
    return lines;
  }

  std::string root_;
};

TEST_F(NeededFilesTest, AreThoseThatAreThere) {
  EXPECT_TRUE(Lines().empty());
  Write("/usr/sbin/sshd", "x");
  EXPECT_THAT(Lines(), ::testing::ElementsAre("sshd /usr/sbin/sshd 1"));
}

TEST_F(NeededFilesTest, AreTheRealFilesBehindLinks) {
  Write("/usr/lib/systemd/systemd", "x");
  fs::create_directory_symlink("usr/lib", root_ + "/lib");
  fs::create_directories(root_ + "/sbin");
  fs::create_symlink("/lib/systemd/systemd", root_ + "/sbin/init");
  EXPECT_THAT(Lines(), ::testing::ElementsAre("init /usr/lib/systemd/systemd 1"));
}

// Outside of the root there is nothing, wherever a link points.
TEST_F(NeededFilesTest, DoNotLeaveTheRoot) {
  fs::create_directories(root_ + "/sbin");
  fs::create_symlink("/../../../../../bin/sh", root_ + "/sbin/init");
  fs::create_symlink("../../../../../../etc/passwd", root_ + "/sbin/login");
  EXPECT_TRUE(Lines().empty());
}

TEST_F(NeededFilesTest, HaveTheShellsOfRootAndOfAdministrators) {
  Write("/etc/passwd",
        "root:x:0:0::/:/usr/bin/rootsh\nada:x:1000:1000::/:/usr/bin/adash\n"
        "eve:x:1001:1001::/:/usr/bin/evesh\n");
  Write("/etc/group", "sudo:x:27:ada\n");
  for (const char* shell : {"rootsh", "adash", "evesh"})
    Write(std::string("/usr/bin/") + shell, "x");
  EXPECT_THAT(Lines(), Contains("shell /usr/bin/rootsh 6"));
  EXPECT_THAT(Lines(), Contains("shell /usr/bin/adash 6"));
  EXPECT_THAT(Lines(), Not(Contains("shell /usr/bin/evesh 6")));
}

TEST_F(NeededFilesTest, HaveWhatRunsTheScriptsAmongThem) {
  Write("/usr/bin/deb-systemd-helper", "#! /usr/bin/env perl -w\n");
  Write("/usr/bin/invoke-rc.d", "#!/usr/bin/dash\n");
  Write("/usr/bin/env", "x");
  Write("/usr/bin/perl", "x");
  Write("/usr/bin/dash", "x");
  const auto lines = Lines();
  EXPECT_THAT(lines, Contains("packages /usr/bin/env 2"));
  EXPECT_THAT(lines, Contains("packages /usr/bin/perl 2"));
  EXPECT_THAT(lines, Contains("packages /usr/bin/dash 2"));
}

TEST_F(NeededFilesTest, EndWhereScriptsRunEachOther) {
  Write("/usr/bin/invoke-rc.d", "#!/usr/bin/dpkg\n");
  Write("/usr/bin/dpkg", "#!/usr/bin/invoke-rc.d\n");
  EXPECT_EQ(Lines().size(), 2U);
}

TEST_F(NeededFilesTest, HaveTheDynamicLoaderOfEach) {
  Write("/usr/bin/login", ElfBuilder().Make());
  Write("/usr/bin/sudo", ElfBuilder().Make());
  Write("/lib64/ld.so", "x");
  EXPECT_THAT(Lines(), Contains("loader /lib64/ld.so 7"));
}

TEST_F(NeededFilesTest, HaveTheScriptsOfPackages) {
  Write("/var/lib/dpkg/info/libc6.postinst", "#!/bin/sh\n");
  Write("/var/lib/dpkg/info/libc6.list", "/etc\n");
  const auto files = Find();
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].path, "/var/lib/dpkg/info/libc6.postinst");
  EXPECT_EQ(files[0].folder, "/var/lib/dpkg");
  for (size_t i = 0; i < 2 * kMaxScriptsAFolder; ++i) {
    Write("/var/lib/dpkg/info/p" + std::to_string(i) + ".prerm", "#!/bin/sh\n");
  }
  EXPECT_EQ(Find().size(), kMaxScriptsAFolder);
}

TEST_F(NeededFilesTest, HaveTheirLibrariesAndThoseOfThem) {
  Write("/usr/sbin/sshd",
        ElfBuilder().Add(1, "liba.so").Add(1, "libprivate.so").Add(29, "$ORIGIN/../priv").Make());
  Write("/usr/bin/sudo", ElfBuilder().Add(1, "liba.so").Make());
  Write("/usr/lib/x86_64-linux-gnu/liba.so", ElfBuilder{""}.Add(1, "libb.so").Make());
  Write("/usr/lib/libb.so", ElfBuilder{""}.Add(1, "liba.so").Make());
  Write("/usr/priv/libprivate.so", "x");
  Write("/usr/lib/unused.so", "x");
  Write("/usr/lib/x86_64-linux-gnu/security/pam_unix.so", "x");
  const auto lines = Lines(true);
  EXPECT_THAT(lines, Contains("libraries /usr/lib/x86_64-linux-gnu/liba.so 7l"));
  EXPECT_THAT(lines, Contains("libraries /usr/lib/libb.so 7l"));
  EXPECT_THAT(lines, Contains("libraries /usr/priv/libprivate.so 1l"));
  EXPECT_THAT(lines, Contains("libraries /usr/lib/x86_64-linux-gnu/security/pam_unix.so 7l"));
  EXPECT_EQ(lines.size(), 6U);
  EXPECT_EQ(Lines(false).size(), 2U);
}

TEST(NeededFiles, OfThisMachineHaveAShell) {
  const auto files = FindNeededFiles({}, LocalAccounts::Load(""));
  EXPECT_TRUE(
      std::ranges::any_of(files, [](const NeededFile& file) { return file.group == "shell"; }));
  for (const NeededFile& file : files) {
    EXPECT_THAT(NeededGroups(), Contains(file.group));
    EXPECT_TRUE(file.path.starts_with('/'));
  }
}

}  // namespace
}  // namespace portcullis
