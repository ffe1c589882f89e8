// SPDX-License-Identifier: Apache-2.0
#include "identity/identify.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <array>

#include "formats/authenticode/digest.h"
#include "tests/support/pe_builder.h"
#include "tests/support/test_signer.h"

namespace portcullis {
namespace {

using authenticode::Digest;
using authenticode::DigestAlgorithm;
using testing::AttachCertificates;
using testing::AuthenticodeContent;
using testing::Buffer;
using testing::BuildPe;
using testing::BuiltPe;
using testing::Certificate;
using ::testing::HasSubstr;
using testing::Sign;

constexpr int64_t kStart = 1'600'000'000;
constexpr int64_t kEnd = kStart + 1'000'000;
constexpr int64_t kInside = kStart + 1000;

struct World {
  Certificate root = testing::MakeCertificate({.subject = {{"CN", "Root"}},
                                               .not_before = kStart,
                                               .not_after = kEnd * 2 - kStart,
                                               .is_authority = true});
  Certificate signer = testing::MakeCertificate(
      {.subject = {{"C", "DE"}, {"O", "M\xC3\xBCller"}, {"CN", "M\xC3\xBCller Tools"}},
       .not_before = kStart,
       .not_after = kEnd,
       .extended_key_usage = "codeSigning",
       .issuer = &root});
  TrustStore trust;
  World() { EXPECT_TRUE(trust.Add(root.Der(), "root")); }
};
const World& TheWorld() {
  static const World world;
  return world;
}

Buffer AsBuffer(std::string_view text) { return Buffer(text.begin(), text.end()); }

FileIdentity Look(const Buffer& bytes, std::string_view name = "file.exe", int64_t at = kInside) {
  auto identity = Identify(MemorySource(bytes), name, {.trust = &TheWorld().trust, .at = at});
  EXPECT_TRUE(identity) << identity.error().message;
  return identity.value_or(FileIdentity{});
}

std::string HexOf(DigestAlgorithm algorithm, Bytes bytes) {
  Digest digest = Digest::Create(algorithm).value();
  digest.Update(bytes);
  return HexLower(digest.Finish());
}

// "SHA256 authenticode ab12...", in order.
std::vector<std::string> Candidates(const FileIdentity& identity) {
  std::vector<std::string> lines;
  for (const FileHashCandidate& hash : identity.hashes) {
    lines.push_back(std::string(ToString(hash.digest.type)) + " " + ToString(hash.form) + " " +
                    HexLower(Bytes(hash.digest.bytes).first(hash.digest.size())));
  }
  return lines;
}

BuiltPe VersionedPe() {
  const testing::VersionSpec version{
      .file_version = {3, 2, 1, 0},
      .tables = {{"040904b0", {{"ProductName", "My Product"}, {"OriginalFilename", "my.exe"}}}},
      .translations = {{0x0409, 0x04B0}}};
  return BuildPe({.resources = testing::BuildResourceSection(
                      {{.bytes = testing::BuildVersionResource(version)}})});
}

BuiltPe SignedPe(const testing::SignSpec& spec = {.signer = &TheWorld().signer}) {
  BuiltPe pe = VersionedPe();
  AttachCertificates(pe, {Sign(AuthenticodeContent(pe), spec)});
  return pe;
}

TEST(Identify, SaysAllOfASignedProgram) {
  const BuiltPe pe = SignedPe();
  const FileIdentity identity = Look(pe.bytes);
  EXPECT_EQ(identity.kind, FileKind::kPe);
  EXPECT_EQ(identity.size, pe.bytes.size());
  EXPECT_EQ(identity.signature.status, SignatureStatus::kValid) << identity.signature.reason;
  EXPECT_EQ(identity.signature.subject, "C=DE, O=M\xC3\xBCller, CN=M\xC3\xBCller Tools");
  EXPECT_EQ(identity.signature.reason, "");
  ASSERT_TRUE(identity.publisher);
  EXPECT_EQ(identity.publisher->publisher, "O=M\xC3\x9CLLER, C=DE");
  EXPECT_EQ(identity.publisher->product, "MY PRODUCT");
  EXPECT_EQ(identity.publisher->binary, "MY.EXE");
  EXPECT_EQ(identity.publisher->version, FileVersion::Of(3, 2, 1, 0));
  ASSERT_TRUE(identity.version_info);
  EXPECT_EQ(identity.version_info->original_filename, "my.exe");
  EXPECT_EQ(identity.valid_until, kEnd);
  EXPECT_EQ(identity.defect, "");
  EXPECT_TRUE(identity.is_program);
  EXPECT_FALSE(identity.is_library);
}

TEST(Identify, ListsTheHashesOfAPeFileInTheOrderTried) {
  const Buffer content = AuthenticodeContent(VersionedPe());
  const BuiltPe pe = SignedPe();
  EXPECT_THAT(
      Candidates(Look(pe.bytes)),
      ::testing::ElementsAre("SHA256 authenticode " + HexOf(DigestAlgorithm::kSha256, content),
                             "SHA256Flat flat " + HexOf(DigestAlgorithm::kSha256, pe.bytes),
                             "SHA1 authenticode " + HexOf(DigestAlgorithm::kSha1, content)));
}

TEST(Identify, LeavesSha1OutOnRequest) {
  const BuiltPe pe = SignedPe({.signer = &TheWorld().signer, .digest_name = "SHA1"});
  const IdentifyOptions options{
      .trust = &TheWorld().trust, .at = kInside, .hashing = Hashing::kWithoutSha1};
  const auto identity = Identify(MemorySource(pe.bytes), "", options);
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->hashes.size(), 2U);
  EXPECT_EQ(identity->signature.status, SignatureStatus::kValid);  // it still checks by SHA-1
}

TEST(Identify, TakesTheWeakDigestsOfTheWholeFileOnRequest) {
  const BuiltPe pe = SignedPe();
  const auto identity = Identify(MemorySource(pe.bytes), "", {.hashing = Hashing::kAllAndWeakFlat});
  ASSERT_TRUE(identity);
  ASSERT_TRUE(identity->flat_md5 && identity->flat_sha1);
  std::array<uint8_t, 16> md5 = {};
  std::array<uint8_t, 20> sha1 = {};
  ASSERT_EQ(EVP_Digest(pe.bytes.data(), pe.bytes.size(), md5.data(), nullptr, EVP_md5(), nullptr),
            1);
  ASSERT_EQ(EVP_Digest(pe.bytes.data(), pe.bytes.size(), sha1.data(), nullptr, EVP_sha1(), nullptr),
            1);
  EXPECT_EQ(*identity->flat_md5, md5);
  EXPECT_EQ(*identity->flat_sha1, sha1);
  EXPECT_EQ(identity->hashes.size(), 3U) << "what AppLocker's rules compare stays as it is";
  EXPECT_FALSE(Identify(MemorySource(pe.bytes), "", {})->flat_md5);
}

TEST(Identify, NamesTheSignersCertificateWhetherTrustedOrNot) {
  std::array<uint8_t, 20> thumbprint = {};
  ASSERT_EQ(X509_digest(TheWorld().signer.x509.get(), EVP_sha1(), thumbprint.data(), nullptr), 1);
  const auto trusted = Look(SignedPe().bytes);
  EXPECT_EQ(trusted.signature.signer_thumbprint, thumbprint);
  const auto untrusted = Identify(MemorySource(SignedPe().bytes), "", {.at = kInside});
  EXPECT_EQ(untrusted->signature.signer_thumbprint, thumbprint);
}

TEST(Identify, GivesNoPublisherToASignatureThatDoesNotHold) {
  BuiltPe changed = SignedPe();
  changed.bytes[512] ^= 1;
  const struct {
    const char* what;
    Buffer bytes;
    int64_t at;
    SignatureStatus status;
  } rows[] = {
      {"changed", changed.bytes, kInside, SignatureStatus::kBadDigest},
      {"expired", SignedPe().bytes, kEnd + 1, SignatureStatus::kExpired},
      {"unsigned", VersionedPe().bytes, kInside, SignatureStatus::kUnsigned},
  };
  for (const auto& row : rows) {
    const FileIdentity identity = Look(row.bytes, "file.exe", row.at);
    EXPECT_EQ(identity.signature.status, row.status) << row.what;
    EXPECT_FALSE(identity.publisher) << row.what;
    EXPECT_NE(identity.signature.reason, "") << row.what;
    EXPECT_TRUE(identity.version_info) << row.what;
    EXPECT_EQ(identity.defect, "") << row.what;
  }
  const auto untrusted = Identify(MemorySource(changed.bytes), "", {.at = kInside});
  EXPECT_EQ(untrusted->signature.publisher_name, "O=M\xC3\x9CLLER, C=DE");
}

TEST(Identify, GivesASignedFileWithoutVersionAnEmptyProductAndBinary) {
  BuiltPe pe = BuildPe({});
  AttachCertificates(pe, {Sign(AuthenticodeContent(pe), {.signer = &TheWorld().signer})});
  const FileIdentity identity = Look(pe.bytes);
  ASSERT_TRUE(identity.publisher) << identity.signature.reason;
  EXPECT_EQ(identity.publisher->product, "");
  EXPECT_EQ(identity.publisher->version, FileVersion{});
  EXPECT_FALSE(identity.version_info);
}

TEST(Identify, CallsATableThatPassesTheEndMalformedAndHashesItsBytes) {
  BuiltPe pe = SignedPe();
  pe.bytes.resize(pe.bytes.size() - 8);
  const FileIdentity identity = Look(pe.bytes);
  EXPECT_EQ(identity.signature.status, SignatureStatus::kMalformed);
  EXPECT_THAT(identity.defect, HasSubstr("pass the end of the file"));
  EXPECT_FALSE(identity.publisher);
  EXPECT_EQ(Candidates(identity)[0],
            "SHA256 authenticode " + HexOf(DigestAlgorithm::kSha256, AuthenticodeContent(pe)));
}

// The digest of the signed bytes still holds; what would be loaded is something else.
TEST(Identify, RefusesASignatureThatWasMovedIntoTheCode) {
  const BuiltPe original = SignedPe();
  const size_t table = VersionedPe().bytes.size();
  Buffer moved = original.bytes;
  std::rotate(moved.begin() + 600, moved.begin() + static_cast<long>(table), moved.end());
  testing::WriteLe(moved, original.certificate_entry_offset, 600, 4);
  const FileIdentity identity = Look(moved);
  EXPECT_EQ(identity.signature.status, SignatureStatus::kMalformed);
  EXPECT_FALSE(identity.publisher);
  EXPECT_NE(Candidates(identity)[0], Candidates(Look(original.bytes))[0]);
}

TEST(Identify, ExplainsADamagedSignature) {
  BuiltPe pe = VersionedPe();
  AttachCertificates(pe, {{0x30, 0x01, 0x00}});
  const FileIdentity identity = Look(pe.bytes);
  EXPECT_EQ(identity.signature.status, SignatureStatus::kMalformed);
  EXPECT_THAT(identity.defect, HasSubstr("not PKCS#7"));
  EXPECT_EQ(Candidates(identity).size(), 3U);
}

TEST(Identify, ExplainsAResourceTreeThatPointsAtItself) {
  BuiltPe pe = VersionedPe();
  testing::WriteLe(pe.bytes, pe.resource_offset + 20, 0x80000000, 4);
  const FileIdentity identity = Look(pe.bytes);
  EXPECT_THAT(identity.defect, HasSubstr("reached twice"));
  EXPECT_FALSE(identity.version_info);
  EXPECT_EQ(identity.signature.status, SignatureStatus::kUnsigned);
  EXPECT_EQ(identity.hashes.size(), 3U);
}

TEST(Identify, ExplainsADamagedVersionResource) {
  BuiltPe pe = VersionedPe();
  testing::WriteLe(pe.bytes, pe.resource_offset + 88, 0xFFFF, 2);  // the root's length
  EXPECT_THAT(Look(pe.bytes).defect, HasSubstr("version resource"));
}

TEST(Identify, HashesAPeFileWithoutHeadersAsAPlainFile) {
  Buffer bytes = VersionedPe().bytes;
  bytes.resize(100);
  const FileIdentity identity = Look(bytes);
  EXPECT_EQ(identity.kind, FileKind::kPe);
  EXPECT_EQ(identity.signature.status, SignatureStatus::kMalformed);
  EXPECT_NE(identity.defect, "");
  EXPECT_TRUE(identity.is_program);
  const std::string flat = HexOf(DigestAlgorithm::kSha256, bytes);
  EXPECT_THAT(Candidates(identity),
              ::testing::ElementsAre("SHA256 flat " + flat, "SHA256Flat flat " + flat));
}

TEST(Identify, HashesOtherFilesFlat) {
  const Buffer bytes = {'h', 'i'};
  const std::string flat = HexOf(DigestAlgorithm::kSha256, bytes);
  EXPECT_THAT(Candidates(Look(bytes, "x.ps1")),
              ::testing::ElementsAre("SHA256 flat " + flat, "SHA256Flat flat " + flat,
                                     "SHA1 flat " + HexOf(DigestAlgorithm::kSha1, bytes)));
}

TEST(Identify, HasNoHashOfAnEmptyFile) {
  const FileIdentity identity = Look({}, "x.ps1");
  EXPECT_EQ(identity.kind, FileKind::kEmpty);
  EXPECT_TRUE(identity.hashes.empty());
  EXPECT_EQ(HexLower(identity.sha256), HexOf(DigestAlgorithm::kSha256, {}));
}

TEST(Identify, SaysWhyAFileHasNoSignature) {
  const struct {
    const char* name;
    Buffer bytes;
    const char* word;
  } rows[] = {
      {"x.ps1", {'a'}, "no embedded signature"},
      {"x.sh", {'a'}, "carry no signature"},
      {"x.cab", {'M', 'S', 'C', 'F', 0, 0, 0, 0}, "kind cab are not read"},
      {"x", {0x7F, 'E', 'L', 'F'}, "kind elf carry no"},
      {"x", {'a'}, "carry no"},
  };
  for (const auto& row : rows) {
    const FileIdentity identity = Look(row.bytes, row.name);
    EXPECT_EQ(identity.signature.status, SignatureStatus::kUnsigned);
    EXPECT_THAT(identity.signature.reason, HasSubstr(row.word)) << row.name;
  }
}

TEST(Identify, HashesLargeFilesTheSameWithAnyNumberOfThreads) {
  BuiltPe pe = BuildPe({.overlay = Buffer((5 << 20) + 3, 'o')});
  const Buffer content = AuthenticodeContent(pe);
  for (const unsigned threads : {0U, 1U, 2U, 3U, 16U}) {
    const auto identity = Identify(MemorySource(pe.bytes), "", {.max_threads = threads});
    ASSERT_TRUE(identity);
    EXPECT_THAT(
        Candidates(*identity),
        ::testing::ElementsAre("SHA256 authenticode " + HexOf(DigestAlgorithm::kSha256, content),
                               "SHA256Flat flat " + HexOf(DigestAlgorithm::kSha256, pe.bytes),
                               "SHA1 authenticode " + HexOf(DigestAlgorithm::kSha1, content)))
        << threads;
  }
}

// Says it is larger than it is, as a file does that shrinks while it is read; or can not be read.
class FailingSource final : public ByteSource {
 public:
  FailingSource(Bytes bytes, uint64_t size, ErrorCode code)
      : memory_(bytes), size_(size), code_(code) {}
  uint64_t size() const override { return size_; }
  Result<void> ReadAt(uint64_t offset, std::span<uint8_t> out) const override {
    if (auto read = memory_.ReadAt(offset, out); read) return {};
    return Fail(code_, "it is gone");
  }

 private:
  MemorySource memory_;
  uint64_t size_;
  ErrorCode code_;
};

TEST(Identify, FailsWhenTheFileCanNotBeReadToItsEnd) {
  const Buffer pe = SignedPe().bytes;
  for (const ErrorCode code : {ErrorCode::kIo, ErrorCode::kTruncated}) {
    for (size_t size = 0; size < pe.size(); size = size * 2 + 1) {
      const FailingSource source(Bytes(pe).first(size), pe.size(), code);
      const auto identity = Identify(source, "", {});
      ASSERT_FALSE(identity) << size;
      EXPECT_EQ(identity.error().code, code);
    }
    const FailingSource large(pe, 6 << 20, code);
    EXPECT_EQ(Identify(large, "", {}).error().code, code);
  }
}

// A sparse file can claim any size.
class HugeSource final : public ByteSource {
 public:
  uint64_t size() const override { return uint64_t{8} << 40; }
  Result<void> ReadAt(uint64_t /*offset*/, std::span<uint8_t> /*out*/) const override {
    ADD_FAILURE() << "read";
    return Fail(ErrorCode::kIo, "read");
  }
};

TEST(Identify, RefusesAFileLargerThanItsLimitWithoutReadingIt) {
  const auto identity = Identify(HugeSource(), "", {});
  ASSERT_FALSE(identity);
  EXPECT_EQ(identity.error().code, ErrorCode::kLimitExceeded);
  EXPECT_THAT(identity.error().message, HasSubstr("8796093022208 bytes, at most 68719476736"));
}

TEST(Identify, TakesAFileOfExactlyItsLimit) {
  const Buffer bytes = {'h', 'i'};
  EXPECT_TRUE(Identify(MemorySource(bytes), "", {.max_hashed_bytes = 2}));
  EXPECT_EQ(Identify(MemorySource(bytes), "", {.max_hashed_bytes = 1}).error().code,
            ErrorCode::kLimitExceeded);
}

constexpr UnknownAttributes kBothUnknown = {.hash = true, .publisher = true};

TEST(IdentifyOrUnknown, SaysWhatIdentifySaysWhereItCan) {
  const Buffer pe = SignedPe().bytes;
  const FileIdentity identity =
      IdentifyOrUnknown(MemorySource(pe), "file.exe", {.trust = &TheWorld().trust, .at = kInside});
  EXPECT_EQ(Candidates(identity), Candidates(Look(pe)));
  EXPECT_EQ(identity.publisher, Look(pe).publisher);
  EXPECT_EQ(identity.unknown, UnknownAttributes{});
}

TEST(IdentifyOrUnknown, KnowsNothingOfAProgramThatCanNotBeReadToItsEnd) {
  const Buffer pe = SignedPe().bytes;
  for (const ErrorCode code : {ErrorCode::kIo, ErrorCode::kTruncated}) {
    const FailingSource source(Bytes(pe).first(pe.size() - 1), pe.size(), code);
    const FileIdentity identity =
        IdentifyOrUnknown(source, "file.exe", {.trust = &TheWorld().trust, .at = kInside});
    EXPECT_EQ(identity.kind, FileKind::kPe);
    EXPECT_EQ(identity.size, pe.size());
    EXPECT_EQ(identity.unknown, kBothUnknown);
    EXPECT_TRUE(identity.hashes.empty());
    EXPECT_FALSE(identity.publisher);
    EXPECT_EQ(identity.defect, "it is gone");
    EXPECT_EQ(identity.signature.reason, "it is gone");
  }
}

TEST(IdentifyOrUnknown, KnowsNothingOfAFileThatCanNotBeReadAtAll) {
  const FileIdentity identity = IdentifyOrUnknown(FailingSource({}, 100, ErrorCode::kIo), "x", {});
  EXPECT_EQ(identity.kind, FileKind::kUnknown);
  EXPECT_EQ(identity.unknown, kBothUnknown);
  EXPECT_EQ(UnknownIdentity("the inspector ended").unknown, kBothUnknown);
  EXPECT_EQ(UnknownIdentity("the inspector ended").defect, "the inspector ended");
}

// What can not be signed has no publisher, read or not.
TEST(IdentifyOrUnknown, KnowsThatAFileOverTheLimitIsUnsignedByItsKind) {
  const struct {
    Buffer bytes;
    std::string_view name;
    bool publisher_unknown;
  } rows[] = {{SignedPe().bytes, "a.exe", true},
              {AsBuffer("#!/bin/sh\n"), "a.sh", false},
              {AsBuffer("Write-Host"), "a.ps1", true},
              {AsBuffer("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), "a.msi", true},
              {AsBuffer("no kind at all"), "a", false}};
  for (const auto& row : rows) {
    const FileIdentity identity =
        IdentifyOrUnknown(MemorySource(row.bytes), row.name, {.max_hashed_bytes = 1});
    EXPECT_TRUE(identity.unknown.hash) << row.name;
    EXPECT_EQ(identity.unknown.publisher, row.publisher_unknown) << row.name;
    EXPECT_THAT(identity.defect, HasSubstr("at most 1 are read")) << row.name;
  }
}

TEST(IdentifyOrUnknown, TakesABadSignatureForNone) {
  const FileIdentity identity = IdentifyOrUnknown(MemorySource(SignedPe().bytes), "a.exe", {});
  EXPECT_EQ(identity.signature.status, SignatureStatus::kUntrusted);
  EXPECT_FALSE(identity.publisher);
  EXPECT_EQ(identity.unknown, UnknownAttributes{});
}

}  // namespace
}  // namespace portcullis
