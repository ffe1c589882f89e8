// SPDX-License-Identifier: Apache-2.0
#include "formats/msi/signature.h"

#include "tests/support/msi_builder.h"

namespace portcullis::msi {
namespace {

using authenticode::Digest;
using authenticode::DigestAlgorithm;
using testing::Buffer;
using testing::CfbNode;
using testing::MakeMsi;

// Nested storages, names of which one is the beginning of another, and signature streams, those of
// the root and some that are none.
CfbNode Sample() {
  CfbNode inner{.name = u"inner", .is_storage = true, .state_bits = 1, .created = 2, .modified = 3};
  inner.class_id[5] = 4;
  inner.children = {{.name = testing::kSignatureStream, .content = Buffer(10, 5), .created = 6},
                    {.name = u"deep", .is_storage = true}};
  CfbNode root = MakeMsi({.others = {inner,
                                     {.name = u"\u3801", .content = Buffer(5000, 7)},
                                     {.name = u"\u3801\u3801", .content = Buffer(64, 8)},
                                     {.name = u"empty", .state_bits = 9}}});
  root.state_bits = 10;
  root.created = 11;
  return root;
}

std::vector<uint8_t> DigestOf(Bytes bytes, DigestAlgorithm algorithm) {
  Digest digest = Digest::Create(algorithm).value();
  digest.Update(bytes);
  return digest.Finish();
}

struct Opened {
  testing::BuiltCfb built;
  MemorySource source;
  cfb::CompoundFile file;
  explicit Opened(const CfbNode& root)
      : built(testing::BuildCfb({.root = root})),
        source(built.bytes),
        file(cfb::CompoundFile::Parse(source).value()) {}
};

TEST(MsiSignature, DigestsTheContentInTheOrderOfTheNamesBytes) {
  const CfbNode root = Sample();
  const Opened opened(root);
  Digest digests[] = {Digest::Create(DigestAlgorithm::kSha256).value(),
                      Digest::Create(DigestAlgorithm::kSha1).value()};
  ASSERT_TRUE(DigestContent(opened.file, digests));
  const Buffer content = testing::MsiContent(root);
  EXPECT_EQ(digests[0].Finish(), DigestOf(content, DigestAlgorithm::kSha256));
  EXPECT_EQ(digests[1].Finish(), DigestOf(content, DigestAlgorithm::kSha1));
}

TEST(MsiSignature, DigestsTheMetadata) {
  const CfbNode root = Sample();
  const Opened opened(root);
  EXPECT_EQ(DigestMetadata(opened.file, DigestAlgorithm::kSha1).value(),
            DigestOf(testing::MsiMetadata(root), DigestAlgorithm::kSha1));
}

TEST(MsiSignature, LeavesOutTheRootsOwnSignature) {
  CfbNode root = Sample();
  const Buffer content = testing::MsiContent(root);
  root.children.push_back({.name = testing::kSignatureStream, .content = Buffer(9, 9)});
  root.children.push_back({.name = testing::kMetadataStream, .content = Buffer(20, 3)});
  const Opened opened(root);
  Digest digest = Digest::Create(DigestAlgorithm::kSha256).value();
  ASSERT_TRUE(DigestContent(opened.file, {&digest, 1}));
  EXPECT_EQ(digest.Finish(), DigestOf(content, DigestAlgorithm::kSha256));
  EXPECT_EQ(ReadSignature(opened.file).value(), Buffer(9, 9));
  EXPECT_EQ(ReadMetadataDigest(opened.file).value(), Buffer(20, 3));
}

TEST(MsiSignature, FindsNoneInAStorage) {
  const Opened opened(Sample());
  EXPECT_EQ(ReadSignature(opened.file).value(), std::nullopt);
  EXPECT_EQ(ReadMetadataDigest(opened.file).value(), std::nullopt);
}

TEST(MsiSignatureLimits, Bytes) {
  CfbNode root = MakeMsi({});
  root.children.push_back({.name = testing::kSignatureStream});
  root.children.push_back({.name = testing::kMetadataStream});
  Buffer& signature = root.children.end()[-2].content;
  Buffer& metadata = root.children.back().content;
  signature.resize(kMaxSignatureBytes);
  metadata.resize(kMaxMetadataDigestBytes);
  {
    const Opened at(root);
    EXPECT_TRUE(ReadSignature(at.file));
    EXPECT_TRUE(ReadMetadataDigest(at.file));
  }
  signature.push_back(0);
  metadata.push_back(0);
  const Opened past(root);
  EXPECT_EQ(ReadSignature(past.file).error().code, ErrorCode::kLimitExceeded);
  EXPECT_EQ(ReadMetadataDigest(past.file).error().code, ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace portcullis::msi
