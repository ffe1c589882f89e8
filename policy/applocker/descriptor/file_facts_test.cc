// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/descriptor/file_facts.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <string>

#include "security/condition_text.h"

namespace portcullis::reference {
namespace {

FileDigest Digest(HashType type, uint8_t byte) {
  FileDigest digest;
  digest.type = type;
  for (size_t i = 0; i < digest.size(); ++i) digest.bytes.at(i) = byte;
  return digest;
}

std::string Octets(size_t size, char digit) {
  return fmt::format("#{}", std::string(2 * size, digit));
}

class Facts : public ::testing::Test {
 protected:
  Facts() {
    identity_.publisher =
        FullyQualifiedBinaryName{"O=ACME, C=US", "TOOLS", "SETUP64.EXE", FileVersion{5}};
    identity_.hashes = {{Digest(HashType::kSha256, 0x11), HashForm::kFlat},
                        {Digest(HashType::kSha256, 0x22), HashForm::kAuthenticode},
                        {Digest(HashType::kSha1, 0x33), HashForm::kFlat}};
    spellings_ = {{"%WINDIR%\\System32\\x.exe", true, false}, {"/home/a/X.exe", false, true}};
  }

  std::string_view Value(std::string_view condition,
                         FileFacts::Sees sees = FileFacts::Sees::kEverything) {
    const std::string text = fmt::format("({})", condition);
    TextCursor cursor(text, "condition");
    const auto expression = ReadCondition(cursor, std::nullopt);
    if (!expression) return expression.error().message.empty() ? "" : "refused";
    const FileAttributes file = MakeFileAttributes(identity_, spellings_, settings_);
    const FileFacts facts(file, settings_, sees);
    return ToString(EvaluateCondition(*expression, {token_, {}, AceEffect::kAllow, &facts}));
  }

  FileIdentity identity_;
  std::vector<PathSpelling> spellings_;
  MatchingSettings settings_;
  CheckToken token_;
};

TEST_F(Facts, MatchPathsWithWildcardsAndTakeAClaimForADoubt) {
  EXPECT_EQ(Value(R"(APPID://PATH Contains "%windir%\*")"), "true");
  EXPECT_EQ(Value(R"(appid://path == "%WINDIR%\System32\?.EXE")"), "true");
  EXPECT_EQ(Value(R"(APPID://PATH Contains "%windir%")"), "false");
  EXPECT_EQ(Value(R"(APPID://PATH Contains "/home/*")"), "unknown");
  EXPECT_EQ(Value(R"(APPID://PATH Contains "/HOME/*")"), "false");
  EXPECT_EQ(Value(R"(APPID://PATH Any_of {"C:\*", "%WINDIR%\*"})"), "true");
  EXPECT_EQ(Value(R"(APPID://PATH Contains {"/home/*", "%WINDIR%\*"})"), "unknown");
  EXPECT_EQ(Value(R"(APPID://PATH Not_Contains "/home/*")"), "unknown");
  EXPECT_EQ(Value(R"(APPID://PATH != "C:\*")"), "true");
  EXPECT_EQ(Value(R"(!(APPID://PATH Contains "%WINDIR%\*"))"), "false");
  EXPECT_EQ(Value("Exists APPID://PATH"), "true");
}

TEST_F(Facts, MatchAFileWithoutAPathByTheStarAlone) {
  spellings_.clear();
  EXPECT_EQ(Value(R"(APPID://PATH Contains "*")"), "true");
  EXPECT_EQ(Value(R"(APPID://PATH Contains "**")"), "false");
  EXPECT_EQ(Value("Exists APPID://PATH"), "false");
}

TEST_F(Facts, CompareTheFieldsOfAPublisherAndThenItsVersion) {
  EXPECT_EQ(Value(R"(APPID://FQBN >= {"o=acme, c=us\tools\setup*.exe", 5})"), "true");
  EXPECT_EQ(Value(R"(APPID://FQBN >= {"*\*\*", 0})"), "true");
  EXPECT_EQ(Value(R"(APPID://FQBN >= {"*\*\*", 6})"), "false");
  EXPECT_EQ(Value(R"(APPID://FQBN > {"*\*\*", 5})"), "false");
  EXPECT_EQ(Value(R"(APPID://FQBN <= {"*\*\*", 18446744073709551615})"), "true");
  EXPECT_EQ(Value(R"(APPID://FQBN < {"*\*\*", 5})"), "false");
  EXPECT_EQ(Value(R"(APPID://FQBN == {"*\TOOLS\*", 5})"), "true");
  // A star that does not stand alone is a letter in a publisher and a product.
  EXPECT_EQ(Value(R"(APPID://FQBN >= {"O=*\TOOLS\*", 0})"), "false");
  EXPECT_EQ(Value(R"(APPID://FQBN <= {"*\TOO*\*", 9})"), "false");
}

TEST_F(Facts, FindAnyOfTheDigestsOfAType) {
  EXPECT_EQ(Value("APPID://SHA256HASH Any_of {" + Octets(32, '9') + "," + Octets(32, '1') + "}"),
            "true");
  EXPECT_EQ(Value("APPID://SHA256HASH Any_of {" + Octets(32, '9') + "}"), "false");
  EXPECT_EQ(Value("APPID://SHA256HASH Contains {" + Octets(32, '1') + "," + Octets(32, '2') + "}"),
            "true");
  EXPECT_EQ(Value("APPID://SHA256FLATHASH == " + Octets(32, '1')), "true");
  EXPECT_EQ(Value("APPID://SHA1HASH == " + Octets(20, '3')), "true");
  EXPECT_EQ(Value("APPID://SHA1HASH == " + Octets(32, '3')), "false");
  settings_.msi_authenticode_hash_matches = false;
  EXPECT_EQ(Value("APPID://SHA256HASH Any_of {" + Octets(32, '2') + "}"), "false");
}

TEST_F(Facts, TakeWhatIsMissingForUnknownUnlessExistsGuardsIt) {
  identity_.publisher.reset();
  identity_.hashes.clear();
  EXPECT_EQ(Value(R"(APPID://FQBN >= {"*\*\*", 0})"), "unknown");
  EXPECT_EQ(Value(R"(Exists APPID://FQBN && APPID://FQBN >= {"*\*\*", 0})"), "false");
  EXPECT_EQ(Value("APPID://SHA1HASH == " + Octets(20, '3')), "unknown");
  EXPECT_EQ(Value("Exists APPID://SHA1HASH"), "false");
  EXPECT_EQ(Value("Not_Exists APPID://SHA256HASH"), "true");
}

TEST_F(Facts, TakeWhatCouldNotBeFoundOutForUnknownEvenIfGuarded) {
  identity_.unknown = {.hash = true, .publisher = true};
  EXPECT_EQ(Value(R"(Exists APPID://FQBN && APPID://FQBN >= {"*\*\*", 0})"), "unknown");
  EXPECT_EQ(Value("Not_Exists APPID://FQBN"), "unknown");
  EXPECT_EQ(Value("Exists APPID://SHA1HASH && APPID://SHA1HASH == " + Octets(20, '3')), "unknown");
  EXPECT_EQ(Value("Exists APPID://SHA256HASH", FileFacts::Sees::kPublisherOnly), "false");
}

TEST_F(Facts, ShowAPackageItsPublisherAlone) {
  constexpr auto kPublisherOnly = FileFacts::Sees::kPublisherOnly;
  EXPECT_EQ(Value(R"(APPID://PATH Contains "%WINDIR%\*")", kPublisherOnly), "false");
  EXPECT_EQ(Value(R"(APPID://PATH Contains "*")", kPublisherOnly), "true");
  EXPECT_EQ(Value("Exists APPID://SHA1HASH", kPublisherOnly), "false");
  EXPECT_EQ(Value(R"(APPID://FQBN >= {"*\*\*", 0})", kPublisherOnly), "true");
}

TEST_F(Facts, TakeOperandsThatDoNotFitForUnknownAsAWhole) {
  for (const char* misfit :
       {"APPID://PATH > \"A\"", "APPID://PATH Contains 5", "APPID://PATH Contains {}",
        "APPID://PATH == {\"A\", \"B\"}", "APPID://FQBN >= 5", "APPID://FQBN >= {\"A\\B\\C\"}",
        "APPID://FQBN >= {\"A\\B\", 1}", "APPID://FQBN >= {1, \"A\\B\\C\"}",
        "APPID://FQBN >= {\"*\\*\\*\", -1}", "APPID://FQBN Contains {\"*\\*\\*\", 1}",
        "APPID://FQBN != {\"*\\*\\*\", 1}", "APPID://SHA1HASH Any_of {\"A\"}",
        "APPID://SHA1HASH < #11"}) {
    EXPECT_EQ(Value(std::string(misfit) + " || Exists APPID://PATH"), "unknown") << misfit;
  }
  EXPECT_EQ(Value("APPID://PATH"), "unknown");
}

}  // namespace
}  // namespace portcullis::reference
