// SPDX-License-Identifier: Apache-2.0
// The XML beside real events of Windows, and under a schema.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

#include "eventlog/sample_events.h"
#include "tests/support/corpus.h"

namespace portcullis::eventlog {
namespace {

namespace fs = std::filesystem;

using Names = std::vector<std::string>;

std::string ReadText(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// Start tags in their order, each with the names of its attributes. By hand: not all that people
// publish as an event is well-formed.
Names TagsOf(const std::string& xml) {
  static const std::regex tag(
      R"re(<([A-Za-z0-9]+)((?:\s+[A-Za-z]+=(?:"[^"]*"|'[^']*'))*)\s*/?>)re");
  static const std::regex attribute(R"re(([A-Za-z]+)=(?:"[^"]*"|'[^']*'))re");
  Names tags;
  for (std::sregex_iterator it(xml.begin(), xml.end(), tag), end; it != end; ++it) {
    std::string name = (*it)[1];
    const std::string attributes = (*it)[2];
    for (std::sregex_iterator a(attributes.begin(), attributes.end(), attribute); a != end; ++a) {
      if ((*a)[1] != "xmlns") name.append(" ").append((*a)[1].str());
    }
    tags.push_back(name);
  }
  return tags;
}

std::string Ours(EventId id) { return RenderXml(SampleWithoutRule(id), SampleOrigin()); }

// Windows 8 added the last three; older events end before them.
Names WithoutNewer(Names tags) {
  std::erase_if(tags, [](const std::string& tag) {
    return tag == "TargetLogonId" || tag.starts_with("FullFilePath");
  });
  return tags;
}

class RealEvents : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto folder = CorpusFile("events");
    if (!folder) GTEST_SKIP() << kCorpusAbsent;
    folder_ = *folder;
  }
  Names Theirs(std::string_view file) { return TagsOf(ReadText(folder_ / file)); }
  fs::path folder_;
};

TEST_F(RealEvents, HaveOurElementsInOurOrder) {
  EXPECT_GT(TagsOf(Ours(EventId::kProgramAudited)).size(), 30U);
  EXPECT_EQ(WithoutNewer(TagsOf(Ours(EventId::kProgramAllowed))),
            Theirs("event-8002-exe-allowed-hash-dashes.xml"));
  EXPECT_EQ(TagsOf(Ours(EventId::kProgramAudited)), Theirs("event-8003-exe-audited-publisher.xml"));
  EXPECT_EQ(TagsOf(Ours(EventId::kProgramDenied)), Theirs("event-8004-exe-denied-path.xml"));
  EXPECT_EQ(TagsOf(Ours(EventId::kPackageAllowed)), Theirs("event-8020-appx-allowed.xml"));
  EXPECT_EQ(TagsOf(Ours(EventId::kSrpDefaultLevel)), Theirs("event-865-srp-default-level.xml"));
}

TEST_F(RealEvents, HaveOurFieldsInTheirJson) {
  const std::string json = ReadText(folder_ / "event-8006-script-audited-publisher.json");
  const size_t begin = json.find("\"user_data\"");
  ASSERT_NE(begin, std::string::npos);
  const std::string data = json.substr(begin, json.find('}', begin) - begin);
  static const std::regex member("\"([A-Za-z]+)\":");
  Names theirs = {"RuleAndFileData"};  // called user_data there
  for (std::sregex_iterator it(data.begin(), data.end(), member), end; it != end; ++it) {
    theirs.push_back((*it)[1]);
  }
  Names ours = TagsOf(Ours(EventId::kScriptAudited));
  const auto first = std::ranges::find(ours, "RuleAndFileData");
  ASSERT_NE(first, ours.end());
  EXPECT_EQ(Names(first, ours.end()), theirs);
}

constexpr int kAllIds[] = {1,    2,    3,    4,    10,   11,   12,   20,   21,   30,
                           865,  866,  867,  868,  882,  8000, 8001, 8002, 8003, 8004,
                           8005, 8006, 8007, 8020, 8021, 8022, 8023, 8024, 8025, 8027};

constexpr int kValid = 0;
constexpr int kInvalid = 3;

class EventSchema : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::system("command -v xmllint > /dev/null 2>&1") != 0) GTEST_SKIP() << "xmllint absent";
    std::string pattern = (fs::temp_directory_path() / "portcullis-events-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  void Write(const std::string& name, std::string_view xml) {
    std::ofstream(folder_ / name, std::ios::binary) << xml;
  }
  // xmllint's exit status.
  int Validate() {
    // Tests run in the checkout.
    const fs::path schema = fs::absolute("eventlog/testdata/event.xsd");
    const int status = std::system(
        fmt::format("cd '{}' && xmllint --nonet --noout --schema '{}' *.xml > out 2>&1; status=$?; "
                    "[ $status = 0 ] || cat out; exit $status",
                    folder_.string(), schema.string())
            .c_str());
    return WEXITSTATUS(status);
  }
  fs::path folder_;
};

TEST_F(EventSchema, HoldsForEveryNumber) {
  for (const int number : kAllIds) {
    const auto id = static_cast<EventId>(number);
    ASSERT_NE(KindOf(id), nullptr) << number;
    Event event = EffectOf(id) ? SampleWithoutRule(id) : SampleNotice(id, "what happened");
    Write(fmt::format("{}.xml", number), RenderXml(event, SampleOrigin()));
    if (!event.decision) continue;
    event.decision->rule = SampleDenial().decision->rule;
    event.decision->file.publisher.reset();
    event.decision->file.sha256.reset();
    event.decision->file.rule_sha256.reset();
    event.decision->process.user_sid.reset();
    Write(fmt::format("{}-bare.xml", number), RenderXml(event, {}));
  }
  EXPECT_EQ(Validate(), kValid);
}

TEST_F(EventSchema, RefusesWhatIsInAnotherOrder) {
  std::string xml = Ours(EventId::kProgramDenied);
  const size_t at = xml.find("<TargetLogonId>");
  ASSERT_NE(at, std::string::npos);
  xml.replace(at, std::string("<TargetLogonId>0x4d</TargetLogonId>").size(), "");
  Write("damaged.xml", xml);
  EXPECT_EQ(Validate(), kInvalid);
}

}  // namespace
}  // namespace portcullis::eventlog
