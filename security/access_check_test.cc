// SPDX-License-Identifier: Apache-2.0
#include "security/access_check.h"

#include <gtest/gtest.h>

#include "security/access_mask.h"
#include "security/sddl.h"

namespace portcullis {
namespace {

constexpr uint32_t kFx = access_rights::kFileGenericExecute;

class AccessCheck : public ::testing::Test {
 protected:
  AccessCheck() {
    token_.subject.user = Sid{5, {21, 7}};
    token_.subject.groups = {{well_known_sids::kEveryone, GroupUse::kEnabled},
                             {well_known_sids::kUsers, GroupUse::kEnabled},
                             {well_known_sids::kAdministrators, GroupUse::kDenyOnly}};
  }

  bool Grants(std::string_view sddl, uint32_t access = kFx) {
    const auto descriptor = ParseSddl(sddl);
    EXPECT_TRUE(descriptor) << descriptor.error().message;
    return CheckAccess(*descriptor, token_, access).granted;
  }

  CheckToken token_;
};

TEST_F(AccessCheck, AllowsWhenEveryRightIsAllowedByOneEntryOrSeveral) {
  EXPECT_TRUE(Grants("D:(A;;FX;;;WD)"));
  EXPECT_TRUE(Grants("D:(A;;WPLO;;;WD)(A;;0x120000;;;BU)"));
  EXPECT_FALSE(Grants("D:(A;;WPLO;;;WD)"));
  EXPECT_FALSE(Grants("D:(A;;FX;;;SY)"));
  EXPECT_FALSE(Grants("D:"));
  EXPECT_FALSE(Grants("D:(A;;FX;;;WD)", 0));
}

TEST_F(AccessCheck, AsksEntriesInTheirOrderCanonicalOrNot) {
  EXPECT_FALSE(Grants("D:(D;;FX;;;WD)(A;;FX;;;WD)"));
  EXPECT_TRUE(Grants("D:(A;;FX;;;WD)(D;;FX;;;WD)"));
  EXPECT_FALSE(Grants("D:(A;;WP;;;WD)(D;;LO;;;WD)(A;;FX;;;WD)"));
  EXPECT_TRUE(Grants("D:(D;;CC;;;WD)(A;;FX;;;WD)"));
}

TEST_F(AccessCheck, MatchesADenyOnlyGroupWithDenialsAlone) {
  EXPECT_FALSE(Grants("D:(A;;FX;;;BA)"));
  EXPECT_FALSE(Grants("D:(D;;FX;;;BA)(A;;FX;;;WD)"));
}

TEST_F(AccessCheck, TakesUnknownAgainstTheOneWhoAsks) {
  EXPECT_FALSE(Grants("D:(XA;;FX;;;WD;(@User.a == 1))"));
  EXPECT_FALSE(Grants("D:(XD;;FX;;;WD;(@User.a == 1))(A;;FX;;;WD)"));
  EXPECT_TRUE(Grants("D:(XD;;FX;;;WD;(Exists @User.a && @User.a == 1))(A;;FX;;;WD)"));
}

TEST_F(AccessCheck, TakesACallbackWithoutAConditionForUnknown) {
  auto descriptor = *ParseSddl("D:(XA;;FX;;;WD;(a))(A;;FX;;;WD)");
  descriptor.dacl->aces[0].data = OpaqueData{"abcd"};
  EXPECT_TRUE(CheckAccess(descriptor, token_, kFx).granted);
  descriptor.dacl->aces[0].type = AceType::kDeniedCallback;
  EXPECT_FALSE(CheckAccess(descriptor, token_, kFx).granted);
}

TEST_F(AccessCheck, ReadsTheAttributesOfTheResourceFromTheSacl) {
  const std::string condition = "D:(XA;;FX;;;WD;(@Resource.kind == \"tool\"))";
  EXPECT_TRUE(Grants(condition + R"(S:(RA;;;;;WD;("Kind",TS,0,"Tool")))"));
  EXPECT_FALSE(Grants(condition + R"(S:(RA;;;;;WD;("Kind",TS,0,"toy")))"));
  EXPECT_FALSE(Grants(condition + R"(S:(RA;IO;;;;WD;("Kind",TS,0,"tool")))"));
}

TEST_F(AccessCheck, LeavesOutWhatIsForChildrenAndForTypesOfObjects) {
  EXPECT_FALSE(Grants("D:(A;IO;FX;;;WD)"));
  EXPECT_FALSE(Grants("D:(OA;;FX;bf967aba-0de6-11d0-a285-00aa003049e2;;WD)"));
  EXPECT_TRUE(Grants("D:(OA;;FX;;bf967aba-0de6-11d0-a285-00aa003049e2;WD)"));
  EXPECT_FALSE(Grants("D:(OD;;FX;bf967aba-0de6-11d0-a285-00aa003049e2;;WD)(A;;FX;;;WD)"));
}

TEST_F(AccessCheck, TellsNoDaclFromANullOne) {
  EXPECT_FALSE(Grants("O:BA"));
  EXPECT_TRUE(Grants("D:NO_ACCESS_CONTROL"));
  EXPECT_FALSE(Grants("D:NO_ACCESS_CONTROL", access_rights::kSystemSecurity));
  EXPECT_FALSE(Grants("D:(A;;0x01000000;;;WD)", access_rights::kSystemSecurity));
}

TEST_F(AccessCheck, GivesAnOwnerTheDescriptorUnlessOwnerRightsSayOtherwise) {
  const uint32_t both = access_rights::kReadControl | access_rights::kWriteDac;
  EXPECT_TRUE(Grants("O:BUD:", both));
  EXPECT_FALSE(Grants("O:BAD:", both));  // deny-only
  EXPECT_FALSE(Grants("O:BUD:(A;;RC;;;OW)", both));
  EXPECT_TRUE(Grants("O:BUD:(A;;RC;;;OW)", access_rights::kReadControl));
  EXPECT_FALSE(Grants("O:SYD:(A;;RC;;;OW)", access_rights::kReadControl));
}

TEST_F(AccessCheck, AsksForTheRestrictedSidsToo) {
  token_.restricted_sids = std::vector<Sid>{well_known_sids::kUsers};
  EXPECT_FALSE(Grants("D:(A;;FX;;;WD)"));
  EXPECT_TRUE(Grants("D:(A;;FX;;;BU)"));
  EXPECT_TRUE(Grants("D:(A;;FX;;;WD)(A;;FX;;;BU)"));
  token_.restricted_sids->push_back(well_known_sids::kLocalSystem);
  EXPECT_FALSE(Grants("D:(A;;FX;;;SY)"));
}

TEST_F(AccessCheck, TellsWhatBecameOfEveryEntry) {
  const auto descriptor = ParseSddl(
      "D:(D;;FX;;;SY)(A;IO;FX;;;WD)(D;;CC;;;WD)(XA;;FX;;;WD;(a))(A;;WP;;;WD)(A;;FX;;;WD)"
      "(D;;FX;;;WD)");
  AccessCheckTrace trace;
  const auto result = CheckAccess(*descriptor, token_, kFx, &trace);
  EXPECT_TRUE(result.granted);
  EXPECT_EQ(result.deciding_ace, 5U);
  std::string told;
  for (const AceStep& step : trace.aces) told += std::string(ToString(step.outcome)) + "|";
  EXPECT_EQ(told, "other SID|inherit only|other rights|condition fails|allowed|allowed|not asked|");
  ASSERT_EQ(trace.aces[3].sub_expressions.size(), 1U);
  EXPECT_EQ(trace.aces[3].condition, Truth::kUnknown);
}

class OnSunday final : public SpecialAttributes {
 public:
  bool Has(const ConditionAttribute& attribute) const override {
    return attribute.name == "sunday";
  }
  Truth Exists(const ConditionAttribute&) const override { return Truth::kTrue; }
  std::optional<Truth> Relate(const ConditionAttribute&, ConditionOperator,
                              const ConditionOperand&) const override {
    return std::nullopt;
  }
};

TEST_F(AccessCheck, AsksWhoeverAnswersForSpecialAttributesInBothWalks) {
  const auto descriptor = ParseSddl("D:(XA;;FX;;;WD;(Exists sunday))");
  token_.restricted_sids = {{well_known_sids::kEveryone}};
  EXPECT_FALSE(CheckAccess(*descriptor, token_, kFx).granted);
  const OnSunday special;
  EXPECT_TRUE(CheckAccess(*descriptor, token_, kFx, nullptr, &special).granted);
}

}  // namespace
}  // namespace portcullis
