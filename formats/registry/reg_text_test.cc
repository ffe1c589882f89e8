// SPDX-License-Identifier: Apache-2.0
#include "formats/registry/reg_text.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "base/little_endian.h"
#include "formats/registry/regpol.h"
#include "formats/registry/text_file.h"
#include "tests/support/corpus.h"

namespace portcullis::registry {
namespace {

using Action = Change::Action;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kHeader = "Windows Registry Editor Version 5.00\r\n\r\n";

auto Parse(std::string_view file) { return ParseRegText(AsBytes(file)); }
std::vector<Change> Read(std::string_view text) {
  auto changes = Parse(kHeader + std::string(text));
  EXPECT_TRUE(changes) << changes.error().message;
  return changes ? *changes : std::vector<Change>();
}
// The entry of the one value below [K].
Entry Value(std::string_view text) {
  const auto changes = Read("[K]\r\n" + std::string(text));
  return changes.size() == 2 ? changes.back().entry : Entry{"not one value", "", Type::kNone, {}};
}
std::string Refusal(std::string_view text) {
  const auto changes = Parse(kHeader + std::string(text));
  return changes ? "it was read" : changes.error().message;
}

TEST(RegText, ReadsSectionsAndValuesInTheirOrder) {
  const auto changes = Read(
      "; a comment\r\n"
      "[HKEY_LOCAL_MACHINE\\Soft]\r\n"
      "\"n\"=dword:0000001f ; behind\r\n"
      "@=\"default\"\r\n"
      "\"gone\"=-\r\n"
      "\r\n"
      "[-HKEY_LOCAL_MACHINE\\Old]\r\n"
      "[HKEY_CURRENT_USER\\a]b]\r\n");
  const std::string key = "HKEY_LOCAL_MACHINE\\Soft";
  EXPECT_THAT(
      changes,
      ElementsAre(Change{Action::kMakeKey, {key, "", Type::kNone, {}}, 4},
                  Change{Action::kSetValue, {key, "n", Type::kDword, {0x1F, 0, 0, 0}}, 5},
                  Change{Action::kSetValue, {key, "", Type::kSz, TextData("default")}, 6},
                  Change{Action::kDeleteValue, {key, "gone", Type::kNone, {}}, 7},
                  Change{Action::kDeleteKey, {"HKEY_LOCAL_MACHINE\\Old", "", Type::kNone, {}}, 9},
                  Change{Action::kMakeKey, {"HKEY_CURRENT_USER\\a]b", "", Type::kNone, {}}, 10}));
}

TEST(RegText, ReadsTextWithEscapesAndOverLines) {
  EXPECT_EQ(Value(R"("a\"b\\c"="x\\y\"z")").value, R"(a"b\c)");
  EXPECT_EQ(TextOf(Value(R"("a"="x\\y\"z")")).value(), R"(x\y"z)");
  EXPECT_EQ(TextOf(Value("\"a\"=\"one\r\ntwo\"")).value(), "one\r\ntwo");
  EXPECT_EQ(TextOf(Value("\"a\"=\"; no comment\" ; one")).value(), "; no comment");
  EXPECT_EQ(TextOf(Value("\"a\"=\"\"")).value(), "");
}

TEST(RegText, ReadsHexadecimalDataOverFoldedLines) {
  EXPECT_EQ(Value("\"a\"=hex:01,02,\\\r\n  03,a"), (Entry{"K", "a", Type::kBinary, {1, 2, 3, 10}}));
  EXPECT_EQ(Value("\"a\"=hex(b):01,02,03,04,05,06,07,08").type, Type::kQword);
  EXPECT_EQ(Value("\"a\"=HEX(100000):"), (Entry{"K", "a", static_cast<Type>(0x100000), {}}));
  EXPECT_EQ(Value("\"a\"=hex(2):25,00,\\\n\t25,00\n"),
            (Entry{"K", "a", Type::kExpandSz, {0x25, 0, 0x25, 0}}));
  EXPECT_EQ(Value("\"a\"=hex:\\\r\n  01 ; done").data, std::vector<uint8_t>{1});
  EXPECT_EQ(Value("\"a\"=dword:1").data, (std::vector<uint8_t>{1, 0, 0, 0}));
}

TEST(RegText, ReadsEveryEncodingThatToolsWrite) {
  const std::string text = kHeader + "[K\u00DF]\r\n";
  for (const std::string& file :
       {EncodeTextFile(text), text, "\xEF\xBB\xBF" + text, "\xFF\xFE" + ToUtf16Le(text)}) {
    const auto changes = Parse(file);
    ASSERT_TRUE(changes) << changes.error().message;
    EXPECT_EQ(changes->front().entry.key, "K\u00DF");
    EXPECT_TRUE(LooksLikeRegText(AsBytes(file)));
  }
  EXPECT_THAT(Parse(kHeader + "[K\xDF]").error().message, HasSubstr("not UTF-8"));
  EXPECT_FALSE(Parse(EncodeTextFile(text) + "\n")) << "an odd byte";
  // Wherever the head ends within a character of two bytes.
  for (size_t i = 0; i < 40; ++i) {
    const std::string cut = fmt::format("\xEF\xBB\xBF{};{:x>{}}\u00DF\u00DF", kHeader, "", i);
    EXPECT_TRUE(LooksLikeRegText(AsBytes(cut))) << i;
    EXPECT_TRUE(Parse(cut)) << i;
  }
  EXPECT_FALSE(LooksLikeRegText(AsBytes("[Unicode]")));
  EXPECT_FALSE(LooksLikeRegText({}));
}

TEST(RegText, ReadsTheOlderFormInWindows1252) {
  const auto changes = Parse(
      "REGEDIT4\r\n[K\xDF]\r\n\"\x80\"=\"\xE4\"\r\n\"e\"=hex(2):25,e4,00\r\n"
      "\"b\"=hex:e4\r\n");
  ASSERT_TRUE(changes) << changes.error().message;
  EXPECT_EQ(changes->at(0).entry.key, "K\u00DF");
  EXPECT_EQ(changes->at(1).entry.value, "\u20AC");
  EXPECT_EQ(TextOf(changes->at(1).entry).value(), "\u00E4");
  EXPECT_EQ(HexLower(changes->at(2).entry.data), "2500e4000000") << "texts become UTF-16";
  EXPECT_EQ(HexLower(changes->at(3).entry.data), "e4");
}

TEST(RegText, RefusesWithTheLine) {
  EXPECT_THAT(Refusal("\"a\"=dword:1"), HasSubstr("line 3: a value that stands below no key"));
  EXPECT_THAT(Refusal("[-K]\r\n\"a\"=dword:1"), HasSubstr("line 4: a value that stands below no"));
  EXPECT_THAT(Refusal("[K"), HasSubstr("line 3: a key without its closing bracket"));
  EXPECT_THAT(Refusal("[]"), HasSubstr("a key without a name"));
  EXPECT_THAT(Refusal("[K] x"), HasSubstr("\"x\" behind the key"));
  EXPECT_THAT(Refusal("[K]\na=1"), HasSubstr("line 4: \"a=1\", where the value's name in double"));
  EXPECT_THAT(Refusal("[K]\n\"a\" 1"), HasSubstr("no '='"));
  EXPECT_THAT(Refusal("[K]\n\"a\"=1"), HasSubstr("none of \"text\", dword:"));
  EXPECT_THAT(Refusal("[K]\n\"a\"=dword:"), HasSubstr("one to eight hexadecimal digits"));
  EXPECT_THAT(Refusal("[K]\n\"a\"=dword:123456789"), HasSubstr("one to eight"));
  EXPECT_THAT(Refusal("[K]\n\"a\"=dword:12x"), HasSubstr("behind the data"));
  EXPECT_THAT(Refusal("[K]\n\"a\"=hex:zz"), HasSubstr("two hexadecimal digits"));
  EXPECT_THAT(Refusal("[K]\n\"a\"=hex:01,"), HasSubstr("two hexadecimal digits"));
  EXPECT_THAT(Refusal("[K]\n\"a\"=hex:011"), HasSubstr("behind the data"));
  EXPECT_THAT(Refusal("[K]\n\"a\"=hex(:01"), HasSubstr("the type"));
  EXPECT_THAT(Refusal("[K]\n\"a\"=\"C:\\x\""), HasSubstr("a backslash in front of \"x\""));
  EXPECT_THAT(Refusal("[K]\n\"a\"=\"x\n\n"), HasSubstr("line 6: the text without its closing"));
  EXPECT_THAT(Refusal(std::string_view("[K]\n\"a\0\"=-", 10)), HasSubstr("a NUL"));
  EXPECT_EQ(Parse("Windows Registry Editor Version 6.00\r\n").error().code,
            ErrorCode::kUnsupported);
  EXPECT_EQ(Parse("").error().code, ErrorCode::kUnsupported);
}

TEST(RegText, HasLimits) {
  const auto code = [](const std::string& text) {
    const auto changes = Parse(kHeader + text);
    return changes ? std::optional<ErrorCode>() : changes.error().code;
  };
  const auto key = [](size_t size) { return fmt::format("[{:k>{}}]", "", size); };
  EXPECT_EQ(code(key(kMaxKeyUnits)), std::nullopt);
  EXPECT_EQ(code(key(kMaxKeyUnits + 1)), ErrorCode::kLimitExceeded);
  const auto name = [](size_t size) { return fmt::format("[K]\n\"{:v>{}}\"=-", "", size); };
  EXPECT_EQ(code(name(kMaxValueNameUnits)), std::nullopt);
  EXPECT_EQ(code(name(kMaxValueNameUnits + 1)), ErrorCode::kLimitExceeded);
  const auto text = [](size_t size) { return fmt::format("[K]\n@=\"{:x>{}}\"", "", size); };
  EXPECT_EQ(code(text(kMaxDataBytes / 2 - 1)), std::nullopt);
  EXPECT_EQ(code(text(kMaxDataBytes / 2)), ErrorCode::kLimitExceeded);
  std::string hex = "[K]\n@=hex:0";
  for (size_t i = 1; i < kMaxDataBytes; ++i) hex += ",0";
  EXPECT_EQ(code(hex), std::nullopt);
  EXPECT_EQ(code(hex + ",0"), ErrorCode::kLimitExceeded);
}

TEST(RegText, HasALimitOfChangesAndOfBytes) {
  std::string keys = kHeader;
  for (size_t i = 0; i < kMaxRegTextChanges; ++i) keys += "[K]\n";
  EXPECT_TRUE(Parse(keys));
  EXPECT_EQ(Parse(keys + "[K]\n").error().code, ErrorCode::kLimitExceeded);
  std::string large = kHeader + ";";
  large.resize(kMaxRegTextBytes, 'x');
  EXPECT_TRUE(Parse(large));
  EXPECT_EQ(Parse(large + "x").error().code, ErrorCode::kLimitExceeded);
}

std::string Written(const std::vector<Change>& changes) {
  const auto file = BuildRegText(changes);
  if (!file) return file.error().message;
  return DecodeTextFile(AsBytes(*file), Unmarked::kUtf8, "test").value();
}

TEST(RegText, WritesAsRegeditDoes) {
  std::vector<uint8_t> many(30, 0xAB);
  EXPECT_EQ(
      Written({{Action::kSetValue, {"HKLM\\K", "a\"\\", Type::kSz, TextData("x\\")}, 0},
               {Action::kSetValue, {"HKLM\\K", "", Type::kDword, DwordData(255)}, 0},
               {Action::kSetValue, {"HKLM\\K", "Binary", Type::kBinary, many}, 0},
               {Action::kDeleteValue, {"HKLM\\K", "Old", Type::kNone, {}}, 0},
               {Action::kDeleteKey, {"HKLM\\Old", "", Type::kNone, {}}, 0},
               {Action::kSetValue, {"HKLM\\K", "q", Type::kQword, QwordData(1)}, 0}}),
      "Windows Registry Editor Version 5.00\r\n"
      "\r\n"
      "[HKLM\\K]\r\n"
      "\"a\\\"\\\\\"=\"x\\\\\"\r\n"
      "@=dword:000000ff\r\n"
      "\"Binary\"=hex:ab,ab,ab,ab,ab,ab,ab,ab,ab,ab,ab,ab,ab,ab,ab,ab,ab,ab,ab,ab,ab,ab,\\\r\n"
      "  ab,ab,ab,ab,ab,ab,ab,ab\r\n"
      "\"Old\"=-\r\n"
      "\r\n"
      "[-HKLM\\Old]\r\n"
      "\r\n"
      "[HKLM\\K]\r\n"
      "\"q\"=hex(b):01,00,00,00,00,00,00,00\r\n"
      "\r\n");
}

TEST(RegText, RefusesToWriteWhatItCouldNotRead) {
  const auto said = [](Change change) { return Written({std::move(change)}); };
  EXPECT_THAT(said({Action::kMakeKey, {"", "", Type::kNone, {}}, 0}), HasSubstr("no key"));
  EXPECT_THAT(said({Action::kMakeKey, {"-K", "", Type::kNone, {}}, 0}), HasSubstr("no key"));
  EXPECT_THAT(said({Action::kMakeKey, {"a\nb", "", Type::kNone, {}}, 0}), HasSubstr("no key"));
  EXPECT_THAT(said({Action::kMakeKey, {"\xFF", "", Type::kNone, {}}, 0}), HasSubstr("not UTF-8"));
  EXPECT_THAT(said({Action::kSetValue, {"K", std::string("\0", 1), Type::kNone, {}}, 0}),
              HasSubstr("NUL"));
  EXPECT_THAT(said({Action::kSecureKey, {"K", "", Type::kNone, {}}, 0}), HasSubstr("secure-key"));
  EXPECT_THAT(said({Action::kSetValue,
                    {"K", "", Type::kBinary, std::vector<uint8_t>(kMaxDataBytes + 1)},
                    0}),
              HasSubstr("at most"));
}

// Anything that the text can say.
std::vector<Change> RandomChanges(uint32_t seed) {
  std::mt19937 random(seed);
  const auto text = [&] {
    std::string made;
    for (size_t i = random() % 12; i > 0; --i) {
      made += std::vector<std::string>{"a",    "\\", "\u00DF", "\"",        "]",
                                       "\r\n", ";",  "=",      "\U0001F600"}[random() % 9];
    }
    return made;
  };
  std::vector<Change> changes = {{Action::kMakeKey, {"K", "", Type::kNone, {}}, 0}};
  for (size_t i = random() % 6; i > 0; --i) {
    Entry entry = {"K", text(), static_cast<Type>(random() % 13), {}};
    if (entry.type == Type::kSz && random() % 2 == 0) {
      entry.data = TextData(text());
    } else {
      entry.data.resize(random() % 60);
      for (uint8_t& byte : entry.data) byte = static_cast<uint8_t>(random());
    }
    changes.push_back({Action::kSetValue, entry, 0});
  }
  return changes;
}

TEST(RegText, ReadsWhatItWrites) {
  for (uint32_t seed = 0; seed < 500; ++seed) {
    const auto changes = RandomChanges(seed);
    const auto file = BuildRegText(changes);
    ASSERT_TRUE(file) << file.error().message;
    auto again = Parse(*file);
    ASSERT_TRUE(again) << seed << again.error().message;
    for (Change& change : *again) change.place = 0;
    EXPECT_EQ(*again, changes) << seed;
  }
}

TEST(RegText, WritesTheCorpusAsItWas) {
  const auto path = CorpusFile("registry-pol/srp-default-disallow-paths.reg");
  if (!path) GTEST_SKIP() << kCorpusAbsent;
  std::ifstream in(*path, std::ios::binary);
  const std::string file{std::istreambuf_iterator<char>(in), {}};
  const auto changes = Parse(file);
  ASSERT_TRUE(changes) << changes.error().message;
  EXPECT_EQ(changes->size(), 93U);
  // Its last empty line was lost on the way to the corpus.
  EXPECT_EQ(BuildRegText(*changes).value(), file + ToUtf16Le("\r\n"));
}

}  // namespace
}  // namespace portcullis::registry
