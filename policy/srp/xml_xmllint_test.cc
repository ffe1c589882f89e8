// SPDX-License-Identifier: Apache-2.0
// A second opinion: `xmllint --schema` with our own schema over policies as they are written, and
// over ones that were damaged in many ways.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>

#include "policy/srp/xml_reader.h"
#include "policy/srp/xml_writer.h"
#include "tests/support/random_srp_policy.h"
#include "tests/support/xml_mutator.h"
#include "tests/support/xmllint.h"

namespace portcullis::srp {
namespace {

namespace fs = std::filesystem;
using testing::Opinion;

// Tests run in the checkout.
fs::path Schema() { return fs::absolute("share/schemas/srp-policy.xsd"); }

// What a schema can not say.
constexpr std::array<std::string_view, 8> kBeyondSchema = {
    "stands there already", "digits of ", "thumbprint", "CDATA", "1234567Z", "at most",
    "of 32 bits",           "of 64 bits"};
bool IsBeyondSchema(std::string_view message) {
  return std::ranges::any_of(kBeyondSchema, [&](std::string_view part) {
    return message.find(part) != std::string_view::npos;
  });
}

TEST(SrpXmllint, AcceptsWhatIsWritten) {
  if (!testing::HasXmllint()) GTEST_SKIP() << "xmllint absent";
  std::vector<std::string> texts;
  for (uint32_t seed = 0; seed < 300; ++seed) {
    texts.push_back(WriteSrpXml(RandomSrpPolicy(seed)).value());
  }
  const auto said = testing::AskXmllint(Schema(), texts);
  for (size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(said[i], Opinion::kValid) << texts[i];
}

TEST(SrpXmllint, AgreesOnDamagedPolicies) {
  if (!testing::HasXmllint()) GTEST_SKIP() << "xmllint absent";
  std::vector<std::string> texts;
  for (uint32_t seed = 0; seed < 2000; ++seed) {
    XmlNode tree = ParseXmlTree(*WriteSrpXml(RandomSrpPolicy(seed)));
    XmlMutator(seed).Mutate(tree);
    texts.push_back(WriteXmlTree(tree));
  }
  const auto said = testing::AskXmllint(Schema(), texts);
  std::map<Opinion, size_t> opinions;
  for (size_t i = 0; i < texts.size(); ++i) {
    ++opinions[said[i]];
    const auto policy = ReadSrpXml(AsBytes(texts[i]));
    if (!policy && said[i] == Opinion::kValid && IsBeyondSchema(policy.error().message)) continue;
    ASSERT_EQ(policy.has_value(), said[i] == Opinion::kValid)
        << (policy ? "accepted" : policy.error().message) << "\n"
        << texts[i].substr(0, 5000);
  }
  EXPECT_GT(opinions[Opinion::kValid], 100U);
  EXPECT_GT(opinions[Opinion::kInvalid], 500U);
}

}  // namespace
}  // namespace portcullis::srp
