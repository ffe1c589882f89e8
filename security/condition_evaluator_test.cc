// SPDX-License-Identifier: Apache-2.0
#include "security/condition_evaluator.h"

#include <gtest/gtest.h>

#include "security/condition_text.h"
#include "security/condition_value.h"

namespace portcullis {
namespace {

ConditionNode Literal(std::string_view text) {
  TextCursor cursor(text, "literal");
  return ReadLiteral(cursor, std::nullopt).value();
}

Claim Make(std::string name, std::string_view literal, uint32_t flags = 0) {
  Claim claim = AttributeFromLiteral(std::move(name), Literal(literal)).value();
  claim.flags = flags;
  return claim;
}

class ConditionEvaluator : public ::testing::Test {
 protected:
  ConditionEvaluator() {
    token_.subject.user = Sid{5, {21, 7}};
    token_.subject.groups = {{well_known_sids::kUsers, GroupUse::kEnabled},
                             {well_known_sids::kAdministrators, GroupUse::kDenyOnly}};
    token_.device_groups = {{Sid{5, {32, 546}}, GroupUse::kEnabled}};
    token_.user_claims = {Make("Title", "\"PM\""),
                          Make("Level", "5"),
                          Make("Zero", "0"),
                          Make("Empty", "\"\""),
                          Make("Tags", "{1, 2, 3}"),
                          Make("Twice", "{1, 2, 1}"),
                          Make("Code", "\"aB\"", attribute_flags::kCaseSensitive),
                          Make("Off", "1", attribute_flags::kDisabled),
                          Make("Guilt", "1", attribute_flags::kUseForDenyOnly),
                          Make("Bytes", "#00ff"),
                          Make("Who", "SID(BA)")};
    Claim flag = Make("Flag", "1");
    flag.type = AttributeType::kBoolean;
    Claim big = Make("Big", "18446744073709551615");
    big.type = AttributeType::kUnsigned;
    token_.device_claims = {flag, big};
    token_.local_claims = {Make("APPID://PATH", "\"%WINDIR%\\x\"")};
    resource_ = {Make("Title", "\"pm\"")};
  }

  std::string_view Value(std::string_view text, AceEffect effect = AceEffect::kAllow) {
    TextCursor cursor(text, "condition");
    const auto expression = ReadCondition(cursor, std::nullopt);
    if (!expression) return "refused";
    return ToString(EvaluateCondition(*expression, {token_, resource_, effect}));
  }

  CheckToken token_;
  std::vector<ResourceAttribute> resource_;
};

TEST_F(ConditionEvaluator, ComparesValuesOfOneType) {
  for (const char* text :
       {"(@User.Title == \"pm\")", "(@User.title != \"px\")", "(@User.Title == @Resource.Title)",
        "(@User.Level > 4)", "(@User.Level <= 0x5)", "(@User.Level >= -6)", "(@User.Bytes < #01)",
        "(@User.Title < \"pn\")", "(@User.Who == SID(BA))", "(@Device.Flag == 1)",
        "(@Device.Big > 5)", "(@Device.Big == 0xffffffffffffffff)", "(@Device.Big > -1)",
        "(APPID://path == \"%windir%\\X\")", "(@User.Code == \"aB\")"}) {
    EXPECT_EQ(Value(text), "true") << text;
  }
  for (const char* text : {"(@User.Title == \"px\")", "(@User.Level < 5)", "(@Device.Flag != 1)",
                           "(@User.Code == \"ab\")", "(@User.Who == SID(BU))"}) {
    EXPECT_EQ(Value(text), "false") << text;
  }
}

TEST_F(ConditionEvaluator, ComparesListsAsSets) {
  for (const char* text :
       {"(@User.Tags == {3, 2, 1, 2})", "(@User.Tags != {1, 2})", "(@User.Tags Contains {1, 3})",
        "(@User.Tags Contains 2)", "(@User.Tags Any_of {9, 3})", "(@User.Level Any_of {4, 5})",
        "(@User.Level Contains 5)", "(@User.Tags Not_Contains {1, 9})",
        "(@User.Tags Not_Any_of {8, 9})"}) {
    EXPECT_EQ(Value(text), "true") << text;
  }
  for (const char* text : {"(@User.Tags == {1, 2})", "(@User.Tags Contains {1, 9})",
                           "(@User.Tags Any_of {8, 9})", "(@User.Level Contains {5, 6})"}) {
    EXPECT_EQ(Value(text), "false") << text;
  }
}

TEST_F(ConditionEvaluator, KnowsNothingOfAnAttributeThatIsNotThere) {
  for (const char* text : {"(@User.No == 1)", "(@User.No != 1)", "(@User.No)", "(!(@User.No))",
                           "(@User.Level == @Resource.No)", "(@User.No == 1 || @User.Zero)",
                           "(@User.No == 1 && @User.Level)", "(@User.Twice == {1, 2})",
                           "(@User.Off == 1)", "(@User.Guilt == 1)", "(@Resource.Level == 5)"}) {
    EXPECT_EQ(Value(text), "unknown") << text;
  }
  EXPECT_EQ(Value("(@User.No == 1 && @User.Zero)"), "false");
  EXPECT_EQ(Value("(@User.No == 1 || @User.Level)"), "true");
  EXPECT_EQ(Value("((Exists @User.No) && @User.No == 1)"), "false");
  EXPECT_EQ(Value("(Exists @User.Level && Not_Exists b)"), "true");
  EXPECT_EQ(Value("(@User.Guilt == 1)", AceEffect::kDeny), "true");
}

TEST_F(ConditionEvaluator, IsUnknownAsAWholeWhereOperandsDoNotFit) {
  for (const char* text : {"(@User.Level == \"5\")", "(@User.Level == {5})", "(@User.Tags == 1)",
                           "(@User.Tags > 1)", "(@User.Who > SID(AN))", "(@Device.Flag > 0)",
                           "(@Device.Flag == 2)", "(@User.Tags Contains {})", "(Member_of 3)",
                           "(Member_of {})", "(Member_of {SID(BU), 1})"}) {
    EXPECT_EQ(Value(text), "unknown") << text;
    EXPECT_EQ(Value("(@User.Level || " + std::string(text).substr(1)), "unknown") << text;
  }
}

TEST_F(ConditionEvaluator, AnAttributeAloneIsTrueUnlessItIsZeroOrEmpty) {
  EXPECT_EQ(Value("(@User.Level)"), "true");
  EXPECT_EQ(Value("(@User.Title)"), "true");
  EXPECT_EQ(Value("(@User.Zero)"), "false");
  EXPECT_EQ(Value("(@User.Empty)"), "false");
  EXPECT_EQ(Value("(@User.Tags)"), "unknown");
  EXPECT_EQ(Value("(@User.Bytes)"), "unknown");
}

TEST_F(ConditionEvaluator, CountsADenyOnlyGroupForDenialsAlone) {
  EXPECT_EQ(Value("(Member_of SID(BA))"), "false");
  EXPECT_EQ(Value("(Member_of SID(BA))", AceEffect::kDeny), "true");
  EXPECT_EQ(Value("(Member_of {SID(BU), SID(S-1-5-21-7)})"), "true");
  EXPECT_EQ(Value("(Member_of {SID(BU), SID(WD)})"), "false");
  EXPECT_EQ(Value("(Member_of_Any {SID(BU), SID(WD)})"), "true");
  EXPECT_EQ(Value("(Not_Member_of {SID(BU), SID(WD)})"), "true");
  EXPECT_EQ(Value("(Not_Member_of_Any {SID(BU), SID(WD)})"), "false");
  EXPECT_EQ(Value("(Device_Member_of SID(BG))"), "true");
  EXPECT_EQ(Value("(Not_Device_Member_of_Any {SID(BG), SID(BU)})"), "false");
}

TEST_F(ConditionEvaluator, TellsTheValueOfEverySubExpression) {
  const std::string text = "(@User.No == 1 || @User.Level > 4)";
  TextCursor cursor(text, "condition");
  const auto expression = ReadCondition(cursor, std::nullopt);
  std::vector<ConditionStep> steps;
  EXPECT_EQ(EvaluateCondition(*expression, {token_, resource_, AceEffect::kAllow}, &steps),
            Truth::kTrue);
  std::string told;
  for (const ConditionStep& step : steps) {
    told += *FormatSubExpression(*expression, step.last, std::nullopt) + ": " +
            std::string(ToString(step.value)) + "\n";
  }
  EXPECT_EQ(told,
            "@USER.No: unknown\n@USER.No == 1: unknown\n@USER.Level: true\n"
            "@USER.Level > 4: true\n(@USER.No == 1) || (@USER.Level > 4): true\n");
}

// Attributes of a weather: one that is, one that could not be found out, one that is not.
class Weather final : public SpecialAttributes {
 public:
  bool Has(const ConditionAttribute& attribute) const override {
    return attribute.source == AttributeSource::kLocal && attribute.name != "Title";
  }
  Truth Exists(const ConditionAttribute& attribute) const override {
    if (attribute.name == "fog") return Truth::kUnknown;
    return attribute.name == "sun" ? Truth::kTrue : Truth::kFalse;
  }
  std::optional<Truth> Relate(const ConditionAttribute& attribute, ConditionOperator op,
                              const ConditionOperand& right) const override {
    if (op != ConditionOperator::kEqual || right.is_list()) return std::nullopt;
    return Exists(attribute);
  }
};

TEST_F(ConditionEvaluator, LetsSpecialAttributesAnswerForThemselves) {
  token_.local_claims = {Make("sun", "1"), Make("Title", "\"PM\"")};
  const Weather weather;
  const auto value = [&](std::string_view text) {
    TextCursor cursor(text, "condition");
    const auto expression = ReadCondition(cursor, std::nullopt);
    return ToString(
        EvaluateCondition(*expression, {token_, resource_, AceEffect::kAllow, &weather}));
  };
  EXPECT_EQ(value("(sun == 7)"), "true");
  EXPECT_EQ(value("(fog == 7)"), "unknown");
  EXPECT_EQ(value("(rain == 7 || Not_Exists rain)"), "true");
  EXPECT_EQ(value("(Exists fog)"), "unknown");
  EXPECT_EQ(value("(Not_Exists fog)"), "unknown");
  EXPECT_EQ(value("(Exists sun && !(Exists rain))"), "true");
  EXPECT_EQ(value("(sun)"), "unknown");
  EXPECT_EQ(value("(sun < 7 || Exists sun)"), "unknown");  // a misfit
  EXPECT_EQ(value("(Title == \"pm\")"), "true");
  EXPECT_EQ(Value("(sun == 7)"), "false");
}

}  // namespace
}  // namespace portcullis
