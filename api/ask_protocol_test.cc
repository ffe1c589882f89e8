// SPDX-License-Identifier: Apache-2.0
#include "api/ask_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "api/portcullis.h"

namespace portcullis::api {
namespace {

AskRequest FullRequest() {
  AskRequest request;
  request.number = 7;
  request.fd = 5;
  request.ask_for = AskFor::kMsi;
  request.url_zone = 3;
  request.has_hash = true;
  request.hash.fill(0xAB);
  request.path = "/srv/a b\\x.msi";
  return request;
}

AskAnswer FullAnswer() {
  AskAnswer answer;
  answer.number = 7;
  answer.generation = 9;
  answer.level = PORTCULLIS_LEVEL_FULLY_TRUSTED;
  answer.flags = PORTCULLIS_RESULT_HAS_RULE;
  answer.verdict = PORTCULLIS_VERDICT_DENIED;
  answer.would_block = 1;
  answer.enforcement = PORTCULLIS_MODE_AUDIT_ONLY;
  answer.reason = PORTCULLIS_REASON_RULE;
  answer.rule_id = "a61c8b2c-a319-4cd0-9690-d2177cad7b51";
  answer.policy = "corp.xml";
  answer.rule_name = "no scripts from \xC3\xBC";
  return answer;
}

const char* Ask(const AskPacket& packet) {
  AskRequest request;
  return DecodeAsk(packet.data(), packet.size(), request);
}

const char* Answer(const AskPacket& packet) {
  AskAnswer answer;
  return DecodeAskAnswer(packet.data(), packet.size(), answer);
}

TEST(AskProtocol, ReadsAQuestionAsItWasWritten) {
  const AskPacket packet = EncodeAsk(FullRequest());
  AskRequest request;
  ASSERT_EQ(DecodeAsk(packet.data(), packet.size(), request), nullptr);
  EXPECT_EQ(request, FullRequest());
}

TEST(AskProtocol, ReadsAnAnswerAsItWasWritten) {
  for (const int32_t error : {0, PORTCULLIS_E_BUSY}) {
    AskAnswer written = FullAnswer();
    written.error = error;
    const AskPacket packet = EncodeAskAnswer(written);
    AskAnswer answer;
    ASSERT_EQ(DecodeAskAnswer(packet.data(), packet.size(), answer), nullptr);
    EXPECT_EQ(answer, written);
  }
}

TEST(AskProtocol, TakesAPathOfTheLongestLengthAndNoLongerOne) {
  AskRequest request = FullRequest();
  request.path = std::string(kMaxAskPath, 'x');
  AskPacket packet = EncodeAsk(request);
  EXPECT_EQ(packet.size(), kMaxAskBytes);
  EXPECT_EQ(Ask(packet), nullptr);
  request.path += 'x';
  EXPECT_STREQ(Ask(EncodeAsk(request)), "a path that is too long");
}

TEST(AskProtocol, RefusesWhatIsNoQuestion) {
  const AskPacket good = EncodeAsk(FullRequest());
  ASSERT_EQ(Ask(good), nullptr);
  const auto with = [&](const std::function<void(AskHead&)>& change) {
    AskPacket packet = good;
    AskHead head{};
    std::memcpy(&head, packet.data(), sizeof head);
    change(head);
    std::memcpy(packet.data(), &head, sizeof head);
    return packet;
  };
  EXPECT_STREQ(Ask(AskPacket(good.begin(), good.begin() + 71)), "shorter than its head");
  EXPECT_STREQ(Ask(AskPacket(good.begin(), good.end() - 1)), "not as long as it says");
  EXPECT_STREQ(Ask(with([](AskHead& head) { head.magic = kAnswerMagic; })), "another magic number");
  EXPECT_STREQ(Ask(with([](AskHead& head) { head.version = 2; })), "another version");
  EXPECT_STREQ(Ask(with([](AskHead& head) { head.head_bytes = 73; })), "a head of another size");
  EXPECT_STREQ(Ask(with([](AskHead& head) { head.flags |= 2; })), "a flag that is not known");
  EXPECT_STREQ(Ask(with([](AskHead& head) { head.ask_for = kAskForCount; })), "no operation");
  EXPECT_STREQ(Ask(with([](AskHead& head) { head.fd = -1; })), "no descriptor");
  EXPECT_STREQ(Ask(with([](AskHead& head) { head.fd = kMaxAskDescriptor + 1; })), "no descriptor");
  EXPECT_EQ(Ask(with([](AskHead& head) { head.fd = kMaxAskDescriptor; })), nullptr);
  EXPECT_STREQ(Ask(with([](AskHead& head) { --head.path_bytes; })), "a path of another size");
  EXPECT_STREQ(Ask(with([](AskHead& head) { head.zero[4] = 1; })),
               "something where nothing may stand");
  EXPECT_STREQ(Ask(with([](AskHead& head) { head.flags = 0; })),
               "a hash that it does not speak of");
  AskPacket with_nul = good;
  with_nul.back() = '\0';
  EXPECT_STREQ(Ask(with_nul), "a 0 in its path");
}

TEST(AskProtocol, RefusesWhatIsNoAnswer) {
  const AskPacket good = EncodeAskAnswer(FullAnswer());
  ASSERT_EQ(Answer(good), nullptr);
  const auto with = [&](const std::function<void(AnswerHead&)>& change) {
    AskPacket packet = good;
    AnswerHead head{};
    std::memcpy(&head, packet.data(), sizeof head);
    change(head);
    std::memcpy(packet.data(), &head, sizeof head);
    return packet;
  };
  EXPECT_STREQ(Answer(with([](AnswerHead& head) { head.error = 1; })), "no error number");
  EXPECT_STREQ(Answer(with([](AnswerHead& head) { head.verdict = 4; })), "no verdict");
  EXPECT_STREQ(Answer(with([](AnswerHead& head) { head.enforcement = 3; })), "no mode");
  EXPECT_STREQ(Answer(with([](AnswerHead& head) { head.would_block = 2; })), "neither yes nor no");
  EXPECT_STREQ(Answer(with([](AnswerHead& head) { head.rule_id[8] = '0'; })), "no rule's id");
  EXPECT_STREQ(Answer(with([](AnswerHead& head) { ++head.policy_bytes; })),
               "texts of another size");
  EXPECT_STREQ(Answer(with([](AnswerHead& head) { head.policy_bytes = kMaxAnswerPolicy + 1; })),
               "a policy's name that is too long");
  EXPECT_STREQ(
      Answer(with([](AnswerHead& head) { head.rule_name_bytes = kMaxAnswerRuleName + 1; })),
      "a rule's name that is too long");
}

TEST(AskProtocol, CutsLongTextsOfAnAnswerBetweenCharacters) {
  AskAnswer written = FullAnswer();
  written.policy = std::string(kMaxAnswerPolicy, 'p');
  written.rule_name = std::string(kMaxAnswerRuleName, 'r');
  AskAnswer answer;
  AskPacket packet = EncodeAskAnswer(written);
  EXPECT_EQ(packet.size(), kMaxAskAnswerBytes);
  ASSERT_EQ(DecodeAskAnswer(packet.data(), packet.size(), answer), nullptr);
  EXPECT_EQ(answer, written);
  written.rule_name.replace(kMaxAnswerRuleName - 1, 1, "\xC3\xBC");
  packet = EncodeAskAnswer(written);
  ASSERT_EQ(DecodeAskAnswer(packet.data(), packet.size(), answer), nullptr);
  EXPECT_EQ(answer.rule_name, std::string(kMaxAnswerRuleName - 1, 'r'));
  EXPECT_EQ(answer.flags, written.flags | PORTCULLIS_RESULT_TEXT_CUT);
}

}  // namespace
}  // namespace portcullis::api
