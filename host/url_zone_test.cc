// SPDX-License-Identifier: Apache-2.0
#include "host/url_zone.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/xattr.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/unique_fd.h"

namespace portcullis {
namespace {

class UrlZoneTest : public ::testing::Test {
 protected:
  UrlZoneTest() {
    char name[] = "/var/tmp/zone.XXXXXX";  // a tmpfs may keep no such attributes
    folder_ = mkdtemp(name);
    path_ = folder_ / "setup.msi";
    std::ofstream(path_) << "x";
  }
  ~UrlZoneTest() override { std::filesystem::remove_all(folder_); }

  // False where the file system keeps no such attributes.
  bool Set(const char* name, std::string_view value) const {
    return setxattr(path_.c_str(), name, value.data(), value.size(), 0) == 0;
  }
  std::optional<srp::UrlZone> Zone() const {
    const UniqueFd fd(open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    return ZoneOfFile(fd.get(), path_.string());
  }

  std::filesystem::path folder_;
  std::filesystem::path path_;
};

constexpr std::string_view kSambaValue{"[ZoneTransfer]\r\nZoneId=3\r\n\0", 27};

TEST_F(UrlZoneTest, IsNoneWhereNobodySaysSo) { EXPECT_FALSE(Zone()); }

TEST_F(UrlZoneTest, IsReadWhereSambaKeepsIt) {
  if (!Set("user.DosStream.Zone.Identifier:$DATA", kSambaValue)) {
    GTEST_SKIP() << "no extended attributes here";
  }
  EXPECT_EQ(Zone(), srp::UrlZone::kInternet);
}

TEST_F(UrlZoneTest, IsReadWhereNtfs3gKeepsIt) {
  if (!Set("user.Zone.Identifier", "[ZoneTransfer]\nZoneId=2")) {
    GTEST_SKIP() << "no extended attributes here";
  }
  EXPECT_EQ(Zone(), srp::UrlZone::kTrusted);
}

TEST_F(UrlZoneTest, IsReadFromAStreamBesideTheFile) {
  std::ofstream(path_.string() + ":Zone.Identifier") << "[ZoneTransfer]\nZoneId=4\n";
  EXPECT_EQ(Zone(), srp::UrlZone::kRestricted);
}

TEST_F(UrlZoneTest, IsNotReadThroughALink) {
  std::ofstream(folder_ / "other") << "[ZoneTransfer]\nZoneId=4\n";
  std::filesystem::create_symlink(folder_ / "other", path_.string() + ":Zone.Identifier");
  EXPECT_FALSE(Zone());
}

TEST_F(UrlZoneTest, FollowsFromTheAddressLast) {
  if (!Set("user.xdg.origin.url", "https://example.com/setup.msi")) {
    GTEST_SKIP() << "no extended attributes here";
  }
  EXPECT_EQ(Zone(), srp::UrlZone::kInternet);
  ASSERT_TRUE(Set("user.Zone.Identifier", "[ZoneTransfer]\nZoneId=1"));
  EXPECT_EQ(Zone(), srp::UrlZone::kIntranet);
}

}  // namespace
}  // namespace portcullis
