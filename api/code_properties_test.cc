// SPDX-License-Identifier: Apache-2.0
#include "api/code_properties.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

namespace portcullis::api {
namespace {

portcullis_code Code() {
  portcullis_code code = PORTCULLIS_CODE_INIT;
  code.fd = 3;
  code.policy_name = "Script";
  return code;
}

int Read(const portcullis_code& code) {
  AskRequest request;
  return ReadCode(code, request);
}

TEST(CodeProperties, NameTheRulesByCollectionOperationOrHost) {
  EXPECT_EQ(FindAskFor("SCRIPT"), AskFor::kScript);
  EXPECT_EQ(FindAskFor("eXe"), AskFor::kExe);
  EXPECT_EQ(FindAskFor("load"), AskFor::kDll);
  EXPECT_EQ(FindAskFor("msiexec"), AskFor::kMsi);
  EXPECT_EQ(FindAskFor("Python"), AskFor::kScript);
  EXPECT_EQ(FindAskFor("APPX"), AskFor::kAppx);
  EXPECT_EQ(FindAskFor("WLDPSCRIPT"), std::nullopt);
  EXPECT_EQ(FindAskFor(""), std::nullopt);
}

TEST(CodeProperties, ClassifyByExtensionWhereNoNameIsGiven) {
  EXPECT_STREQ(portcullis_policy_name("/a/b.PS1"), "SCRIPT");
  EXPECT_STREQ(portcullis_policy_name("setup.msi"), "MSI");
  EXPECT_STREQ(portcullis_policy_name("C:\\x.y\\a.exe"), "EXE");
  EXPECT_EQ(portcullis_policy_name("/a.sh/run"), nullptr);
  EXPECT_EQ(portcullis_policy_name("C:\\a.sh\\run"), nullptr);
  EXPECT_EQ(portcullis_policy_name("/a/notes.txt"), nullptr);
  EXPECT_EQ(portcullis_policy_name(nullptr), nullptr);
  portcullis_code code = Code();
  code.policy_name = nullptr;
  EXPECT_EQ(Read(code), PORTCULLIS_E_INVALID);
  code.path = "/opt/a.sh";
  AskRequest request;
  ASSERT_EQ(ReadCode(code, request), 0);
  EXPECT_EQ(request.ask_for, AskFor::kScript);
  EXPECT_EQ(request.path, "/opt/a.sh");
}

TEST(CodeProperties, AreRefusedWhereTheyAreNotAsTheHeaderSays) {
  EXPECT_EQ(Read(Code()), 0);
  portcullis_code code = Code();
  code.size = sizeof(code) - 1;
  EXPECT_EQ(Read(code), PORTCULLIS_E_INVALID);
  code = Code();
  code.fd = -1;
  EXPECT_EQ(Read(code), PORTCULLIS_E_BAD_FILE);
  code = Code();
  code.reserved = 1;
  EXPECT_EQ(Read(code), PORTCULLIS_E_INVALID);
  code = Code();
  code.policy_name = "SHELL";
  EXPECT_EQ(Read(code), PORTCULLIS_E_UNSUPPORTED);
  const std::string longest(PORTCULLIS_MAX_POLICY_NAME, 'x');
  code.policy_name = longest.c_str();
  EXPECT_EQ(Read(code), PORTCULLIS_E_UNSUPPORTED);
  const std::string too_long(PORTCULLIS_MAX_POLICY_NAME + 1, 'x');
  code.policy_name = too_long.c_str();
  EXPECT_EQ(Read(code), PORTCULLIS_E_INVALID);
  code = Code();
  const std::string path(PORTCULLIS_MAX_PATH, 'p');
  code.path = path.c_str();
  EXPECT_EQ(Read(code), 0);
  const std::string too_long_path(PORTCULLIS_MAX_PATH + 1, 'p');
  code.path = too_long_path.c_str();
  EXPECT_EQ(Read(code), PORTCULLIS_E_INVALID);
}

TEST(CodeProperties, TakeAHashOfTheRightSizeAlone) {
  const unsigned char hash[32] = {1, 2, 3};
  portcullis_code code = Code();
  code.hash_type = PORTCULLIS_HASH_SHA256;
  code.hash = hash;
  code.hash_size = 32;
  AskRequest request;
  ASSERT_EQ(ReadCode(code, request), 0);
  EXPECT_TRUE(request.has_hash);
  EXPECT_EQ(request.hash[2], 3);
  code.hash_size = 20;
  EXPECT_EQ(Read(code), PORTCULLIS_E_INVALID);
  code.hash_size = 32;
  code.hash = nullptr;
  EXPECT_EQ(Read(code), PORTCULLIS_E_INVALID);
  code.hash = hash;
  code.hash_type = 2;
  EXPECT_EQ(Read(code), PORTCULLIS_E_UNSUPPORTED);
  code.hash_type = PORTCULLIS_HASH_NONE;
  EXPECT_EQ(Read(code), PORTCULLIS_E_INVALID);
}

TEST(CodeProperties, OfANewerCallerAreTakenWhereWhatIsNewIsNotSet) {
  std::vector<unsigned char> bytes(sizeof(portcullis_code) + 8);
  auto* const code = reinterpret_cast<portcullis_code*>(bytes.data());
  *code = Code();
  code->size = static_cast<uint32_t>(bytes.size());
  EXPECT_EQ(Read(*code), 0);
  bytes.back() = 1;
  EXPECT_EQ(Read(*code), PORTCULLIS_E_INVALID);
}

TEST(CodeResult, IsARefusalUntilThereIsAnAnswer) {
  std::vector<unsigned char> bytes(sizeof(portcullis_result) + 8, 0xFF);
  auto* const result = reinterpret_cast<portcullis_result*>(bytes.data());
  result->size = static_cast<uint32_t>(bytes.size());
  result->level = PORTCULLIS_LEVEL_FULLY_TRUSTED;
  ASSERT_TRUE(ClearResult(*result));
  EXPECT_EQ(result->level, PORTCULLIS_LEVEL_DISALLOWED);
  EXPECT_EQ(result->would_block, 1U);
  EXPECT_EQ(bytes.back(), 0) << "what a newer caller has behind it is cleared";
  EXPECT_EQ(result->size, bytes.size());
  AskAnswer failed;
  failed.error = PORTCULLIS_E_BUSY;
  failed.level = PORTCULLIS_LEVEL_FULLY_TRUSTED;
  WriteResult(failed, *result);
  EXPECT_EQ(result->level, PORTCULLIS_LEVEL_DISALLOWED);
  result->size = sizeof(portcullis_result) - 1;
  EXPECT_FALSE(ClearResult(*result));
}

TEST(CodeResult, HasWhatTheServiceSaid) {
  portcullis_result result = PORTCULLIS_RESULT_INIT;
  ASSERT_TRUE(ClearResult(result));
  AskAnswer answer;
  answer.level = PORTCULLIS_LEVEL_FULLY_TRUSTED;
  answer.generation = 4;
  answer.rule_id = "a61c8b2c-a319-4cd0-9690-d2177cad7b51";
  answer.rule_name = "a rule";
  answer.policy = "corp.xml";
  WriteResult(answer, result);
  EXPECT_EQ(result.level, PORTCULLIS_LEVEL_FULLY_TRUSTED);
  EXPECT_EQ(result.generation, 4U);
  EXPECT_STREQ(result.rule_id, "a61c8b2c-a319-4cd0-9690-d2177cad7b51");
  EXPECT_STREQ(result.rule_name, "a rule");
  EXPECT_STREQ(result.policy, "corp.xml");
}

TEST(CodeResult, HasWordsForItsNumbers) {
  EXPECT_STREQ(portcullis_error_text(PORTCULLIS_E_NO_SERVICE), "no service of portcullis runs");
  EXPECT_STREQ(portcullis_error_text(-4000), "an unknown error");
  EXPECT_STREQ(portcullis_level_name(PORTCULLIS_LEVEL_NORMAL_USER), "basic-user");
  EXPECT_STREQ(portcullis_verdict_name(PORTCULLIS_VERDICT_DENIED_BY_DEFAULT), "DeniedByDefault");
  EXPECT_STREQ(portcullis_reason_name(PORTCULLIS_REASON_NO_RULES), "no-rules");
}

}  // namespace
}  // namespace portcullis::api
