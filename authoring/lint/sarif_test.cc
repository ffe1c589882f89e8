// SPDX-License-Identifier: Apache-2.0
// Holds the output to the parts of SARIF 2.1.0's schema that readers need.
#include "authoring/lint/sarif.h"

#include <gmock/gmock.h>

#include <set>

#include "authoring/lint/test_policies.h"
#include "base/json_value.h"

namespace portcullis::lint {
namespace {

using ::testing::HasSubstr;

std::string Text(const JsonValue& object, std::string_view key) {
  const JsonValue* const value = object.Find(key);
  return value == nullptr || value->AsString() == nullptr ? "" : *value->AsString();
}
const JsonValue& At(const JsonValue& array, size_t index) { return array.AsArray()->at(index); }

JsonValue SarifOfTwoFiles() {
  const std::string xml = PolicyXml({{"Exe", "Enabled", {{Path("%TEMP%\\*")}}}});
  const std::vector<FileFindings> files = {{"my policies/a%.xml", Lint(xml)}, {"b.xml", Lint(xml)}};
  auto parsed = ParseJson(SarifOf(files, AllChecks(), "1.2.3"));
  EXPECT_TRUE(parsed) << parsed.error().message;
  return parsed.value_or(JsonValue());
}

TEST(Sarif, HasOneRunOfTheTool) {
  const JsonValue sarif = SarifOfTwoFiles();
  EXPECT_EQ(Text(sarif, "version"), "2.1.0");
  EXPECT_THAT(Text(sarif, "$schema"), HasSubstr("sarif-2.1.0"));
  ASSERT_EQ(sarif.Find("runs")->AsArray()->size(), 1U);
  const JsonValue& run = At(*sarif.Find("runs"), 0);
  EXPECT_EQ(Text(run, "columnKind"), "unicodeCodePoints");
  const JsonValue& driver = *run.Find("tool")->Find("driver");
  EXPECT_EQ(Text(driver, "name"), "portcullis");
  EXPECT_EQ(Text(driver, "version"), "1.2.3");
}

TEST(Sarif, DescribesEveryCheckAsARule) {
  const JsonValue sarif = SarifOfTwoFiles();
  const JsonValue& driver = *At(*sarif.Find("runs"), 0).Find("tool")->Find("driver");
  const auto& rules = *driver.Find("rules")->AsArray();
  ASSERT_EQ(rules.size(), AllChecks().size());
  std::set<std::string> ids;
  for (const JsonValue& rule : rules) {
    EXPECT_TRUE(ids.insert(Text(rule, "id")).second);
    EXPECT_NE(Text(*rule.Find("help"), "text"), "");
    EXPECT_NE(Text(*rule.Find("shortDescription"), "text"), "");
    const std::set<std::string> levels = {"note", "warning", "error"};
    EXPECT_TRUE(levels.contains(Text(*rule.Find("defaultConfiguration"), "level")));
  }
}

TEST(Sarif, PlacesEachResultInItsFile) {
  const JsonValue sarif = SarifOfTwoFiles();
  const JsonValue& run = At(*sarif.Find("runs"), 0);
  const auto& rules = *run.Find("tool")->Find("driver")->Find("rules")->AsArray();
  std::set<std::string> files;
  for (const JsonValue& result : *run.Find("results")->AsArray()) {
    const uint64_t index = *result.Find("ruleIndex")->AsUnsigned();
    EXPECT_EQ(Text(rules.at(index), "id"), Text(result, "ruleId"));
    EXPECT_NE(Text(*result.Find("message"), "text"), "");
    const JsonValue& location = At(*result.Find("locations"), 0);
    const JsonValue& physical = *location.Find("physicalLocation");
    files.insert(Text(*physical.Find("artifactLocation"), "uri"));
    EXPECT_GE(*physical.Find("region")->Find("startLine")->AsUnsigned(), 1U);
    EXPECT_GE(*physical.Find("region")->Find("startColumn")->AsUnsigned(), 1U);
    EXPECT_THAT(Text(At(*location.Find("logicalLocations"), 0), "fullyQualifiedName"),
                HasSubstr("Exe"));
  }
  EXPECT_EQ(files, (std::set<std::string>{"my%20policies/a%25.xml", "b.xml"}));
}

TEST(FindingJson, SaysAllOfAFinding) {
  const auto findings = Lint(PolicyXml({{"Exe", "Enabled", {{Path("%TEMP%\\*")}}}}));
  for (const Finding& finding : findings) {
    const auto json = ParseJson(JsonOf("a.xml", finding));
    ASSERT_TRUE(json);
    for (const char* key : {"file", "id", "severity", "collection", "message", "why", "fix"}) {
      EXPECT_NE(Text(*json, key), "") << key;
    }
    EXPECT_EQ(json->Find("rule") != nullptr, finding.rule.has_value());
    EXPECT_GE(*json->Find("line")->AsUnsigned(), 1U);
  }
}

}  // namespace
}  // namespace portcullis::lint
