// SPDX-License-Identifier: Apache-2.0
#include "api/control_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace portcullis::api {
namespace {

using Word = ControlAnswer::Word;
using ::testing::HasSubstr;

TEST(ControlMessage, ReadsWhatItWrites) {
  for (const ControlRequest request : {ControlRequest::kStatus, ControlRequest::kReload}) {
    EXPECT_EQ(DecodeRequest(EncodeRequest(request)), request);
  }
  for (const Word word : {Word::kDone, Word::kNotPermitted, Word::kRefused, Word::kBusy}) {
    const ControlAnswer answer{word, "generation 3\nmore"};
    const auto read = DecodeAnswer(EncodeAnswer(answer));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, answer);
  }
}

TEST(ControlMessage, HasTheFormOfThePage) {
  EXPECT_EQ(EncodeRequest(ControlRequest::kStatus), "portcullis-control 1 status\n");
  EXPECT_EQ(EncodeAnswer({Word::kDone, "generation 3\n"}),
            "portcullis-control 1 done\ngeneration 3\n");
}

TEST(ControlMessage, RefusesWhatIsNoRequest) {
  struct Row {
    std::string packet;
    ErrorCode code;
    const char* word;
  };
  const Row rows[] = {
      {"", ErrorCode::kMalformed, "protocol"},
      {"GET / HTTP/1.1\r\n\r\n", ErrorCode::kMalformed, "protocol"},
      {"portcullis-control 1 status", ErrorCode::kMalformed, "does not end"},
      {"portcullis-control 1 status\nx", ErrorCode::kMalformed, "more than its first line"},
      {"portcullis-control 2 status\n", ErrorCode::kUnsupported, "version 1"},
      {"portcullis-control 1 stop\n", ErrorCode::kUnsupported, "not known"},
      {"portcullis-control 1 \n", ErrorCode::kUnsupported, "not known"},
      {std::string("portcullis-control 1 status\0\n", 29), ErrorCode::kUnsupported, "not known"},
      {"portcullis-control 1 " + std::string(100, 'x') + "\n", ErrorCode::kLimitExceeded, "64"},
  };
  for (const Row& row : rows) {
    const auto refused = DecodeRequest(row.packet);
    ASSERT_FALSE(refused) << row.packet;
    EXPECT_EQ(refused.error().code, row.code) << row.packet;
    EXPECT_THAT(refused.error().message, HasSubstr(row.word));
  }
}

TEST(ControlMessage, KeepsAnswersWithinTheirLimit) {
  const std::string packet = EncodeAnswer({Word::kDone, std::string(2 * kMaxAnswerBytes, 'x')});
  EXPECT_EQ(packet.size(), kMaxAnswerBytes);
  EXPECT_TRUE(DecodeAnswer(packet));
  const auto refused = DecodeAnswer(packet + "x");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace portcullis::api
