// SPDX-License-Identifier: Apache-2.0
#include "formats/registry/security_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/utf.h"
#include "formats/registry/regpol.h"
#include "formats/registry/text_file.h"
#include "tests/support/corpus.h"

namespace portcullis::registry {
namespace {

using Action = Change::Action;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

auto Parse(std::string_view file) { return ParseSecurityTemplate(AsBytes(file)); }
// What the lines of the section, which begins in line 3, are.
Result<std::vector<Change>> Lines(std::string_view lines) {
  return Parse("[Unicode]\r\nUnicode=yes\r\n[registry values]\r\n" + std::string(lines));
}
Entry Value(std::string_view line) {
  const auto changes = Lines(line);
  return changes && changes->size() == 1 ? changes->front().entry
                                         : Entry{"not one value", "", Type::kNone, {}};
}
std::string Refusal(std::string_view lines) {
  const auto changes = Lines(lines);
  return changes ? "it was read" : changes.error().message;
}

TEST(SecurityTemplate, ReadsTheLinesOfItsSectionAlone) {
  const auto changes = Parse(
      "; made by hand\r\n[System Access]\r\nMinimumPasswordAge = 0\r\n[Registry Values]\r\n"
      "MACHINE\\Soft ware\\K\\V=4,1\r\n; no line\r\n  MACHINE\\K\\W = 4 , 0x10\r\n"
      "[Version]\r\nsignature=\"$CHICAGO$\"\r\nRevision=1\r\n");
  ASSERT_TRUE(changes) << changes.error().message;
  EXPECT_THAT(
      *changes,
      ElementsAre(
          Change{Action::kSetValue, {"MACHINE\\Soft ware\\K", "V", Type::kDword, DwordData(1)}, 5},
          Change{Action::kSetValue, {"MACHINE\\K", "W", Type::kDword, DwordData(16)}, 7}));
}

TEST(SecurityTemplate, ReadsEveryTypeThatTemplatesHave) {
  EXPECT_EQ(Value("M\\a=1,\"x, \"\"y\"\"\""), (Entry{"M", "a", Type::kSz, TextData("x, \"y\"")}));
  EXPECT_EQ(Value("M\\a=1,"), (Entry{"M", "a", Type::kSz, TextData("")}));
  EXPECT_EQ(Value("M\\a=2,%x%"), (Entry{"M", "a", Type::kExpandSz, TextData("%x%")}));
  EXPECT_EQ(Value("M\\a=3,0,255"), (Entry{"M", "a", Type::kBinary, {0, 255}}));
  EXPECT_EQ(Value("M\\a=7,one, two,\"a,b\"").data,
            TextsData(std::vector<std::string>{"one", "two", "a,b"}));
  EXPECT_EQ(Value("M\\a=7,").data, TextsData({}));
  EXPECT_EQ(Value("\"M\\a=b\"=4,4294967295"),
            (Entry{"M", "a=b", Type::kDword, {255, 255, 255, 255}}));
  EXPECT_EQ(Value("M\\K\\=4,1"), (Entry{"M\\K", "", Type::kDword, DwordData(1)}));
}

TEST(SecurityTemplate, ReadsEveryEncodingThatToolsWrite) {
  const std::string text = "[Registry Values]\r\nM\\\u00DF=4,1\r\n";
  for (const std::string& file : {EncodeTextFile(text), text, "\xEF\xBB\xBF" + text,
                                  std::string("[Registry Values]\r\nM\\\xDF=4,1\r\n")}) {
    const auto changes = Parse(file);
    ASSERT_TRUE(changes) << changes.error().message;
    EXPECT_EQ(changes->front().entry.value, "\u00DF");
    EXPECT_TRUE(LooksLikeSecurityTemplate(AsBytes(file)));
  }
  EXPECT_FALSE(LooksLikeSecurityTemplate(AsBytes("PReg")));
  EXPECT_FALSE(LooksLikeSecurityTemplate({}));
  EXPECT_FALSE(Parse("\xFF\xFE[\0]"));
}

TEST(SecurityTemplate, RefusesWithTheLine) {
  EXPECT_THAT(Refusal("M\\a=4,1\nM\\a"),
              HasSubstr("line 5: \"M\\\\a\", where KEY\\NAME=TYPE,DATA"));
  EXPECT_THAT(Refusal("a=4,1"), HasSubstr("line 4: \"a\", where KEY\\NAME is wanted"));
  EXPECT_THAT(Refusal("\"M\\a=4,1"), HasSubstr("closing quote"));
  EXPECT_THAT(Refusal("\"M\\a\"4,1"), HasSubstr("no '='"));
  EXPECT_THAT(Refusal("M\\a=4"), HasSubstr("a type and a comma"));
  EXPECT_THAT(Refusal("M\\a=x,1"), HasSubstr("a type and a comma"));
  EXPECT_THAT(Refusal("M\\a=4,"), HasSubstr("a number of 32 bits"));
  EXPECT_THAT(Refusal("M\\a=4,4294967296"), HasSubstr("a number of 32 bits"));
  EXPECT_THAT(Refusal("M\\a=4,-1"), HasSubstr("a number of 32 bits"));
  EXPECT_THAT(Refusal("M\\a=4,1,2"), HasSubstr("a number of 32 bits"));
  EXPECT_THAT(Refusal("M\\a=3,256"), HasSubstr("numbers from 0 to 255"));
  EXPECT_THAT(Refusal("M\\a=1,a,b"), HasSubstr("a comma outside the quotes"));
  EXPECT_THAT(Refusal("M\\a=1,\"a"), HasSubstr("a text without its closing quote"));
  EXPECT_THAT(Refusal("M\\a=11,1"), HasSubstr("type 11, where 1, 2, 3, 4 and 7 are allowed"));
  EXPECT_THAT(Refusal("[Version"), HasSubstr("line 4: a section without its closing bracket"));
  EXPECT_THAT(Parse("x\r\n[Registry Values]").error().message, HasSubstr("line 1: \"x\" in front"));
  EXPECT_THAT(Refusal(std::string_view("M\\a=1,\0", 7)), HasSubstr("a NUL"));
}

TEST(SecurityTemplate, HasLimits) {
  const auto code = [](const Result<std::vector<Change>>& changes) {
    return changes ? std::optional<ErrorCode>() : changes.error().code;
  };
  std::string lines;
  for (size_t i = 0; i < kMaxTemplateValues; ++i) lines += "M\\a=4,1\n";
  EXPECT_EQ(code(Lines(lines)), std::nullopt);
  EXPECT_EQ(code(Lines(lines + "M\\a=4,1\n")), ErrorCode::kLimitExceeded);
  const std::string head = "M\\a=1,";
  const std::string most = head + std::string(kMaxTemplateLineBytes - head.size(), 'x');
  EXPECT_EQ(code(Lines(most)), std::nullopt);
  EXPECT_EQ(code(Lines(most + "x")), ErrorCode::kLimitExceeded);
  EXPECT_EQ(code(Lines(std::string(kMaxKeyUnits, 'k') + "\\a=4,1")), std::nullopt);
  EXPECT_EQ(code(Lines(std::string(kMaxKeyUnits + 1, 'k') + "\\a=4,1")), ErrorCode::kLimitExceeded);
  EXPECT_EQ(code(Lines("K\\" + std::string(kMaxValueNameUnits, 'v') + "=4,1")), std::nullopt);
  EXPECT_EQ(code(Lines("K\\" + std::string(kMaxValueNameUnits + 1, 'v') + "=4,1")),
            ErrorCode::kLimitExceeded);
  std::string large(kMaxSecurityTemplateBytes, '\n');
  EXPECT_EQ(code(Parse(large)), std::nullopt);
  EXPECT_EQ(code(Parse(large + "\n")), ErrorCode::kLimitExceeded);
}

TEST(SecurityTemplate, WritesTheLeastThatWindowsTakes) {
  const auto file = BuildSecurityTemplate(std::vector<Change>{
      {Action::kSetValue, {"MACHINE\\K", "On", Type::kDword, DwordData(1)}, 0}});
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->substr(0, 2), "\xFF\xFE");
  EXPECT_EQ(Utf16LeToUtf8(AsBytes(*file).subspan(2)).value(),
            "[Unicode]\r\nUnicode=yes\r\n[Registry Values]\r\nMACHINE\\K\\On=4,1\r\n"
            "[Version]\r\nsignature=\"$CHICAGO$\"\r\nRevision=1\r\n");
}

TEST(SecurityTemplate, ReadsWhatItWrites) {
  std::vector<Change> changes;
  for (const Entry& entry :
       std::vector<Entry>{{"MACHINE\\K", "a b", Type::kSz, TextData(" x, \"y\" ; ")},
                          {"MACHINE\\K", "", Type::kExpandSz, TextData("")},
                          {"MACHINE\\K=", "c", Type::kMultiSz,
                           TextsData(std::vector<std::string>{"a,b", " ", "\"", "c"})},
                          {"MACHINE\\K", "d ", Type::kMultiSz, TextsData({})},
                          {"[M", "e", Type::kBinary, {1, 2, 255}},
                          {";M", "f", Type::kDword, DwordData(0xFFFFFFFF)}}) {
    changes.push_back({Action::kSetValue, entry, 0});
  }
  const auto file = BuildSecurityTemplate(changes);
  ASSERT_TRUE(file) << file.error().message;
  auto again = Parse(*file);
  ASSERT_TRUE(again) << again.error().message;
  for (Change& change : *again) change.place = 0;
  EXPECT_EQ(*again, changes);
}

TEST(SecurityTemplate, RefusesToWriteWhatItCouldNotRead) {
  const auto said = [](Change change) {
    const auto file = BuildSecurityTemplate(std::vector{std::move(change)});
    return file ? "it was written" : file.error().message;
  };
  const auto set = [&](Entry entry) { return said({Action::kSetValue, std::move(entry), 0}); };
  EXPECT_THAT(said({Action::kDeleteKey, {"K", "", Type::kNone, {}}, 0}), HasSubstr("delete-key"));
  EXPECT_THAT(set({"K", "a", Type::kQword, QwordData(1)}), HasSubstr("type 11"));
  EXPECT_THAT(set({"K", "a\nb", Type::kDword, DwordData(1)}), HasSubstr("a name"));
  EXPECT_THAT(set({"K", "a\"b", Type::kDword, DwordData(1)}), HasSubstr("a name"));
  EXPECT_THAT(set({"K", "a\\b", Type::kDword, DwordData(1)}), HasSubstr("a name"));
  EXPECT_THAT(set({"", "a", Type::kDword, DwordData(1)}), HasSubstr("a name"));
  EXPECT_THAT(set({"K", "a", Type::kDword, {1}}), HasSubstr("1 bytes"));
  EXPECT_THAT(set({"K", "a", Type::kSz, {65, 0}}), HasSubstr("a text")) << "no NUL";
  EXPECT_THAT(set({"K", "a", Type::kSz, TextData("a\nb")}), HasSubstr("a text"));
  EXPECT_THAT(set({"K", "a", Type::kMultiSz, TextsData(std::vector<std::string>{"", "a"})}),
              HasSubstr("a list"));
}

TEST(SecurityTemplate, ReadsTheCorpus) {
  const auto path = CorpusFile("registry-pol/gpttmpl-safer-authenticode.inf");
  if (!path) GTEST_SKIP() << kCorpusAbsent;
  std::ifstream in(*path, std::ios::binary);
  const std::string file{std::istreambuf_iterator<char>(in), {}};
  const auto changes = Parse(file);
  ASSERT_TRUE(changes) << changes.error().message;
  EXPECT_EQ(changes->size(), 58U);
  EXPECT_THAT(*changes,
              ::testing::Contains(::testing::Field(
                  &Change::entry,
                  Entry{"MACHINE\\Software\\Policies\\Microsoft\\Windows\\Safer\\CodeIdentifiers",
                        "AuthenticodeEnabled", Type::kDword, DwordData(0)})));
  const auto again = Parse(BuildSecurityTemplate(*changes).value());
  ASSERT_TRUE(again);
  ASSERT_EQ(again->size(), changes->size());
  for (size_t i = 0; i < changes->size(); ++i) {
    EXPECT_EQ(again->at(i).entry, changes->at(i).entry) << i;
  }
}

}  // namespace
}  // namespace portcullis::registry
