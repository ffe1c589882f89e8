// SPDX-License-Identifier: Apache-2.0
// `status` and its table; of a running service in tests/kernel.
#include "cli/status_table.h"
#include "cli/test_io.h"

namespace portcullis::cli {
namespace {

using api::Metric;
using ::testing::HasSubstr;

constexpr int64_t kNow = 1'700'000'000'000'000'000;

api::ServiceStatus Running() {
  api::ServiceStatus status;
  status.version = "0.1.0";
  status.policy = {{"/etc/p.xml"}, 0, {{"Exe", "Enabled", 2}}};
  status[Metric::kStartedAt] = kNow - 90'000'000'000;
  status[Metric::kPolicyLoadedAt] = kNow - 3'000'000'000;
  status[Metric::kGeneration] = 3;
  status[Metric::kEnforcing] = status[Metric::kGateReady] = 1;
  status[api::VerdictMetric(0, 0)] = 1234;
  status[api::VerdictMetric(1, 1)] = 2;
  status[Metric::kVerdictCacheHits] = 3;
  status[Metric::kVerdictCacheMisses] = 1;
  status.latency[1] = 100;
  return status;
}

TEST(Status, FailsWhereNoServiceIs) {
  const Folder folder;
  const Ran ran = RunCli({"status", "--socket", folder / "absent"});
  EXPECT_EQ(ran.status, ExitStatus::kFailed);
  EXPECT_THAT(ran.err, HasSubstr("no service answers at " + (folder / "absent")));
  EXPECT_EQ(ran.out, "");
}

TEST(Status, RefusesAFormatThatItDoesNotHave) {
  EXPECT_EQ(RunCli({"status", "--format", "xml"}).status, ExitStatus::kUsage);
}

TEST(StatusTable, SaysWhatAnAdministratorAsksFirst) {
  const std::string table = StatusTable(Running(), kNow);
  for (const char* text : {"portcullis 0.1.0, up 1 min 30 s, enforcing\n",
                           "generation 3, read 2023-11-14T22:13:17Z, 3 s ago", "/etc/p.xml",
                           "Exe         Enabled, 2 rules", "1,234 allowed, 2 denied, 0 audited",
                           "100, half of them within 15 us, 99 of 100 within 19 us; 0 overdue",
                           "verdicts: 75.0% of 4 found; identities: none asked"}) {
    EXPECT_THAT(table, HasSubstr(text));
  }
  EXPECT_THAT(table, ::testing::Not(HasSubstr("refused")));
}

TEST(StatusTable, SaysWhatIsAmiss) {
  api::ServiceStatus status = Running();
  status[Metric::kEnforcing] = 0;
  EXPECT_THAT(StatusTable(status, kNow), HasSubstr("observing"));
  status[Metric::kGateReady] = 0;
  status.refused = "p.xml: \x1b[2J";
  status.policy.more_files = 4;
  const std::string table = StatusTable(status, kNow);
  EXPECT_THAT(table, HasSubstr("no gate answers"));
  EXPECT_THAT(table, HasSubstr("the last reload: p.xml: \\x1b[2J"));
  EXPECT_THAT(table, HasSubstr("4 more files"));
}

TEST(ShortDuration, HasTwoUnitsAtMost) {
  EXPECT_EQ(ShortDuration(999), "0 us");
  EXPECT_EQ(ShortDuration(1'500'000), "1.5 ms");
  EXPECT_EQ(ShortDuration(2'000'000'000), "2 s");
  EXPECT_EQ(ShortDuration(3'725'000'000'000), "1 h 2 min");
  EXPECT_EQ(ShortDuration(200'000'000'000'000), "2 d 7 h");
}

}  // namespace
}  // namespace portcullis::cli
