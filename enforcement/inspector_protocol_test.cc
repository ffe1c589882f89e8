// SPDX-License-Identifier: Apache-2.0
#include "enforcement/inspector_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace portcullis::enforcement {
namespace {

using ::testing::HasSubstr;

class RandomIdentity {
 public:
  explicit RandomIdentity(uint64_t seed) : random_(seed) {}

  FileIdentity Make() {
    FileIdentity identity;
    identity.kind = static_cast<FileKind>(Below(static_cast<size_t>(FileKind::kRpm) + 1));
    identity.size = random_();
    identity.sha256 = Digest();
    for (size_t n = Below(5); n > 0; --n) {
      identity.hashes.push_back(
          {{static_cast<HashType>(Below(3)), Digest()}, static_cast<HashForm>(Below(2))});
    }
    if (Below(2) == 0) identity.publisher = {Text(), Text(), Text(), {random_()}};
    if (Below(2) == 0) identity.version_info = {Text(), Text(), {random_()}};
    if (Below(2) == 0) {
      identity.package = {Text(), Text(),        {random_()},  Text(),
                          Text(), Below(2) == 0, Below(2) == 0};
    }
    identity.signature = {
        static_cast<SignatureStatus>(Below(7)), Text(), Text(), Text(), {}, Text(), Below(2) == 0};
    if (Below(2) == 0) identity.signature.timestamp = static_cast<UnixTime>(random_());
    identity.signature.catalog = Text();
    if (Below(2) == 0) Fill(identity.signature.signer_thumbprint.emplace());
    if (Below(2) == 0) Fill(identity.flat_md5.emplace());
    if (Below(2) == 0) Fill(identity.flat_sha1.emplace());
    identity.is_library = Below(2) == 0;
    identity.is_program = Below(2) == 0;
    identity.defect = Text();
    if (Below(2) == 0) identity.valid_until = static_cast<UnixTime>(random_());
    return identity;
  }

 private:
  size_t Below(size_t end) { return random_() % end; }
  std::array<uint8_t, 32> Digest() {
    std::array<uint8_t, 32> digest;
    Fill(digest);
    return digest;
  }
  void Fill(std::span<uint8_t> bytes) {
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random_());
  }
  std::string Text() {
    std::string text(Below(40), '\0');
    for (char& c : text) c = static_cast<char>(random_());
    return text;
  }

  std::mt19937_64 random_;
};

// Every field, spelled out: a field that is added to the struct and not to the wire is caught by
// the size below.
void ExpectSame(const FileIdentity& a, const FileIdentity& b) {
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.size, b.size);
  EXPECT_EQ(a.sha256, b.sha256);
  ASSERT_EQ(a.hashes.size(), b.hashes.size());
  for (size_t i = 0; i < a.hashes.size(); ++i) {
    EXPECT_EQ(a.hashes[i].digest, b.hashes[i].digest);
    EXPECT_EQ(a.hashes[i].form, b.hashes[i].form);
  }
  EXPECT_EQ(a.publisher, b.publisher);
  ASSERT_EQ(a.version_info.has_value(), b.version_info.has_value());
  if (a.version_info) {
    EXPECT_EQ(a.version_info->product_name, b.version_info->product_name);
    EXPECT_EQ(a.version_info->original_filename, b.version_info->original_filename);
    EXPECT_EQ(a.version_info->file_version, b.version_info->file_version);
  }
  EXPECT_EQ(a.package, b.package);
  EXPECT_EQ(a.signature.status, b.signature.status);
  EXPECT_EQ(a.signature.subject, b.signature.subject);
  EXPECT_EQ(a.signature.issuer, b.signature.issuer);
  EXPECT_EQ(a.signature.publisher_name, b.signature.publisher_name);
  EXPECT_EQ(a.signature.timestamp, b.signature.timestamp);
  EXPECT_EQ(a.signature.catalog, b.signature.catalog);
  EXPECT_EQ(a.signature.signer_thumbprint, b.signature.signer_thumbprint);
  EXPECT_EQ(a.flat_md5, b.flat_md5);
  EXPECT_EQ(a.flat_sha1, b.flat_sha1);
  EXPECT_EQ(a.signature.reason, b.signature.reason);
  EXPECT_EQ(a.signature.is_windows_signed, b.signature.is_windows_signed);
  EXPECT_EQ(a.is_library, b.is_library);
  EXPECT_EQ(a.is_program, b.is_program);
  EXPECT_EQ(a.defect, b.defect);
  EXPECT_EQ(a.valid_until, b.valid_until);
}

// An identity that Identify could give for a file of 7 bytes.
FileIdentity Honest() {
  FileIdentity identity;
  identity.kind = FileKind::kScript;
  identity.size = 7;
  identity.sha256.fill(3);
  identity.hashes = {{{HashType::kSha256, identity.sha256}, HashForm::kFlat},
                     {{HashType::kSha256Flat, identity.sha256}, HashForm::kFlat},
                     {{HashType::kSha1, {1, 2, 3}}, HashForm::kFlat}};
  return identity;
}

const InspectionRequest kRequest{9, 7, Hashing::kAll, "x.sh"};

TEST(InspectorProtocol, CarriesEveryFieldOfAnIdentity) {
  RandomIdentity random(20261125);
  for (int i = 0; i < 2000; ++i) {
    const FileIdentity identity = random.Make();
    const Message message = EncodeReply({uint64_t{77} << 40, identity});
    const auto decoded = DecodeFromInspector(message);
    ASSERT_TRUE(decoded) << decoded.error().message;
    const auto& reply = std::get<InspectionReply>(*decoded);
    EXPECT_EQ(reply.job, uint64_t{77} << 40);
    ASSERT_TRUE(reply.outcome);
    ExpectSame(*reply.outcome, identity);
  }
}

TEST(InspectorProtocol, CarriesARequest) {
  const auto decoded = DecodeRequest(EncodeRequest(kRequest));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, kRequest);
}

TEST(InspectorProtocol, KeepsTheEndOfALongName) {
  std::string name(1000, 'a');
  name.append(".ps1");
  const auto decoded = DecodeRequest(EncodeRequest({1, 0, Hashing::kWithoutSha1, name}));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->name_hint, name.substr(name.size() - kMaxNameBytes));
}

TEST(InspectorProtocol, CarriesAnError) {
  const auto decoded =
      DecodeFromInspector(EncodeReply({5, Fail(ErrorCode::kIo, std::string(5000, 'x'))}));
  ASSERT_TRUE(decoded);
  const auto& reply = std::get<InspectionReply>(*decoded);
  ASSERT_FALSE(reply.outcome);
  EXPECT_EQ(reply.outcome.error(), (Error{ErrorCode::kIo, std::string(kMaxErrorBytes, 'x')}));
}

TEST(InspectorProtocol, TurnsWhatDoesNotFitIntoAnError) {
  FileIdentity identity = Honest();
  identity.defect.assign(kMaxMessageBytes, 'x');
  const auto decoded = DecodeFromInspector(EncodeReply({5, identity}));
  ASSERT_TRUE(decoded);
  const auto& reply = std::get<InspectionReply>(*decoded);
  ASSERT_FALSE(reply.outcome);
  EXPECT_EQ(reply.outcome.error().code, ErrorCode::kLimitExceeded);
  EXPECT_EQ(reply.job, 5U);
}

TEST(InspectorProtocol, RefusesEveryMessageThatEndsEarly) {
  FileIdentity identity = Honest();
  identity.publisher = {"O=A", "B", "C", {}};
  identity.version_info = {"p", "f", {}};
  identity.package = {"abc", "CN=A", {}, "x64", "", true, false};
  for (const Message& message : {EncodeReply({5, identity}), EncodeReady(),
                                 EncodeReply({1, Fail(ErrorCode::kIo, "gone")})}) {
    for (size_t size = 0; size < message.size(); ++size) {
      const auto decoded = DecodeFromInspector(Bytes(message).first(size));
      ASSERT_FALSE(decoded) << size;
      EXPECT_EQ(decoded.error().code, ErrorCode::kTruncated) << size;
    }
    Message longer = message;
    longer.push_back(0);
    EXPECT_FALSE(DecodeFromInspector(longer));
  }
}

TEST(InspectorProtocol, RefusesWhatIsOutOfRange) {
  struct Case {
    size_t offset;
    uint8_t value;
    const char* word;
  };
  const Message message = EncodeReply({5, Honest()});
  constexpr auto kNoKind = static_cast<uint8_t>(FileKind::kRpm) + 1;
  const Case cases[] = {
      {0, 0, "header"},         {4, 3, "header"},    {6, 9, "kind 9"}, {7, 1, "header"},
      {16, kNoKind, "kind of"}, {58, 9, "9 hashes"}, {59, 3, "type"},  {60, 2, "form"},
  };
  for (const Case& c : cases) {
    Message broken = message;
    broken[c.offset] = c.value;
    const auto decoded = DecodeFromInspector(broken);
    ASSERT_FALSE(decoded) << c.offset;
    EXPECT_THAT(decoded.error().message, HasSubstr(c.word)) << c.offset;
  }
}

TEST(InspectorProtocol, RefusesADigestThatIsHalfThere) {
  Message message = EncodeReply({5, Honest()});
  message.back() = 2;
  const auto decoded = DecodeFromInspector(message);
  ASSERT_FALSE(decoded);
  EXPECT_THAT(decoded.error().message, HasSubstr("2 says whether a digest"));
}

TEST(InspectorProtocol, RefusesATimeThatIsNotFlagged) {
  Message message = EncodeReply({5, Honest()});
  // The time's last byte; behind it stand the length of an empty name and three digests that are
  // not there.
  message[message.size() - 8] = 1;
  const auto decoded = DecodeFromInspector(message);
  ASSERT_FALSE(decoded);
  EXPECT_THAT(decoded.error().message, HasSubstr("time"));
}

TEST(InspectorProtocol, BelievesNoCatalogWithoutAValidSignature) {
  const InspectionRequest request{5, Honest().size, Hashing::kAll, "x"};
  InspectionReply reply{5, Honest()};
  ASSERT_TRUE(CheckReply(request, reply));
  reply.outcome->signature.catalog = "a.cat";
  const bool is_valid = reply.outcome->signature.status == SignatureStatus::kValid;
  EXPECT_EQ(CheckReply(request, reply).has_value(), is_valid);
  reply.outcome->signature.status = SignatureStatus::kUnsigned;
  reply.outcome->publisher.reset();
  reply.outcome->signature.is_windows_signed = false;
  EXPECT_THAT(CheckReply(request, reply).error().message, HasSubstr("catalog"));
}

TEST(InspectorProtocol, RefusesBitsOfAPackageThatItDoesNotKnow) {
  FileIdentity identity = Honest();
  identity.package = {"abc", "CN=A", {}, "x64", "", true, true};
  Message message = EncodeReply({5, identity});
  const std::string_view architecture("x64\0\0\0", 6);  // and the length of an empty resource id
  const size_t at = AsText(message).find(architecture) + 3 + 4 + 8;
  ASSERT_EQ(message[at], 3);
  message[at] = 4;
  const auto decoded = DecodeFromInspector(message);
  ASSERT_FALSE(decoded);
  EXPECT_THAT(decoded.error().message, HasSubstr("package bits"));
}

TEST(InspectorProtocol, TakesNoRequestForAReply) {
  EXPECT_FALSE(DecodeFromInspector(EncodeRequest(kRequest)));
  EXPECT_FALSE(DecodeRequest(EncodeReady()));
}

TEST(InspectorProtocol, TakesAnHonestReply) {
  EXPECT_TRUE(CheckReply(kRequest, {9, Honest()}));
  EXPECT_TRUE(CheckReply(kRequest, {9, Fail(ErrorCode::kIo, "gone")}));
}

// The hash of the whole file, then what its signature covers.
TEST(InspectorProtocol, TakesTwoHashesOfOneTypeOfAnInstallerAlone) {
  FileIdentity identity = Honest();
  const FileHashCandidate covered{{HashType::kSha256, {5}}, HashForm::kAuthenticode};
  identity.hashes.insert(identity.hashes.begin() + 1, covered);
  EXPECT_FALSE(CheckReply(kRequest, {9, identity}));
  for (const FileKind kind : {FileKind::kMsi, FileKind::kMsp, FileKind::kMst}) {
    identity.kind = kind;
    EXPECT_TRUE(CheckReply(kRequest, {9, identity}));
    FileIdentity three = identity;
    three.hashes.push_back(covered);
    EXPECT_FALSE(CheckReply(kRequest, {9, three}));
    FileIdentity two_flat = identity;
    two_flat.hashes[1] = two_flat.hashes[0];
    EXPECT_FALSE(CheckReply(kRequest, {9, two_flat}));
  }
}

TEST(InspectorProtocol, RefusesAReplyThatIdentifyNeverGives) {
  struct Case {
    const char* word;
    void (*spoil)(FileIdentity&);
  };
  const Case cases[] = {
      {"another size", [](FileIdentity& i) { i.size = 8; }},
      {"empty", [](FileIdentity& i) { i.kind = FileKind::kEmpty; }},
      {"without", [](FileIdentity& i) { i.hashes.clear(); }},
      {"publisher", [](FileIdentity& i) { i.publisher.emplace(); }},
      {"publisher", [](FileIdentity& i) { i.signature.status = SignatureStatus::kValid; }},
      {"Windows", [](FileIdentity& i) { i.signature.is_windows_signed = true; }},
      {"package", [](FileIdentity& i) { i.package.emplace(); }},
      {"library", [](FileIdentity& i) { i.is_library = i.is_program = true; }},
      {"one type", [](FileIdentity& i) { i.hashes.push_back(i.hashes.front()); }},
      {"flat hash", [](FileIdentity& i) { i.hashes[1].digest.bytes[0] ^= 1; }},
      {"longer", [](FileIdentity& i) { i.hashes[2].digest.bytes[20] = 1; }},
  };
  for (const Case& c : cases) {
    FileIdentity identity = Honest();
    c.spoil(identity);
    const auto checked = CheckReply(kRequest, {9, identity});
    ASSERT_FALSE(checked) << c.word;
    EXPECT_THAT(checked.error().message, HasSubstr(c.word));
  }
  EXPECT_FALSE(CheckReply(kRequest, {8, Honest()}));
  EXPECT_FALSE(CheckReply(kRequest, {8, Fail(ErrorCode::kIo, "gone")}));
}

}  // namespace
}  // namespace portcullis::enforcement
