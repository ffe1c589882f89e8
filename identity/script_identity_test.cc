// SPDX-License-Identifier: Apache-2.0
#include "identity/script_identity.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/script/signature_block.h"
#include "tests/support/script_signer.h"

namespace portcullis {
namespace {

using authenticode::Digest;
using authenticode::DigestAlgorithm;
using script::SignatureForm;
using testing::BuildScript;
using testing::BuiltScript;
using testing::Certificate;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::kAllCodes;
using testing::kAllForms;
using testing::ScriptSpec;
using testing::SignScript;
using testing::SignSpec;
using testing::StampForm;
using testing::TextCode;
using Buffer = std::vector<uint8_t>;

constexpr int64_t kStart = 1'600'000'000;
constexpr int64_t kEnd = kStart + 1'000'000;
constexpr int64_t kInside = kStart + 1000;
constexpr int64_t kAfter = kEnd + 1000;

Certificate MakeLeaf(const Certificate* issuer, const char* usage, int64_t serial = 1) {
  return testing::MakeCertificate({.subject = {{"C", "DE"}, {"O", "Maker"}},
                                   .not_before = kStart,
                                   .not_after = kEnd,
                                   .extended_key_usage = usage,
                                   .issuer = issuer,
                                   .serial = serial});
}

struct World {
  Certificate root = testing::MakeCertificate({.subject = {{"CN", "Root"}},
                                               .not_before = kStart,
                                               .not_after = kEnd * 2 - kStart,
                                               .is_authority = true});
  Certificate stranger = testing::MakeCertificate({.subject = {{"CN", "Stranger"}},
                                                   .not_before = kStart,
                                                   .not_after = kEnd * 2 - kStart,
                                                   .is_authority = true});
  Certificate signer = MakeLeaf(&root, "codeSigning");
  Certificate server = MakeLeaf(&root, "serverAuth");
  Certificate unknown = MakeLeaf(&stranger, "codeSigning");
  Certificate stamper = MakeLeaf(&root, "critical,timeStamping", 2);
  TrustStore trust;
  World() { EXPECT_TRUE(trust.Add(root.Der(), "root")); }
};
const World& TheWorld() {
  static const World world;
  return world;
}

FileIdentity Look(Bytes bytes, SignatureForm form, int64_t at = kInside) {
  const std::string name = std::string("a.") + testing::ExtensionOf(form);
  auto identity = Identify(MemorySource(bytes), name, {.trust = &TheWorld().trust, .at = at});
  EXPECT_TRUE(identity) << identity.error().message;
  return identity.value_or(FileIdentity{});
}

ScriptSpec Spec(SignatureForm form, TextCode code = TextCode::kUtf8) {
  return {.form = form, .text = u"caf\u00E9 = \"\u20AC\"\r\n", .code = code};
}
BuiltScript Signed(const ScriptSpec& spec) {
  return SignScript(spec, {.signer = &TheWorld().signer});
}

std::string HexOf(DigestAlgorithm algorithm, Bytes bytes) {
  Digest digest = Digest::Create(algorithm).value();
  digest.Update(bytes);
  return HexLower(digest.Finish());
}

TEST(IdentifyScript, SaysAllOfASignedScript) {
  for (const SignatureForm form : kAllForms) {
    for (const TextCode code : kAllCodes) {
      for (const char* digest : {"SHA256", "SHA1", "SHA512"}) {
        const BuiltScript script =
            SignScript(Spec(form, code), {.signer = &TheWorld().signer, .digest_name = digest});
        const FileIdentity identity = Look(script.bytes, form);
        EXPECT_EQ(identity.kind, FileKind::kScript);
        EXPECT_EQ(identity.signature.status, SignatureStatus::kValid) << identity.signature.reason;
        EXPECT_EQ(identity.publisher, (FullyQualifiedBinaryName{"O=MAKER, C=DE", "", "", {}}));
        EXPECT_FALSE(identity.version_info);
        EXPECT_EQ(identity.valid_until, kEnd);
        EXPECT_EQ(identity.defect, "");
      }
    }
  }
}

TEST(IdentifyScript, HashesTheWholeFileAndNotWhatIsSigned) {
  const Buffer bytes = Signed(Spec(SignatureForm::kPowerShell)).bytes;
  std::vector<std::string> lines;
  for (const FileHashCandidate& hash : Look(bytes, SignatureForm::kPowerShell).hashes) {
    lines.push_back(std::string(ToString(hash.digest.type)) + " " + ToString(hash.form) + " " +
                    HexLower(Bytes(hash.digest.bytes).first(hash.digest.size())));
  }
  const std::string flat = HexOf(DigestAlgorithm::kSha256, bytes);
  EXPECT_THAT(lines, ElementsAre("SHA256 flat " + flat, "SHA256Flat flat " + flat,
                                 "SHA1 flat " + HexOf(DigestAlgorithm::kSha1, bytes)));
}

TEST(IdentifyScript, ExpiresUnlessItWasStampedInTime) {
  for (const SignatureForm form : kAllForms) {
    const FileIdentity unstamped = Look(Signed(Spec(form)).bytes, form, kAfter);
    EXPECT_EQ(unstamped.signature.status, SignatureStatus::kExpired);
    EXPECT_FALSE(unstamped.publisher);
    for (const StampForm stamp : {StampForm::kRfc3161, StampForm::kCounterSignature}) {
      for (const auto& [time, status] : {std::pair{kInside, SignatureStatus::kValid},
                                         std::pair{kAfter, SignatureStatus::kExpired}}) {
        const SignSpec signer{
            .signer = &TheWorld().signer,
            .stamp = {{.form = stamp, .authority = &TheWorld().stamper, .time = time}}};
        const FileIdentity identity =
            Look(SignScript(Spec(form), signer).bytes, form, kAfter + 1000);
        EXPECT_EQ(identity.signature.status, status) << identity.signature.reason;
        EXPECT_EQ(identity.publisher.has_value(), status == SignatureStatus::kValid);
      }
    }
  }
}

// A line of text put in at an offset.
Buffer With(const BuiltScript& script, size_t offset, std::string_view text) {
  Buffer bytes = script.bytes;
  bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(offset), text.begin(), text.end());
  return bytes;
}

TEST(IdentifyScript, GivesNoPublisherToASignatureThatDoesNotHold) {
  for (const SignatureForm form : kAllForms) {
    const ScriptSpec spec = Spec(form);
    const auto signed_by = [&](const Certificate& signer) {
      return SignScript(spec, {.signer = &signer}).bytes;
    };
    const BuiltScript script = Signed(spec);
    const bool is_wsf = form == SignatureForm::kWindowsScript;
    const Buffer unsigned_text = testing::Encode(spec.text, spec.code);
    const struct {
      const char* what;
      Buffer bytes;
      SignatureStatus status;
      const char* reason;
    } rows[] = {
        {"unsigned", unsigned_text, SignatureStatus::kUnsigned, "no embedded signature"},
        {"wrong usage", signed_by(TheWorld().server), SignatureStatus::kUntrusted, "code signing"},
        {"unknown root", signed_by(TheWorld().unknown), SignatureStatus::kUntrusted, ""},
        {"broken signature",
         SignScript(spec, {.signer = &TheWorld().signer, .break_signature = true}).bytes,
         SignatureStatus::kBadDigest, ""},
        {"text in front", With(script, 0, "x"), SignatureStatus::kBadDigest, "changed"},
        {"a line more", With(script, script.begin, "\r\n"), SignatureStatus::kBadDigest, "changed"},
        {"a line in the block", With(script, script.last_line_end, "\r\nx\r\n"),
         is_wsf ? SignatureStatus::kBadDigest : SignatureStatus::kMalformed,
         is_wsf ? "changed" : "text behind"},
        {"text behind", With(script, script.bytes.size(), "x"),
         is_wsf ? SignatureStatus::kBadDigest : SignatureStatus::kMalformed,
         is_wsf ? "changed" : "text behind"},
        {"no PKCS#7", BuildScript(spec, Buffer(100)).bytes, SignatureStatus::kMalformed,
         "not PKCS#7"},
        {"an empty block", BuildScript(spec, {}).bytes, SignatureStatus::kMalformed, "not PKCS#7"},
        {"no base64", With(script, script.last_line_end - 40, "!"), SignatureStatus::kMalformed,
         ""},
    };
    for (const auto& row : rows) {
      const FileIdentity identity = Look(row.bytes, form);
      const std::string where = fmt::format("{}: {}", testing::ExtensionOf(form), row.what);
      EXPECT_EQ(identity.signature.status, row.status) << where << identity.signature.reason;
      EXPECT_THAT(identity.signature.reason, HasSubstr(row.reason)) << where;
      EXPECT_FALSE(identity.publisher) << where;
      EXPECT_EQ(identity.defect.empty(), row.status != SignatureStatus::kMalformed) << where;
      EXPECT_EQ(identity.hashes.size(), 3U) << where;
    }
  }
}

TEST(IdentifyScript, NamesTheSignerOfATextThatIsNotWhatItsMarkSays) {
  BuiltScript script = Signed(Spec(SignatureForm::kPowerShell, TextCode::kUtf8WithMark));
  script.bytes[6] = 0xFF;
  const FileIdentity identity = Look(script.bytes, SignatureForm::kPowerShell);
  EXPECT_EQ(identity.signature.status, SignatureStatus::kBadDigest);
  EXPECT_THAT(identity.signature.reason, HasSubstr("byte order mark"));
  EXPECT_EQ(identity.signature.publisher_name, "O=MAKER, C=DE");
}

TEST(IdentifyScript, KnowsTheFormByTheNameAlone) {
  const Buffer bytes = Signed(Spec(SignatureForm::kPowerShell)).bytes;
  const struct {
    const char* name;
    SignatureStatus status;
    const char* reason;
  } rows[] = {
      {"/a/b.PSM1", SignatureStatus::kValid, ""},
      {"b.psd1", SignatureStatus::kValid, ""},
      {"b.vbs", SignatureStatus::kUnsigned, "no embedded signature"},
      {"b.cdxml", SignatureStatus::kUnsigned, "no embedded signature"},
      {"b.bat", SignatureStatus::kUnsigned, "scripts of this kind carry no signature"},
      {"b.psrc", SignatureStatus::kUnsigned, "scripts of this kind carry no signature"},
      {"b.txt", SignatureStatus::kUnsigned, "kind unknown carry no"},
  };
  for (const auto& row : rows) {
    const auto identity =
        Identify(MemorySource(bytes), row.name, {.trust = &TheWorld().trust, .at = kInside});
    ASSERT_TRUE(identity);
    EXPECT_EQ(identity->signature.status, row.status) << row.name;
    EXPECT_THAT(identity->signature.reason, HasSubstr(row.reason)) << row.name;
  }
}

TEST(IdentifyScript, ReadsASignedScriptThatNamesItsInterpreter) {
  ScriptSpec spec = Spec(SignatureForm::kPowerShell);
  spec.text = u"#!/usr/bin/env pwsh\nGet-Date\n";
  const FileIdentity identity = Look(Signed(spec).bytes, spec.form);
  EXPECT_EQ(identity.signature.status, SignatureStatus::kValid);
  EXPECT_TRUE(identity.is_program);
}

TEST(IdentifyScript, ShowsANestedSignatureWithItsOwnDigest) {
  for (const SignatureForm form : kAllForms) {
    const ScriptSpec spec = Spec(form, TextCode::kWindows1252);
    const SignSpec inner{.signer = &TheWorld().signer, .digest_name = "SHA1"};
    SignSpec outer{.signer = &TheWorld().signer};
    outer.nested = {testing::Sign(testing::ScriptContent(spec), inner),
                    testing::Sign(Buffer(1), inner)};
    const auto identity = Identify(
        MemorySource(SignScript(spec, outer).bytes), std::string("a.") + testing::ExtensionOf(form),
        {.trust = &TheWorld().trust, .at = kInside, .details = Details::kSignatures});
    ASSERT_TRUE(identity);
    ASSERT_EQ(identity->signatures.size(), 3U);
    EXPECT_EQ(identity->signatures[0].report.status, SignatureStatus::kValid);
    // The two stand in a set, in no order of ours.
    EXPECT_THAT(
        (std::vector{identity->signatures[1].report.status, identity->signatures[2].report.status}),
        ::testing::UnorderedElementsAre(SignatureStatus::kValid, SignatureStatus::kBadDigest));
  }
}

// The signer's machine may have taken UTF-8 without a mark for its code page.
TEST(IdentifyScript, TakesTextWithoutAMarkForEitherOfTwoEncodings) {
  for (const SignatureForm form : kAllForms) {
    ScriptSpec spec = Spec(form);
    spec.taken_for = u"caf\u00C3\u00A9 = \"\u00E2\u201A\u00AC\"\r\n";
    const BuiltScript script = Signed(spec);
    EXPECT_EQ(Look(script.bytes, form).signature.status, SignatureStatus::kValid);
    // With a mark there is nothing to guess.
    EXPECT_EQ(Look(With(script, 0, "\xEF\xBB\xBF"), form).signature.status,
              SignatureStatus::kBadDigest);
  }
}

// docs/formats/script.md lists what is not covered.
TEST(IdentifyScript, StaysSignedWhereItsTextStaysTheSame) {
  for (const SignatureForm form : kAllForms) {
    const ScriptSpec spec = Spec(form, TextCode::kUtf8WithMark);
    const Buffer signature =
        testing::Sign(testing::ScriptContent(spec), {.signer = &TheWorld().signer});
    const auto status = [&](TextCode code, const char16_t* line_end) {
      ScriptSpec other = spec;
      other.code = code;
      other.line_end = line_end;
      return Look(BuildScript(other, signature).bytes, form).signature.status;
    };
    for (const TextCode code : {TextCode::kUtf8WithMark, TextCode::kUtf16Le, TextCode::kUtf16Be}) {
      EXPECT_EQ(status(code, u"\r\n"), SignatureStatus::kValid);
      EXPECT_EQ(status(code, u"\n"), SignatureStatus::kValid);
    }
    const ScriptSpec without_mark = Spec(form, TextCode::kWindows1252);
    ScriptSpec saved_anew = without_mark;
    saved_anew.code = TextCode::kUtf8;
    const Buffer over_ansi =
        testing::Sign(testing::ScriptContent(without_mark), {.signer = &TheWorld().signer});
    EXPECT_EQ(Look(BuildScript(saved_anew, over_ansi).bytes, form).signature.status,
              SignatureStatus::kValid);
    // PowerShell digests the mark itself.
    const bool is_of_powershell = form == SignatureForm::kPowerShell ||
                                  form == SignatureForm::kPowerShellXml ||
                                  form == SignatureForm::kManagedObject;
    EXPECT_EQ(status(TextCode::kUtf8, u"\r\n"),
              is_of_powershell ? SignatureStatus::kBadDigest : SignatureStatus::kValid);
  }
}

// Every bit of the byte at `offset`.
void ExpectSeen(BuiltScript& script, SignatureForm form, size_t offset, SignatureStatus expected) {
  for (unsigned bit = 1; bit < 0x100; bit <<= 1) {
    script.bytes[offset] ^= static_cast<uint8_t>(bit);
    EXPECT_EQ(Look(script.bytes, form).signature.status, expected)
        << testing::ExtensionOf(form) << " offset " << offset << " bit " << bit;
    script.bytes[offset] ^= static_cast<uint8_t>(bit);
  }
}

TEST(IdentifyScript, SeesEveryBitThatIsChangedInTheTextThatIsSigned) {
  for (const SignatureForm form : kAllForms) {
    for (const TextCode code : kAllCodes) {
      BuiltScript script = Signed(Spec(form, code));
      const bool is_wsf = form == SignatureForm::kWindowsScript;
      const bool is_wide = code == TextCode::kUtf16Le || code == TextCode::kUtf16Be;
      for (size_t i = 0; i < script.bytes.size(); ++i) {
        if (i >= script.begin && !(is_wsf && i >= script.end)) continue;
        // Without the mark of UTF-16 there is no block to be seen in the file.
        const bool is_mark = is_wide && i < 2;
        ExpectSeen(script, form, i,
                   is_mark ? SignatureStatus::kUnsigned : SignatureStatus::kBadDigest);
      }
    }
  }
}

// In the block what docs/formats/authenticode.md lists as not signed, and the last line end (a
// carriage return is one bit from a tab).
TEST(IdentifyScript, IsNeverOfAnotherPublisherForAChangeInItsBlock) {
  for (const SignatureForm form : kAllForms) {
    BuiltScript script = Signed(Spec(form));
    const auto original = Look(script.bytes, form).publisher;
    ASSERT_TRUE(original);
    size_t valid = 0;
    for (size_t i = script.begin; i < script.end; ++i) {
      const auto bit = static_cast<uint8_t>(1U << (i % 8));
      script.bytes[i] ^= bit;
      const FileIdentity identity = Look(script.bytes, form);
      script.bytes[i] ^= bit;
      if (identity.signature.status != SignatureStatus::kValid) continue;
      ++valid;
      EXPECT_EQ(identity.publisher, original) << "offset " << i;
    }
    EXPECT_LE(valid, 40U) << testing::ExtensionOf(form);
  }
}

TEST(IdentifyScript, SaysThatABlockIsLongerThanItsLimits) {
  const ScriptSpec spec = Spec(SignatureForm::kJScript);
  const Buffer large = BuildScript(spec, Buffer(script::kMaxSignatureBytes + 1)).bytes;
  const FileIdentity identity = Look(large, spec.form);
  EXPECT_EQ(identity.signature.status, SignatureStatus::kMalformed);
  EXPECT_THAT(identity.defect, HasSubstr("262144 bytes"));
  EXPECT_EQ(identity.unknown, UnknownAttributes{});
}

}  // namespace
}  // namespace portcullis
