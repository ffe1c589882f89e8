// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "cli/test_io.h"
#include "tests/support/corpus.h"

namespace portcullis::cli {
namespace {

using ::testing::HasSubstr;

Ran RunWithInput(const std::vector<std::string>& arguments, std::string_view input) {
  const Folder folder;
  const UniqueFd in(open(folder.Write("in", input).c_str(), O_RDONLY | O_CLOEXEC));
  return RunCli(arguments, in.get());
}

Ran Check(const std::vector<std::string>& arguments) {
  std::vector<std::string> all = {"sddl", "check"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return RunCli(all);
}

TEST(Sddl, ParseAnswersEveryLineWithOneObject) {
  const Ran ran =
      RunWithInput({"sddl", "parse"}, "D:(A;;0x1f01ff;;;S-1-1-0)\r\n\nD:(A;;FA;;;DA)\nO:BA");
  EXPECT_EQ(ran.status, ExitStatus::kFound);
  const auto objects = ran.objects();
  ASSERT_EQ(objects.size(), 4U);
  EXPECT_EQ(ran.lines()[0], R"j({"ok":true,"sddl":"D:(A;;FA;;;WD)",)j"
                            R"j("binary":"0100048000000000000000000000000014000000)j"
                            R"j(02001c000100000000001400ff011f00010100000000000100000000"})j");
  EXPECT_EQ(TextOf(objects[1], "sddl"), "");
  EXPECT_EQ(TextOf(objects[2], "ok"), "false");
  EXPECT_THAT(TextOf(objects[2], "error"), HasSubstr("offset 11"));
  EXPECT_EQ(TextOf(objects[3], "sddl"), "O:BA");
}

TEST(Sddl, ParseTakesTheDomainOfAliases) {
  const Ran ran = RunWithInput({"sddl", "parse", "--domain-sid", "S-1-5-21-1-2-3"},
                               "D:(A;;FA;;;DA)\nO:S-1-5-21-1-2-3-500\n");
  EXPECT_EQ(ran.status, ExitStatus::kDone);
  EXPECT_EQ(TextOf(ran.objects()[0], "sddl"), "D:(A;;FA;;;DA)");
  EXPECT_EQ(TextOf(ran.objects()[1], "sddl"), "O:LA");
  EXPECT_EQ(RunWithInput({"sddl", "parse", "--domain-sid", "XY"}, "").status, ExitStatus::kUsage);
}

TEST(Sddl, PrintReadsWhatParseWrote) {
  const std::string sddl = R"(O:BAD:P(XD;OI;FX;;;WD;(@USER.a Any_of {1, "x"}))S:)";
  const Ran parsed = RunWithInput({"sddl", "parse"}, sddl);
  const Ran printed =
      RunWithInput({"sddl", "print"}, TextOf(parsed.objects()[0], "binary") + "\n0\nzz\n00");
  EXPECT_EQ(printed.status, ExitStatus::kFound);
  const auto objects = printed.objects();
  ASSERT_EQ(objects.size(), 4U);
  EXPECT_EQ(printed.lines()[0], parsed.lines()[0]);
  EXPECT_EQ(TextOf(objects[0], "sddl"), sddl);
  for (size_t i = 1; i < 4; ++i) EXPECT_EQ(TextOf(objects[i], "ok"), "false");
}

TEST(Sddl, CheckTracesEveryAceAndSubExpression) {
  const Ran ran = Check({"--trace", "--access", "FX", "--token",
                         R"({"sids":["BU"],"user_claims":{"Level":3,"Tags":["a","b"]},)"
                         R"("device_claims":{"n":-1,"ok":true}})",
                         "D:(A;;FX;;;SY)(XD;;FX;;;BU;(@User.Level > 3 && @User.No == 1))"
                         "(XA;;FX;;;BU;(@User.Tags Contains \"B\" && @Device.n < 0 && "
                         "@Device.ok == 1))"});
  EXPECT_EQ(ran.status, ExitStatus::kDone) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr(R"j({"granted":true,"access":1179808,"deciding_ace":2,"trace":[)j"
                                 R"j({"ace":"(A;;FX;;;SY)","outcome":"other SID",)j"
                                 R"j("condition":null,"expressions":[]})j"));
  EXPECT_THAT(ran.out, HasSubstr(R"("outcome":"condition fails","condition":"false")"));
  EXPECT_THAT(ran.out, HasSubstr(R"({"text":"@USER.No == 1","value":"unknown","misfit":false})"));
}

TEST(Sddl, CheckDeniesWhatTheTokenDoesNotGet) {
  const std::string sddl = "D:(A;;FX;;;BA)";
  EXPECT_EQ(Check({"--access", "32", "--token", R"({"sids":["WD"]})", sddl}).out,
            "{\"granted\":false,\"access\":32,\"deciding_ace\":null}\n");
  EXPECT_EQ(Check({"--access", "32", "--token", R"({"deny_only_sids":["BA"]})", sddl}).status,
            ExitStatus::kFound);
  EXPECT_EQ(
      Check({"--access", "32", "--token", R"({"sids":["BA"],"restricted_sids":[]})", sddl}).status,
      ExitStatus::kFound);
}

TEST(Sddl, CheckRefusesWhatItCanNotRead) {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"--access", "1", "--token", "{", "D:"}, "token: "},
      {{"--access", "1", "--token", "[]", "D:"}, "not a JSON object"},
      {{"--access", "1", "--token", R"({"sid":[]})", "D:"}, "not a member of a token"},
      {{"--access", "1", "--token", R"({"sids":["Q"]})", "D:"}, "neither a SID nor the alias"},
      {{"--access", "1", "--token", R"({"user_claims":{"a":1.5}})", "D:"}, "whole number"},
      {{"--access", "1", "--token", R"({"user_claims":{"a":[1,"b"]}})", "D:"}, "several types"},
      {{"--access", "1", "--token", R"({"user_claims":{"a":{"sddl_literal":"1 2"}}})", "D:"},
       "more behind"},
      {{"--access", "0", "--token", "{}", "D:"}, "no right is asked for"},
      {{"--access", "-1", "--token", "{}", "D:"}, "--access"},
      {{"--access", "1", "--token", "{}", "D:(A;;;;;)"}, "offset 9"},
  };
  for (const auto& [arguments, why] : cases) {
    const Ran ran = Check(arguments);
    EXPECT_EQ(ran.status, ExitStatus::kFailed) << why;
    EXPECT_THAT(ran.err, HasSubstr(why));
    EXPECT_EQ(ran.out, "");
  }
  EXPECT_EQ(Check({"D:"}).status, ExitStatus::kUsage);
}

TEST(Sddl, CheckDecidesAsTheCorpusDoes) {
  const auto path = CorpusFile("sddl/conditional-access-check.jsonl");
  if (!path) GTEST_SKIP() << kCorpusAbsent;
  std::ifstream file(*path);
  for (std::string line; std::getline(file, line);) {
    const auto vector = nlohmann::json::parse(line);
    std::vector<std::string> arguments = {
        "--token", vector.at("token").dump(), "--access",
        std::to_string(vector.at("access_desired").get<uint32_t>())};
    if (vector.contains("domain_sid")) {
      arguments.insert(arguments.end(), {"--domain-sid", vector.at("domain_sid")});
    }
    arguments.push_back(vector.at("sddl"));
    const Ran ran = Check(arguments);
    ASSERT_EQ(ran.objects().size(), 1U) << line << ran.err;
    EXPECT_EQ(TextOf(ran.objects()[0], "granted"),
              vector.at("expect") == "allow" ? "true" : "false")
        << line;
  }
}

}  // namespace
}  // namespace portcullis::cli
