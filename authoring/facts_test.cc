// SPDX-License-Identifier: Apache-2.0
#include "authoring/facts.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <stdio.h>

#include <memory>

#include "base/json_value.h"

namespace portcullis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const PathSpeller& Speller() {
  static const PathSpeller speller(HostConfig::Default(), MountTable(), {});
  return speller;
}

Result<FileReport> Parse(std::string_view line) { return ParseFact(line, Speller()); }

const std::string kDigest(64, 'A');

TEST(ParseFact, TakesMissingAttributesAsMissing) {
  const auto fact = Parse(R"({"path":"C:\\a.exe","collection":"exe","future":[1,{"x":2}]})");
  ASSERT_TRUE(fact);
  EXPECT_EQ(fact->operation, Operation::kExecute);
  EXPECT_EQ(fact->collection, applocker::CollectionType::kExe);
  EXPECT_FALSE(fact->identity.publisher);
  EXPECT_THAT(fact->identity.hashes, IsEmpty());
  EXPECT_THAT(fact->paths, SizeIs(2));
}

TEST(ParseFact, UsesPathsAsTheyAre) {
  const auto fact = Parse(
      R"({"path":"x","collection":"Exe","paths":[{"text":"/a/x","verified":false},{"text":"C:\\x","case_sensitive":true}]})");
  ASSERT_TRUE(fact);
  EXPECT_THAT(fact->paths,
              ElementsAre(PathSpelling{"/a/x", false, true}, PathSpelling{"C:\\x", true, true}));
  const auto none = Parse(R"({"path":"/usr/bin/x","collection":"Exe","paths":[]})");
  ASSERT_TRUE(none);
  EXPECT_THAT(none->paths, IsEmpty());
}

TEST(ParseFact, TakesNoHashFromHashesAlone) {
  const std::string hashes =
      fmt::format(R"("hashes":[{{"type":"SHA256","form":"authenticode","data":"0x{}"}}])", kDigest);
  const auto without = Parse("{\"path\":\"a\",\"collection\":\"Exe\"," + hashes + "}");
  ASSERT_TRUE(without);
  EXPECT_THAT(without->identity.hashes, IsEmpty());
  const auto with = Parse(
      fmt::format(R"({{"path":"a","collection":"Exe","hash":{{"type":"SHA1","data":"{}"}},{}}})",
                  std::string(40, 'b'), hashes));
  ASSERT_TRUE(with) << with.error().message;
  ASSERT_THAT(with->identity.hashes, SizeIs(2));
  EXPECT_EQ(with->identity.hashes[0].digest.type, HashType::kSha1);
  EXPECT_EQ(with->identity.hashes[1].form, HashForm::kAuthenticode);
}

TEST(ParseFact, TakesADigestForNoMoreThanItsTypeSays) {
  const auto fact = Parse(fmt::format(
      R"({{"path":"a","collection":"Exe","hash":{{"type":"SHA256","data":"0x{}"}}}})", kDigest));
  ASSERT_TRUE(fact);
  const FileAttributes attributes = MakeFileAttributes(fact->identity, fact->paths, {});
  EXPECT_TRUE(attributes.sha256);
  EXPECT_FALSE(attributes.sha256_flat);
}

TEST(ParseFact, RefusesAPathLongerThanWindowsHas) {
  for (const char* line : {R"({{"path":"{}","collection":"Exe"}})",
                           R"({{"path":"a","collection":"Exe","paths":[{{"text":"{}"}}]}})"}) {
    EXPECT_TRUE(Parse(fmt::format(fmt::runtime(line), std::string(32767, 'x'))));
    const auto over = Parse(fmt::format(fmt::runtime(line), std::string(32768, 'x')));
    ASSERT_FALSE(over);
    EXPECT_EQ(over.error().code, ErrorCode::kLimitExceeded);
    EXPECT_THAT(over.error().message, HasSubstr("at most 32767"));
  }
}

TEST(ParseFact, ComparesASpellingOfAHostExactlyBehindAMacroToo) {
  const auto fact = Parse(
      R"({"path":"x","collection":"Exe","paths":[{"text":"%WINDIR%/bin/x"},{"text":"%WINDIR%\\x"}]})");
  ASSERT_TRUE(fact);
  EXPECT_THAT(fact->paths, ElementsAre(PathSpelling{"%WINDIR%/bin/x", true, true},
                                       PathSpelling{"%WINDIR%\\x", true, false}));
}

TEST(ParseFact, TakesWhatIsUnknownForUnknown) {
  const auto fact = Parse(
      R"({"path":"a","collection":"Exe","hash":null,"publisher":null,"unknown":["publisher","hash"]})");
  ASSERT_TRUE(fact) << fact.error().message;
  EXPECT_TRUE(fact->identity.unknown.hash);
  EXPECT_TRUE(fact->identity.unknown.publisher);
  const auto one = Parse(R"({"path":"a","collection":"Exe","unknown":["publisher"]})");
  ASSERT_TRUE(one);
  EXPECT_FALSE(one->identity.unknown.hash);
  EXPECT_TRUE(one->identity.unknown.publisher);
}

TEST(ParseFact, RefusesWhatIsUnknownAndYetGiven) {
  const std::string hash = R"("hash":{"type":"SHA256","data":")" + kDigest + R"("})";
  const std::string publisher = R"("publisher":{"publisher":"O=X"})";
  for (const std::string& given :
       {hash + R"(,"unknown":["hash"])", publisher + R"(,"unknown":["publisher"])"}) {
    const auto fact = Parse(R"({"path":"a","collection":"Exe",)" + given + "}");
    ASSERT_FALSE(fact) << given;
    EXPECT_EQ(fact.error().code, ErrorCode::kMalformed);
    EXPECT_THAT(fact.error().message, HasSubstr("a member that is given"));
  }
}

TEST(ParseFact, ReadsThePublisher) {
  const auto fact = Parse(
      R"({"path":"a","collection":"Exe","publisher":{"publisher":"O=X","product":"P","binary":"B","version":"1.2.3.4"}})");
  ASSERT_TRUE(fact);
  ASSERT_TRUE(fact->identity.publisher);
  EXPECT_EQ(fact->identity.publisher->publisher, "O=X");
  EXPECT_EQ(fact->identity.publisher->version, FileVersion::Of(1, 2, 3, 4));
}

TEST(ParseFact, PrefersTheBytesOfAPath) {
  const auto fact = Parse(R"({"path":"?","path_b64":"L3RtcC//","collection":null})");
  ASSERT_TRUE(fact);
  EXPECT_EQ(fact->path, "/tmp/\xFF");
  EXPECT_FALSE(fact->collection);
}

TEST(ParseFact, RefusesWhatIsNoFactAndSaysWhich) {
  const struct {
    std::string line;
    std::string word;
  } rows[] = {
      {"", "not JSON"},
      {"[]", "not a JSON object"},
      {"{", "not JSON"},
      {R"({"collection":"Exe"})", "`path` is missing"},
      {R"({"path":"","collection":"Exe"})", "`path` is missing"},
      {R"({"path":"a"})", "`collection` is missing"},
      {R"({"path":1,"collection":"Exe"})", "`path` is not a string"},
      {R"({"path":"a","collection":"Gadget"})", "Exe, Dll, Script, Msi, Appx or null"},
      {R"({"path":"a","collection":"ManagedInstaller"})", "Exe, Dll, Script"},
      {R"({"path":"a","path":"b","collection":"Exe"})", "names one member twice"},
      {R"({"path":"a","collection":"Exe","publisher":{"version":"1","version":"2"}})", "twice"},
      {R"({"path":"a\u0000b","collection":"Exe"})", "NUL"},
      {R"({"path":"a","path_b64":"???","collection":"Exe"})", "base64"},
      {R"({"path":"a","collection":"Exe","operation":"dance"})", "execute, load"},
      {R"({"path":"a","collection":"Exe","paths":{}})", "an array"},
      {R"({"path":"a","collection":"Exe","paths":[1]})", "array of objects"},
      {R"({"path":"a","collection":"Exe","paths":[{}]})", "`text`"},
      {R"({"path":"a","collection":"Exe","paths":[{"text":"a","verified":1}]})", "true or false"},
      {R"({"path":"a","collection":"Exe","hash":{"type":"MD5","data":"0x00"}})", "SHA256"},
      {R"({"path":"a","collection":"Exe","hash":{"type":"SHA256","data":"0x00"}})", "64 hex"},
      {R"({"path":"a","collection":"Exe","hash":"x"})", "an object"},
      {R"({"path":"a","collection":"Exe","publisher":"x"})", "an object or null"},
      {R"({"path":"a","collection":"Exe","publisher":{"publisher":"O=X","version":"99999.0.0.0"}})",
       "a.b.c.d"},
      {R"({"path":"a","collection":"Exe","publisher":{}})", "with a `publisher`"},
      {R"({"path":"a","collection":"Exe","unknown":"hash"})", "`unknown` is not an array"},
      {R"({"path":"a","collection":"Exe","unknown":["path"]})", "\"hash\" and \"publisher\""},
      {R"({"path":"a","collection":"Exe","unknown":[1]})", "\"hash\" and \"publisher\""},
      {R"({"path":"a","collection":"Exe"} x)", "not JSON"},
      {"{\"path\":\"\xFF\",\"collection\":\"Exe\"}", "not JSON"},
  };
  for (const auto& row : rows) {
    const auto fact = Parse(row.line);
    ASSERT_FALSE(fact) << row.line;
    EXPECT_EQ(fact.error().code, ErrorCode::kMalformed) << row.line;
    EXPECT_THAT(fact.error().message, HasSubstr(row.word)) << row.line;
  }
}

TEST(ParseFact, HasLimits) {
  const std::string head = R"({"path":"a","collection":"Exe","x":)";
  const std::string deep =
      head + std::string(kMaxJsonNesting, '[') + std::string(kMaxJsonNesting, ']') + "}";
  std::string wide = head + "[";
  for (size_t i = 0; i <= kMaxJsonValues; ++i) wide += "1,";
  wide += "1]}";
  EXPECT_FALSE(Parse(head + std::string(1'000'000, '[')));
  for (const std::string& line : {deep, wide}) {
    const auto fact = Parse(line);
    ASSERT_FALSE(fact);
    EXPECT_EQ(fact.error().code, ErrorCode::kLimitExceeded);
  }
}

std::vector<std::string> LinesOf(std::string_view text, std::string& error) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(tmpfile(), fclose);
  fwrite(text.data(), 1, text.size(), file.get());
  rewind(file.get());
  std::vector<std::string> lines;
  const auto done = ForEachFactLine(fileno(file.get()),
                                    [&](const std::string& line, uint64_t number) -> Result<void> {
                                      lines.push_back(fmt::format("{}:{}", number, line));
                                      if (line == "stop")
                                        return Fail(ErrorCode::kMalformed, "stopped");
                                      return {};
                                    });
  error = done ? "" : done.error().message;
  return lines;
}

TEST(ForEachFactLine, CountsLinesAndPassesOverEmptyOnes) {
  std::string error;
  EXPECT_THAT(LinesOf("a\n\n  \nb\r\nc", error), ElementsAre("1:a", "4:b\r", "5:c"));
  EXPECT_EQ(error, "");
  EXPECT_THAT(LinesOf("", error), IsEmpty());
}

TEST(ForEachFactLine, StopsAtAnErrorWithTheLine) {
  std::string error;
  EXPECT_THAT(LinesOf("a\nstop\nb\n", error), ElementsAre("1:a", "2:stop"));
  EXPECT_EQ(error, "line 2: stopped");
}

TEST(ForEachFactLine, RefusesALineThatIsTooLong) {
  std::string error;
  LinesOf("a\n" + std::string(kMaxFactBytes + 1, 'x'), error);
  EXPECT_THAT(error, HasSubstr("line 2: longer than"));
}

}  // namespace
}  // namespace portcullis
