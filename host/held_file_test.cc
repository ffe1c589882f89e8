// SPDX-License-Identifier: Apache-2.0
#include "host/held_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "base/unique_fd.h"

namespace portcullis {
namespace {

using ::testing::HasSubstr;

class HeldFileTest : public ::testing::Test {
 protected:
  HeldFileTest() : fd_(mkostemp(path_, O_CLOEXEC)) { Write("as it was"); }
  ~HeldFileTest() override { unlink(path_); }
  void Write(const std::string& text) {
    EXPECT_EQ(pwrite(fd_.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  }

  char path_[40] = "/tmp/portcullis-held-XXXXXX";
  UniqueFd fd_;
};

TEST_F(HeldFileTest, KeepsACopyThatNobodyChanges) {
  const auto held = HoldFile(fd_.get(), 100, Holding::kCopy);
  ASSERT_TRUE(held) << held.error().message;
  Write("OTHERWISE");
  ASSERT_EQ(ftruncate(fd_.get(), 0), 0);
  EXPECT_EQ(AsText(held->bytes), "as it was");
  EXPECT_DEATH(const_cast<uint8_t&>(held->bytes[0]) = 1, "");
}

TEST_F(HeldFileTest, MapsWhatNobodyElseCanWrite) {
  const auto held = HoldFile(fd_.get(), 100, Holding::kMapWhereSafe);
  ASSERT_TRUE(held) << held.error().message;
  EXPECT_EQ(AsText(held->bytes), "as it was");
  Write("OTHERWISE");
  EXPECT_EQ(AsText(held->bytes), "OTHERWISE") << "a mapping shows what is written in place";
}

TEST_F(HeldFileTest, CopiesWhatOthersCanWrite) {
  for (const mode_t mode : {0620U, 0602U}) {
    Write("as it was");
    ASSERT_EQ(fchmod(fd_.get(), mode), 0);
    const auto held = HoldFile(fd_.get(), 100, Holding::kMapWhereSafe);
    ASSERT_TRUE(held) << held.error().message;
    Write("OTHERWISE");
    EXPECT_EQ(AsText(held->bytes), "as it was");
  }
}

TEST_F(HeldFileTest, TakesAsManyBytesAsAllowed) {
  for (const Holding holding : {Holding::kCopy, Holding::kMapWhereSafe}) {
    EXPECT_TRUE(HoldFile(fd_.get(), 9, holding));
    const auto refused = HoldFile(fd_.get(), 8, holding);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kLimitExceeded);
    EXPECT_THAT(refused.error().message, HasSubstr("9 bytes, at most 8"));
  }
}

TEST_F(HeldFileTest, TakesRegularFilesAlone) {
  const UniqueFd folder(open("/tmp", O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(HoldFile(folder.get(), 100, Holding::kCopy).error().code, ErrorCode::kUnsupported);
  ASSERT_EQ(ftruncate(fd_.get(), 0), 0);
  EXPECT_TRUE(HoldFile(fd_.get(), 100, Holding::kMapWhereSafe)->bytes.empty());
}

}  // namespace
}  // namespace portcullis
