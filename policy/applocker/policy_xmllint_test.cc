// SPDX-License-Identifier: Apache-2.0
// A second opinion: `xmllint --schema` with Microsoft's schema over valid policies that were
// damaged in many ways. PORTCULLIS_DIFFERENTIAL sets how many (2000).
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "policy/applocker/policy_reader.h"
#include "policy/applocker/policy_writer.h"
#include "tests/support/corpus.h"
#include "tests/support/random_policy.h"
#include "tests/support/xml_mutator.h"
#include "tests/support/xmllint.h"

namespace portcullis::applocker {
namespace {

namespace fs = std::filesystem;
using testing::Opinion;

PolicyDocument ReadBySchema(const std::string& text) {
  return ReadPolicy(MemorySource(AsBytes(text)), {.schema_only = true});
}

size_t WantedTexts() {
  const char* const wanted = std::getenv("PORTCULLIS_DIFFERENTIAL");
  return wanted != nullptr ? std::strtoul(wanted, nullptr, 10) : 2000;
}

class PolicyXmllint : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testing::HasXmllint()) GTEST_SKIP() << "xmllint absent";
    const auto schema = CorpusFile("policies/applocker-windows-ddf.xsd");
    if (!schema) GTEST_SKIP() << kCorpusAbsent;
    schema_ = *schema;
  }
  fs::path schema_;
};

TEST_F(PolicyXmllint, AgreesOnDamagedPolicies) {
  constexpr size_t kBatch = 1000;
  std::map<Opinion, size_t> opinions;
  uint32_t seed = 0;
  for (size_t left = WantedTexts(); left > 0;) {
    std::vector<std::string> texts;
    for (size_t i = 0; i < std::min(left, kBatch); ++i) {
      ++seed;
      XmlNode tree = ParseXmlTree(*WritePolicy(RandomPolicy(seed).Make(2)));
      XmlMutator(seed).Mutate(tree);
      texts.push_back(WriteXmlTree(tree));
    }
    left -= texts.size();
    const std::vector<Opinion> said = testing::AskXmllint(schema_, texts);
    for (size_t i = 0; i < texts.size(); ++i) {
      ++opinions[said[i]];
      const auto document = ReadBySchema(texts[i]);
      // The schema would look into a policy inside of a policy; this project does not.
      const bool has_nested_policy = std::ranges::find(document.warnings, "nested-policy",
                                                       &Diagnostic::id) != document.warnings.end();
      if (has_nested_policy) continue;
      ASSERT_EQ(document.accepted(), said[i] == Opinion::kValid)
          << (document.errors.empty() ? "accepted" : ToString(document.errors.front())) << "\n"
          << texts[i].substr(0, 20'000);
    }
  }
  EXPECT_GT(opinions[Opinion::kValid], WantedTexts() / 10);
  EXPECT_GT(opinions[Opinion::kInvalid], WantedTexts() / 3);
}

struct Disagreement {
  std::string_view why;
  std::string text;
  Opinion xmllint;
  bool is_accepted;  // here, with schema_only
};

TEST_F(PolicyXmllint, DisagreesOnlyWhereThatIsIntended) {
  const auto extensions = [](std::string_view redstone, std::string_view more) {
    return fmt::format(
        "<AppLockerPolicy Version='1'><RuleCollection Type='Exe'><RuleCollectionExtensions>"
        "<ThresholdExtensions/><RedstoneExtensions>{}</RedstoneExtensions>{}"
        "</RuleCollectionExtensions></RuleCollection></AppLockerPolicy>",
        redstone, more);
  };
  const std::vector<Disagreement> cases = {
      {"XML Schema trims numbers; libxml2 does not trim an xs:unsignedInt",
       extensions("<OriginDataRevocation CurrentOriginDataId=' 1 ' TrustedOriginDataId='2'/>", ""),
       Opinion::kInvalid, true},
      {"a policy in a policy's extensions is not looked into (and refused but for schema_only)",
       extensions("", "<AppLockerPolicy/>"), Opinion::kInvalid, true},
      {"nor is xsi:type",
       extensions("", "<a xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:type='None'/>"),
       Opinion::kInvalid, true},
      {"a lone RuleCollection is what device management delivers", "<RuleCollection Type='Exe'/>",
       Opinion::kInvalid, true},
      {"no document type, whatever it holds",
       "<!DOCTYPE AppLockerPolicy><AppLockerPolicy Version='1'/>", Opinion::kValid, false},
      {"XML 1.0 alone", "<?xml version='1.1'?><AppLockerPolicy Version='1'/>", Opinion::kValid,
       false},
      {"UTF-8 and UTF-16 alone",
       "<?xml version='1.0' encoding='iso-8859-1'?><AppLockerPolicy Version='1'/>", Opinion::kValid,
       false},
  };
  std::vector<std::string> texts;
  texts.reserve(cases.size());
  for (const Disagreement& disagreement : cases) texts.push_back(disagreement.text);
  const std::vector<Opinion> said = testing::AskXmllint(schema_, texts);
  for (size_t i = 0; i < cases.size(); ++i) {
    EXPECT_EQ(said[i], cases[i].xmllint) << cases[i].why;
    EXPECT_EQ(ReadBySchema(texts[i]).accepted(), cases[i].is_accepted) << cases[i].why;
  }
}

}  // namespace
}  // namespace portcullis::applocker
