// SPDX-License-Identifier: Apache-2.0
#include "enforcement/service_config.h"

#include <fmt/core.h>

#include <fstream>
#include <sstream>

#include "host/config_lines.h"

namespace portcullis::enforcement {
namespace {

using std::chrono::milliseconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string ShippedFile() {
  std::ifstream file("share/service.conf");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void ExpectDefaults(const ServiceConfig& config) {
  EXPECT_EQ(config.failure_policy, FailurePolicy::kDeny);
  EXPECT_EQ(config.budget, milliseconds(2000));
  EXPECT_EQ(config.service_process, ServiceProcess::kLoginUid);
  EXPECT_EQ(config.record_allowed, RecordAllowed::kOnce);
  EXPECT_EQ(config.other_roots, OtherRoots::kJudge);
  EXPECT_EQ(config.rescue_mode, RescueMode::kObserve);
  EXPECT_EQ(config.srp_beside_applocker, SrpBesideAppLocker::kIgnored);
  EXPECT_EQ(config.inspectors, 2U);
  EXPECT_THAT(config.file_systems, IsEmpty());
}

TEST(ServiceConfig, KeepsTheDefaultsOfWhatTheTextDoesNotName) {
  const auto config = ServiceConfig::Parse("# nothing\n\n");
  ASSERT_TRUE(config);
  ExpectDefaults(*config);
  EXPECT_EQ(config->loads.interpreters, LoadTables::Default().interpreters);
}

TEST(ServiceConfig, ReadsEverySetting) {
  const auto config = ServiceConfig::Parse(
      "failure-policy = allow\nbudget = 250ms\nservice-process = system-account\n"
      "record-allowed = every\nother-roots = allow\ninspectors = 64\n"
      "rescue-mode = enforce\n"
      "srp-beside-applocker = asked\n"
      "file-system = /srv/a\nfile-system = /srv/b = c\ninterpreter = /opt/lua\n"
      "loader = /opt/ld.so\nwine-loader = /opt/wine\n");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->failure_policy, FailurePolicy::kAllow);
  EXPECT_EQ(config->budget, milliseconds(250));
  EXPECT_EQ(config->service_process, ServiceProcess::kSystemAccount);
  EXPECT_EQ(config->record_allowed, RecordAllowed::kEvery);
  EXPECT_EQ(config->other_roots, OtherRoots::kAllow);
  EXPECT_EQ(config->rescue_mode, RescueMode::kEnforce);
  EXPECT_EQ(config->srp_beside_applocker, SrpBesideAppLocker::kAsked);
  EXPECT_EQ(config->inspectors, 64U);
  EXPECT_THAT(config->file_systems, ElementsAre("/srv/a", "/srv/b = c"));
  EXPECT_EQ(config->loads.interpreters.size(), LoadTables::Default().interpreters.size() + 1);
  EXPECT_THAT(config->loads.interpreters, Contains("/opt/lua"));
  EXPECT_THAT(config->loads.loaders, Contains("/opt/ld.so"));
  EXPECT_THAT(config->loads.wine_loaders, Contains("/opt/wine"));
}

TEST(ServiceConfig, RefusesWhatItDoesNotKnowAndSaysWhere) {
  const struct {
    std::string_view text;
    std::string_view word;
  } rows[] = {
      {"budget = 2s\ncolour = red\n", "line 2: no setting colour; known are ask-socket, budget"},
      {"budget\n", "NAME = VALUE"},
      {"failure-policy = maybe\n", "allowed are deny, allow"},
      {"failure-policy =\n", "allowed are deny, allow"},
      {"service-process = root\n", "allowed are login-uid, system-account, none"},
      {"record-allowed = twice\n", "allowed are once, every, none"},
      {"other-roots = deny\n", "allowed are judge, allow"},
      {"other-roots = judge\nother-roots = judge\n", "line 2: other-roots is set a second time"},
      {"budget = 99ms\n", "allowed is 100ms to 60000ms"},
      {"budget = 61s\n", "allowed is 100ms to 60000ms"},
      {"budget = 2\n", "budget is 2;"},
      {"budget = -2s\n", "budget is -2s;"},
      {"budget = 4294967296ms\n", "budget is"},
      {"inspectors = 0\n", "not a number from 1 to 64"},
      {"inspectors = 65\n", "not a number from 1 to 64"},
      {"file-system = srv\n", "srv is not an absolute path"},
      {"interpreter =\n", "not an absolute path"},
  };
  for (const auto& row : rows) {
    const auto config = ServiceConfig::Parse(row.text);
    ASSERT_FALSE(config) << row.text;
    EXPECT_EQ(config.error().code, ErrorCode::kMalformed) << row.text;
    EXPECT_THAT(config.error().message, HasSubstr(row.word)) << row.text;
  }
}

TEST(ServiceConfig, TakesTheEndsOfItsRanges) {
  EXPECT_EQ(ServiceConfig::Parse("budget = 100ms")->budget, kMinBudget);
  EXPECT_EQ(ServiceConfig::Parse("budget = 1min")->budget, kMaxBudget);
  EXPECT_EQ(ServiceConfig::Parse("inspectors = 1")->inspectors, 1U);
}

TEST(ServiceConfig, RefusesMoreThanItsLimits) {
  std::string values;
  for (size_t i = 0; i <= kMaxConfigValues; ++i) values += fmt::format("interpreter = /i{}\n", i);
  const auto config = ServiceConfig::Parse(values);
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, ErrorCode::kLimitExceeded);
}

TEST(ServiceConfig, ShippedFileSaysTheDefaults) {
  const auto config = ServiceConfig::Parse(ShippedFile());
  ASSERT_TRUE(config) << config.error().message;
  ExpectDefaults(*config);
}

// Each setting stands there, some of them as an example behind `#`.
TEST(ServiceConfig, ShippedFileHasEverySetting) {
  for (const std::string_view name :
       {"failure-policy", "budget", "service-process", "record-allowed", "other-roots",
        "inspectors", "file-system", "interpreter", "loader", "wine-loader"}) {
    EXPECT_THAT(ShippedFile(), ::testing::ContainsRegex("\n#? ?" + std::string(name) + " = "));
  }
}

TEST(ParseDuration, ReadsANumberAndItsUnit) {
  EXPECT_EQ(ParseDuration("20s").value(), milliseconds(20'000));
  EXPECT_EQ(ParseDuration("5ms").value(), milliseconds(5));
  EXPECT_EQ(ParseDuration("2min").value(), milliseconds(120'000));
  for (const std::string_view text : {"", "s", "20", "20 s", "20sec", "1.5s", "-1s"}) {
    EXPECT_FALSE(ParseDuration(text)) << text;
  }
}

TEST(ServiceConfig, SaysWhereAndByWhomTheServiceIsAsked) {
  const auto initial = ServiceConfig::Parse("");
  ASSERT_TRUE(initial);
  EXPECT_EQ(initial->control.socket, "/run/portcullis/control.sock");
  EXPECT_EQ(initial->control.group, "");
  const auto set = ServiceConfig::Parse("control-socket = /run/x/s\ncontrol-group = adm\n");
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ(set->control.socket, "/run/x/s");
  EXPECT_EQ(set->control.group, "adm");
  EXPECT_EQ(ServiceConfig::Parse("control-socket = none\n")->control.socket, "");
  EXPECT_EQ(initial->ask_socket, "/run/portcullis/ask.sock");
  EXPECT_EQ(ServiceConfig::Parse("ask-socket = /run/x/a\n")->ask_socket, "/run/x/a");
  EXPECT_EQ(ServiceConfig::Parse("ask-socket = none\n")->ask_socket, "");
  const auto no_folder = ServiceConfig::Parse("ask-socket = /sock\n");
  ASSERT_FALSE(no_folder);
  EXPECT_THAT(no_folder.error().message, ::testing::HasSubstr("ask-socket is /sock"));
  for (const char* line :
       {"control-socket = run/x\n", "control-socket = /sock\n", "control-socket = /run/\n",
        "control-socket =\n", "control-group =\n", "control-group = a\ncontrol-group = b\n"}) {
    const auto refused = ServiceConfig::Parse(line);
    ASSERT_FALSE(refused) << line;
    EXPECT_THAT(refused.error().message, ::testing::HasSubstr("control-"));
  }
}

}  // namespace
}  // namespace portcullis::enforcement
