// SPDX-License-Identifier: Apache-2.0
#include "eventlog/event_ids.h"

#include <gtest/gtest.h>

namespace portcullis::eventlog {
namespace {

using applocker::CollectionType;

TEST(EventIds, AreWindowsOwnForEachCollectionAndEffect) {
  struct Case {
    std::optional<CollectionType> collection;
    bool is_installation;
    int allowed;
  };
  const Case cases[] = {{CollectionType::kExe, false, 8002},
                        {CollectionType::kDll, false, 8002},
                        {CollectionType::kScript, false, 8005},
                        {CollectionType::kMsi, true, 8005},
                        {CollectionType::kAppx, false, 8020},
                        {CollectionType::kAppx, true, 8023},
                        {std::nullopt, false, 8002}};
  for (const Case& one : cases) {
    for (const Effect effect : {Effect::kAllowed, Effect::kAudited, Effect::kDenied}) {
      const EventId id = IdOf(one.collection, effect, one.is_installation);
      EXPECT_EQ(static_cast<int>(id), one.allowed + static_cast<int>(effect));
      EXPECT_EQ(EffectOf(id), effect);
    }
  }
}

TEST(EventIds, HaveWindowsLevelsAndChannels) {
  EXPECT_EQ(KindOf(EventId::kProgramAllowed)->level, Level::kInformation);
  EXPECT_EQ(KindOf(EventId::kScriptAudited)->level, Level::kWarning);
  EXPECT_EQ(KindOf(EventId::kProgramDenied)->level, Level::kError);
  EXPECT_EQ(KindOf(EventId::kScriptDenied)->channel, "Microsoft-Windows-AppLocker/MSI and Script");
  EXPECT_EQ(KindOf(EventId::kInstallDenied)->channel,
            "Microsoft-Windows-AppLocker/Packaged app-Deployment");
  EXPECT_EQ(KindOf(EventId::kSrpDefaultLevel)->channel, "Application");
}

TEST(EventIds, AreReadFromTheirNumbersAlone) {
  EXPECT_EQ(ParseEventId("8004"), EventId::kProgramDenied);
  EXPECT_EQ(ParseEventId("8028"), std::nullopt);
  EXPECT_EQ(ParseEventId("8004 "), std::nullopt);
  EXPECT_EQ(ParseEventId("99999999"), std::nullopt);
  EXPECT_EQ(ParseEventId(""), std::nullopt);
}

TEST(EventIds, OfSoftwareRestrictionPoliciesAreDenials) {
  for (const int id : {865, 866, 867, 868, 882}) {
    EXPECT_EQ(EffectOf(static_cast<EventId>(id)), Effect::kDenied) << id;
  }
}

TEST(EventIds, OfTheServiceHaveNoEffect) {
  EXPECT_EQ(EffectOf(EventId::kRecordsLost), std::nullopt);
  EXPECT_EQ(EffectOf(EventId::kPolicyApplied), std::nullopt);
  EXPECT_EQ(EffectOf(EventId::kNoPackageRules), std::nullopt);
}

TEST(EventIds, OfSoftwareRestrictionPoliciesFollowTheKindOfRule) {
  using srp::RuleKind;
  EXPECT_EQ(SrpIdOf(std::nullopt, false), EventId::kSrpDefaultLevel);
  EXPECT_EQ(SrpIdOf(std::nullopt, true), EventId::kSrpDefaultLevel);
  EXPECT_EQ(SrpIdOf(RuleKind::kPath, false), EventId::kSrpPathRule);
  EXPECT_EQ(SrpIdOf(RuleKind::kCertificate, false), EventId::kSrpCertificateRule);
  EXPECT_EQ(SrpIdOf(RuleKind::kHash, false), EventId::kSrpZoneOrHashRule);
  EXPECT_EQ(SrpIdOf(RuleKind::kUrlZone, false), EventId::kSrpZoneOrHashRule);
  EXPECT_EQ(SrpIdOf(RuleKind::kPath, true), EventId::kSrpPolicyRule);
}

}  // namespace
}  // namespace portcullis::eventlog
