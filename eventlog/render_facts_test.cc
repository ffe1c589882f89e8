// SPDX-License-Identifier: Apache-2.0
// That `test --facts` takes them is tested in cli.
#include <gtest/gtest.h>

#include "eventlog/sample_events.h"
#include "tests/support/flat_json.h"

namespace portcullis::eventlog {
namespace {

testing::FlatJson Read(const Event& event) {
  return testing::ReadFlatJson(RenderFacts(event)).value_or(testing::FlatJson{{"not", "JSON"}});
}

TEST(RenderFacts, WritesTheFileAsInspectDoes) {
  const testing::FlatJson expected = {
      {"/schema", "1"},
      {"/path", "/home/alice/tool"},
      {"/operation", "execute"},
      {"/collection", "Exe"},
      {"/size", "182736"},
      {"/sha256", std::string(64, 'a')},
      {"/hash/type", "SHA256"},
      {"/hash/form", "authenticode"},
      {"/hash/data", "0x" + std::string(64, 'b')},
      {"/hashes/0/type", "SHA256"},
      {"/hashes/0/form", "authenticode"},
      {"/hashes/0/data", "0x" + std::string(64, 'b')},
      {"/hashes/1/type", "SHA256Flat"},
      {"/hashes/1/form", "flat"},
      {"/hashes/1/data", "0x" + std::string(64, 'a')},
      {"/publisher/publisher", "O=ACME, L=BERLIN, C=DE"},
      {"/publisher/product", "TOOL"},
      {"/publisher/binary", "TOOL.EXE"},
      {"/publisher/version", "2.1.3.0"},
      {"/unknown", "[]"},
  };
  EXPECT_EQ(Read(SampleDenial()), expected);
}

TEST(RenderFacts, CallsADigestOfTheWholeFileFlat) {
  Event event = SampleDenial();
  event.decision->file.rule_sha256 = event.decision->file.sha256;
  EXPECT_EQ(Read(event)["/hash/form"], "flat");
}

TEST(RenderFacts, NamesWhatWasNotKnown) {
  Event event = SampleDenial();
  event.decision->file.unknown.hash = true;  // though it is known by now
  auto json = Read(event);
  EXPECT_EQ(json["/unknown/0"], "hash");
  EXPECT_EQ(json["/hash"], "null");
  EXPECT_EQ(json["/publisher/product"], "TOOL");
  event.decision->file = {};
  event.decision->file.path = "/x";
  json = Read(event);
  EXPECT_EQ(json["/unknown/0"], "hash");
  EXPECT_EQ(json["/unknown/1"], "publisher");
}

TEST(RenderFacts, HasAFileWithoutADigestForRulesAsOneWithoutAHash) {
  Event event = SampleDenial();
  event.decision->file.rule_sha256.reset();  // a PE file that breaks its format
  event.decision->file.publisher.reset();
  auto json = Read(event);
  EXPECT_EQ(json["/hash"], "null");
  EXPECT_EQ(json["/publisher"], "null");
  EXPECT_EQ(json["/unknown"], "[]");
}

TEST(RenderFacts, ClaimsAPathThatWasNotVerified) {
  Event event = SampleDenial();
  event.decision->file.path_verified = false;
  event.decision->file.path = "/a\xFF";
  auto json = Read(event);
  EXPECT_EQ(json["/path_b64"], "L2H/");
  EXPECT_EQ(json["/paths/0/text_b64"], "L2H/");
  EXPECT_EQ(json["/paths/0/verified"], "false");
  event.decision->file.path.clear();
  json = Read(event);
  EXPECT_EQ(json["/path"], "-");
  EXPECT_EQ(json["/paths"], "[]");
}

TEST(RenderFacts, IsEmptyForWhatIsNoDecision) {
  EXPECT_EQ(RenderFacts(SampleNotice(EventId::kStarted, "up")), "");
}

}  // namespace
}  // namespace portcullis::eventlog
