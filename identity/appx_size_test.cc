// SPDX-License-Identifier: Apache-2.0
// A package of hundreds of megabytes is read in memory that does not grow with it.
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zlib.h>

#include "base/base64.h"
#include "base/sanitized.h"
#include "base/unique_fd.h"
#include "formats/authenticode/digest.h"
#include "identity/identify.h"
#include "tests/support/appx_builder.h"

namespace portcullis {
namespace {

using testing::PutLe;

constexpr size_t kBlock = 64 << 10;
constexpr size_t kBlocks = 4096;
constexpr size_t kContent = kBlock * kBlocks;
constexpr size_t kHole = kContent - kBlock;
constexpr int64_t kMaxResidentKiB = 64 << 10;

std::string HashOfZeros() {
  auto digest = authenticode::Digest::Create(authenticode::DigestAlgorithm::kSha256).value();
  digest.Update(std::vector<uint8_t>(kBlock));
  return Base64(AsText(digest.Finish()));
}

uint32_t ChecksumOfZeros() {
  const std::vector<uint8_t> zeros(kBlock);
  uLong checksum = 0;
  for (size_t i = 0; i < kBlocks; ++i) checksum = crc32(checksum, zeros.data(), kBlock);
  return static_cast<uint32_t>(checksum);
}

// The map of one file of zeros, and of the manifest as the builder makes it.
std::string BlockMap(const testing::ZipFile& manifest) {
  const std::string of_manifest = testing::BlockMapOf({manifest});
  const size_t files = of_manifest.find("<File");
  std::string map = of_manifest.substr(0, files);
  map += fmt::format(R"(<File Name="big" Size="{}" LfhSize="33">)", kContent);
  const std::string block = fmt::format(R"(<Block Hash="{}"/>)", HashOfZeros());
  for (size_t i = 0; i < kBlocks; ++i) map += block;
  return map + "</File>" + of_manifest.substr(files);
}

// One block of content is in memory; the rest is a hole in the file, which reads as zeros.
UniqueFd BigPackage() {
  testing::AppxSpec spec{.files = {{.name = "big", .content = std::vector<uint8_t>(kBlock)}}};
  spec.block_map = BlockMap(testing::BuildAppx(spec).parts.files[1]);
  auto zip = testing::BuildAppx(spec).zip;
  const size_t cut = zip.files[0].content + kBlock;
  // Checksum and both sizes, in the local header and in the directory.
  for (const size_t at : {zip.files[0].local + 14, zip.files[0].record + 16}) {
    PutLe(zip.bytes, at, ChecksumOfZeros(), 4);
    PutLe(zip.bytes, at + 4, kContent, 4);
    PutLe(zip.bytes, at + 8, kContent, 4);
  }
  for (size_t i = 1; i < zip.files.size(); ++i) {
    PutLe(zip.bytes, zip.files[i].record + 42, zip.files[i].local + kHole, 4);
  }
  PutLe(zip.bytes, zip.end64 + 48, zip.directory + kHole, 8);
  PutLe(zip.bytes, zip.end - 12, zip.end64 + kHole, 8);

  UniqueFd fd(memfd_create("package", MFD_CLOEXEC));
  const auto write = [&](size_t from, size_t to, size_t at) {
    const ssize_t written =
        pwrite(fd.get(), zip.bytes.data() + from, to - from, static_cast<off_t>(at));
    EXPECT_EQ(written, static_cast<ssize_t>(to - from));
  };
  write(0, zip.files[0].content, 0);
  write(cut, zip.bytes.size(), cut + kHole);
  return fd;
}

TEST(AppxSize, ReadsALargePackageInLittleMemory) {
  const UniqueFd fd = BigPackage();
  const auto source = FdSource::Create(fd.get());
  ASSERT_TRUE(source);
  const auto identity = Identify(*source, "big.msix", {});
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->defect, "");  // all was read: every block, the checksum, the layout
  ASSERT_TRUE(identity->package);
  if (kSanitized) return;  // a sanitizer holds memory of its own
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  EXPECT_LT(usage.ru_maxrss, kMaxResidentKiB);
}

}  // namespace
}  // namespace portcullis
