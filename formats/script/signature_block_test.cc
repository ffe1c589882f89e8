// SPDX-License-Identifier: Apache-2.0
#include "formats/script/signature_block.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/script_signer.h"

namespace portcullis::script {
namespace {

using authenticode::Digest;
using authenticode::DigestAlgorithm;
using testing::BuildScript;
using testing::BuiltScript;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::kAllCodes;
using testing::kAllForms;
using testing::ScriptSpec;
using testing::TextCode;
using Buffer = std::vector<uint8_t>;

Buffer AsBuffer(std::string_view text) { return {text.begin(), text.end()}; }
const Buffer kSignature = AsBuffer(std::string(1000, 's'));

Buffer Sha256(Bytes bytes) {
  Digest digest = Digest::Create(DigestAlgorithm::kSha256).value();
  digest.Update(bytes);
  return digest.Finish();
}

std::vector<Buffer> DigestsOf(Bytes bytes, SignatureForm form) {
  const MemorySource source(bytes);
  const auto block = FindSignatureBlock(source, form);
  EXPECT_TRUE(block && block->has_value());
  return TakeTextDigests(source, **block, DigestAlgorithm::kSha256).value();
}

TEST(SignatureBlock, IsFoundInEveryFormEncodingAndLineEnd) {
  for (const SignatureForm form : kAllForms) {
    for (const TextCode code : kAllCodes) {
      for (const char16_t* line_end : {u"\r\n", u"\n"}) {
        const ScriptSpec spec{
            .form = form, .text = u"caf\u00E9 \u20AC\r\n", .code = code, .line_end = line_end};
        const BuiltScript built = BuildScript(spec, kSignature);
        const auto block = FindSignatureBlock(MemorySource(built.bytes), form);
        ASSERT_TRUE(block) << block.error().message;
        ASSERT_TRUE(*block);
        EXPECT_EQ((*block)->der, kSignature);
        EXPECT_EQ((*block)->begin, built.begin);
        EXPECT_EQ((*block)->end, built.end);
        EXPECT_THAT(DigestsOf(built.bytes, form),
                    ::testing::Contains(Sha256(testing::ScriptContent(spec))));
      }
    }
  }
}

TEST(SignatureBlock, CoversNothingInAFileOfNothingElse) {
  for (const SignatureForm form : kAllForms) {
    const ScriptSpec spec{.form = form, .text = u"", .behind = u""};
    const BuiltScript built = BuildScript(spec, kSignature);
    for (const size_t from : {built.begin, built.first_line}) {  // with and without a line end
      EXPECT_THAT(DigestsOf(Bytes(built.bytes).subspan(from), form),
                  ElementsAre(Sha256(testing::ScriptContent(spec))));
    }
  }
}

TEST(SignatureBlock, MayBeFollowedByWhiteSpaceAlone) {
  for (const SignatureForm form : kAllForms) {
    BuiltScript built = BuildScript({.form = form, .behind = u""}, kSignature);
    built.bytes.resize(built.last_line_end);
    const auto find = [&](std::string_view behind) {
      Buffer bytes = built.bytes;
      bytes.insert(bytes.end(), behind.begin(), behind.end());
      return FindSignatureBlock(MemorySource(bytes), form);
    };
    for (const char* behind : {"", "\n", "\r\n", "\r\n\r\n", "\n \t\n"}) {
      ASSERT_TRUE(find(behind)) << behind;
      EXPECT_TRUE(find(behind)->has_value()) << behind;
    }
    if (form == SignatureForm::kWindowsScript) continue;
    for (const char* behind : {"\r\nx", "x", "\n\n#", "\n\x1A"}) {
      const auto block = find(behind);
      ASSERT_FALSE(block) << behind;
      EXPECT_EQ(block.error().code, ErrorCode::kMalformed);
    }
  }
}

TEST(SignatureBlock, IsTheLastOneOfTwo) {
  for (const SignatureForm form : kAllForms) {
    const BuiltScript once = BuildScript({.form = form, .behind = u"x"}, kSignature);
    std::u16string text(once.bytes.begin(), once.bytes.end());
    const ScriptSpec spec{.form = form, .text = text};
    const Buffer other = AsBuffer("other");
    const BuiltScript twice = BuildScript(spec, other);
    const auto block = FindSignatureBlock(MemorySource(twice.bytes), form);
    ASSERT_TRUE(block && *block);
    EXPECT_EQ((*block)->der, other);
    EXPECT_EQ((*block)->begin, twice.begin);
    EXPECT_THAT(DigestsOf(twice.bytes, form), ElementsAre(Sha256(testing::ScriptContent(spec))));
  }
}

TEST(SignatureBlock, IsNotSeenInWhatOnlyLooksLikeOne) {
  const struct {
    SignatureForm form;
    const char* text;
  } rows[] = {
      {SignatureForm::kPowerShell, "Get-Date\r\n"},
      {SignatureForm::kPowerShell, " # SIG # Begin signature block\n# SIG # end\n"},
      {SignatureForm::kPowerShell, "$a = '# SIG # Begin signature block'\n"},
      {SignatureForm::kPowerShell, "# sig # begin signature block\n"},
      {SignatureForm::kPowerShell, "x # SIG # End signature block"},
      {SignatureForm::kPowerShell,
       "// SIG // Begin signature block\n// SIG // End signature block"},
      {SignatureForm::kPowerShell, "# SIG # Begin signature block \n"},
      {SignatureForm::kPowerShellXml, "# SIG # Begin signature block\n# SIG # End signature block"},
      {SignatureForm::kWindowsScript, "<job><signature></signature></job>"},
      {SignatureForm::kWindowsScript, "<job>\n</signature >\n</job>"},
      {SignatureForm::kVbScript, ""},
      {SignatureForm::kVbScript, " \r\n"},
  };
  for (const auto& row : rows) {
    const auto block = FindSignatureBlock(MemorySource(AsBytes(row.text)), row.form);
    ASSERT_TRUE(block) << row.text;
    EXPECT_FALSE(*block) << row.text;
  }
}

TEST(SignatureBlock, IsRefusedWhereItIsDamaged) {
  const struct {
    SignatureForm form;
    const char* text;
    const char* word;
  } rows[] = {
      {SignatureForm::kPowerShell, "# SIG # Begin signature block\n# AAAA\n", "does not end"},
      {SignatureForm::kPowerShell, "x\n# SIG # End signature block\n", "does not begin"},
      {SignatureForm::kPowerShell,
       "# SIG # Begin signature block\n# AAAA\n# SIG # End signature block\nx", "text behind"},
      {SignatureForm::kPowerShell, "# SIG # Begin signature block\nx\n# SIG # End signature block",
       "offset 30 does not belong"},
      {SignatureForm::kPowerShell, "# SIG # Begin signature block\n# \n# SIG # End signature block",
       "does not belong"},
      {SignatureForm::kPowerShell,
       "# SIG # Begin signature block\n\n# AAAA\n# SIG # End signature block", "does not belong"},
      {SignatureForm::kPowerShell,
       "# SIG # Begin signature block\n# AAAA \n# SIG # End signature block", "not base64"},
      {SignatureForm::kPowerShell,
       "# SIG # Begin signature block\n# AA==\n# AAAA\n# SIG # End signature block", "not base64"},
      {SignatureForm::kPowerShell,
       "# SIG # Begin signature block\n# AAAA\r# AAAA\n# SIG # End signature block", "not base64"},
      {SignatureForm::kPowerShellXml,
       "<!-- SIG # Begin signature block -->\n<!-- AAAA --><x/><!-- AAAA -->\n"
       "<!-- SIG # End signature block -->",
       "not base64"},
      {SignatureForm::kPowerShellXml,
       "<!-- SIG # Begin signature block -->\n<!-- -->\n<!-- SIG # End signature block -->",
       "does not belong"},
      {SignatureForm::kManagedObject,
       "/* SIG # Begin signature block */\n/* AAAA\n/* SIG # End signature block */",
       "does not belong"},
      {SignatureForm::kWindowsScript, "<job>\n<signature>\n** SIG ** AAAA\n</job>", "does not end"},
      {SignatureForm::kWindowsScript, "<job>\n** SIG ** AAAA\n</signature>\n", "does not begin"},
      {SignatureForm::kWindowsScript, "<signature>\nAAAA\n</signature>\n", "does not belong"},
  };
  for (const auto& row : rows) {
    const auto block = FindSignatureBlock(MemorySource(AsBytes(row.text)), row.form);
    ASSERT_FALSE(block) << row.text;
    EXPECT_EQ(block.error().code, ErrorCode::kMalformed) << row.text;
    EXPECT_THAT(block.error().message, HasSubstr(row.word)) << row.text;
  }
}

Result<std::optional<SignatureBlock>> FindIn(Bytes bytes, SignatureForm form) {
  return FindSignatureBlock(MemorySource(bytes), form);
}

void ExpectLimitOfSignature(SignatureForm form, TextCode code) {
  const auto find = [&](size_t size) {
    return FindIn(BuildScript({.form = form, .code = code}, Buffer(size, 's')).bytes, form);
  };
  const auto at_limit = find(kMaxSignatureBytes);
  ASSERT_TRUE(at_limit && *at_limit) << testing::ExtensionOf(form);
  EXPECT_EQ((*at_limit)->der.size(), kMaxSignatureBytes);
  for (const size_t more : {1U, 4U}) {
    const auto past = find(kMaxSignatureBytes + more);
    ASSERT_FALSE(past) << testing::ExtensionOf(form) << " " << more;
    EXPECT_EQ(past.error().code, ErrorCode::kLimitExceeded);
    EXPECT_THAT(past.error().message, HasSubstr("more than 262144 bytes"));
  }
}

TEST(SignatureBlock, HasASignatureOfAtMostItsLimit) {
  for (const SignatureForm form : kAllForms) ExpectLimitOfSignature(form, TextCode::kUtf8);
  // The one that takes most room.
  ExpectLimitOfSignature(SignatureForm::kJScript, TextCode::kUtf16Be);
}

// Filled up to the limit with white space, which may follow a block.
void ExpectLimitOfBlock(SignatureForm form, TextCode code) {
  const ScriptSpec spec{.form = form, .text = u"text", .code = code};
  const BuiltScript built = BuildScript(spec, kSignature);
  const size_t unit = code == TextCode::kUtf16Le || code == TextCode::kUtf16Be ? 2 : 1;
  Buffer bytes = built.bytes;
  const size_t missing = built.first_line + kMaxBlockBytes - bytes.size();
  Buffer blank = testing::Encode(std::u16string(missing / unit, u' '), code);
  bytes.insert(bytes.end(), blank.begin(), blank.end());
  const auto at_limit = FindIn(bytes, form);
  ASSERT_TRUE(at_limit && *at_limit) << testing::ExtensionOf(form);
  EXPECT_EQ((*at_limit)->begin, built.begin);
  blank.resize(unit);
  bytes.insert(bytes.end(), blank.begin(), blank.end());
  const auto past = FindIn(bytes, form);
  ASSERT_FALSE(past) << testing::ExtensionOf(form);
  EXPECT_EQ(past.error().code, ErrorCode::kLimitExceeded);
  EXPECT_THAT(past.error().message, HasSubstr("last 1048576 bytes"));
}

TEST(SignatureBlock, BeginsInTheLastBytesOfTheFile) {
  for (const SignatureForm form : kAllForms) ExpectLimitOfBlock(form, TextCode::kUtf8);
  for (const TextCode code : kAllCodes) ExpectLimitOfBlock(SignatureForm::kPowerShell, code);
}

// Notes the largest piece that is asked for at once; fails from an offset on.
class ProbedSource final : public ByteSource {
 public:
  explicit ProbedSource(Bytes bytes, uint64_t fails_from = UINT64_MAX)
      : source_(bytes), fails_from_(fails_from) {}
  uint64_t size() const override { return source_.size(); }
  Result<void> ReadAt(uint64_t offset, std::span<uint8_t> out) const override {
    largest_ = std::max(largest_, out.size());
    if (offset + out.size() > fails_from_) return Fail(ErrorCode::kIo, "it is gone");
    return source_.ReadAt(offset, out);
  }
  size_t largest() const { return largest_; }

 private:
  MemorySource source_;
  uint64_t fails_from_;
  mutable size_t largest_ = 0;
};

TEST(SignatureBlock, IsFoundAndItsTextDigestedWithoutTheWholeFileInMemory) {
  std::u16string text;
  while (text.size() < 700'000) text += u"a\u00E9\u20AC\U0001F600";
  for (const TextCode code : {TextCode::kUtf8WithMark, TextCode::kUtf16Le, TextCode::kUtf8}) {
    const ScriptSpec spec{.form = SignatureForm::kVbScript, .text = text, .code = code};
    const BuiltScript built = BuildScript(spec, kSignature);
    const ProbedSource source(built.bytes);
    const auto block = FindSignatureBlock(source, spec.form);
    ASSERT_TRUE(block && *block);
    EXPECT_LE(source.largest(), kMaxBlockBytes + 4);
    const ProbedSource again(built.bytes);
    const auto digests = TakeTextDigests(again, **block, DigestAlgorithm::kSha256);
    ASSERT_TRUE(digests);
    EXPECT_EQ(digests->front(), Sha256(testing::ScriptContent(spec)));
    EXPECT_LE(again.largest(), 64U << 10);
  }
}

TEST(SignatureBlock, PassesOnThatTheFileCanNotBeRead) {
  const BuiltScript built = BuildScript({}, kSignature);
  const auto block = FindSignatureBlock(MemorySource(built.bytes), SignatureForm::kPowerShell);
  for (const uint64_t from : {uint64_t{2}, uint64_t{100}, uint64_t{built.bytes.size() - 1}}) {
    const ProbedSource source(built.bytes, from);
    const auto failed = FindSignatureBlock(source, SignatureForm::kPowerShell);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::kIo);
  }
  const auto digests =
      TakeTextDigests(ProbedSource(built.bytes, 5), **block, DigestAlgorithm::kSha256);
  ASSERT_FALSE(digests);
  EXPECT_EQ(digests.error().code, ErrorCode::kIo);
}

TEST(SignatureBlock, DigestsTextWithoutAMarkInEitherEncodingThatItCanBe) {
  const auto digest = [](const std::u16string& text) {
    return Sha256(testing::ScriptContent({.text = text}));
  };
  const auto of = [](const std::u16string& text, TextCode code) {
    return DigestsOf(BuildScript({.text = text, .code = code}, kSignature).bytes,
                     SignatureForm::kPowerShell);
  };
  EXPECT_THAT(of(u"ascii", TextCode::kUtf8), ElementsAre(digest(u"ascii")));
  EXPECT_THAT(of(u"caf\u00E9", TextCode::kUtf8),
              ElementsAre(digest(u"caf\u00E9"), digest(u"caf\u00C3\u00A9")));
  EXPECT_THAT(of(u"caf\u00E9", TextCode::kWindows1252), ElementsAre(digest(u"caf\u00E9")));
}

TEST(SignatureBlock, HasNoDigestOfTextThatIsNotWhatItsMarkSays) {
  BuiltScript built =
      BuildScript({.text = u"caf\u00E9", .code = TextCode::kUtf8WithMark}, kSignature);
  built.bytes[built.begin - 1] = 'x';
  EXPECT_THAT(DigestsOf(built.bytes, SignatureForm::kPowerShell), ElementsAre());
}

}  // namespace
}  // namespace portcullis::script
