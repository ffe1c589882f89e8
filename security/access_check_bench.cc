// SPDX-License-Identifier: Apache-2.0
// How many conditions are evaluated, and how many descriptors asked, a second. One command:
//
//   cmake --preset bench && ninja -C build/bench access_check_bench &&
//   build/bench/security/access_check_bench
#include <benchmark/benchmark.h>

#include <string>

#include "security/access_check.h"
#include "security/access_mask.h"
#include "security/condition_text.h"
#include "security/sddl.h"

namespace portcullis {
namespace {

CheckToken MakeToken() {
  CheckToken token;
  token.subject.user = Sid{5, {21, 1, 2, 3, 1000}};
  token.subject.groups = {{well_known_sids::kEveryone, GroupUse::kEnabled},
                          {well_known_sids::kUsers, GroupUse::kEnabled}};
  for (uint32_t i = 0; i < 20; ++i) {
    token.subject.groups.push_back({Sid{5, {21, 1, 2, 3, 2000 + i}}, GroupUse::kEnabled});
  }
  const auto claim = [&](std::string name, ConditionNode literal) {
    token.user_claims.push_back(*AttributeFromLiteral(std::move(name), literal));
  };
  claim("Title", ConditionString{"PM"});
  claim("Level", ConditionInteger{.value = 5});
  claim("Project", ConditionComposite{{ConditionString{"alpha"}, ConditionString{"beta"}}});
  return token;
}

void MeasureCondition(benchmark::State& state, const char* text) {
  TextCursor cursor(text, "condition");
  const auto expression = ReadCondition(cursor, std::nullopt);
  const CheckToken token = MakeToken();
  const std::vector<ResourceAttribute> resource;
  for (auto _ : state) {
    benchmark::DoNotOptimize(EvaluateCondition(*expression, {token, resource, AceEffect::kAllow}));
  }
  state.SetItemsProcessed(state.iterations());
}

// All entries but the last are for others or their condition fails.
void MeasureCheck(benchmark::State& state) {
  std::string sddl = "D:";
  for (int64_t i = 0; i + 1 < state.range(0); ++i) {
    sddl += i % 2 == 0 ? "(A;;FX;;;S-1-5-21-1-2-3-" + std::to_string(3000 + i) + ")"
                       : "(XA;;FX;;;WD;(@User.Level == " + std::to_string(i + 10) + "))";
  }
  const auto descriptor = ParseSddl(sddl + "(A;;FX;;;WD)");
  const CheckToken token = MakeToken();
  for (auto _ : state) {
    benchmark::DoNotOptimize(CheckAccess(*descriptor, token, access_rights::kFileGenericExecute));
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK_CAPTURE(MeasureCondition, equal, "(@User.Title == \"PM\")");
BENCHMARK_CAPTURE(MeasureCondition, any_of, "(@User.Project Any_of {\"gamma\", \"beta\"})");
BENCHMARK_CAPTURE(MeasureCondition, member, "(Member_of {SID(BU), SID(WD)})");
BENCHMARK_CAPTURE(MeasureCondition, five_operators,
                  "((@User.Title == \"PM\" && @User.Level >= 5) || Not_Exists @User.Level)");
BENCHMARK(MeasureCheck)->Arg(1)->Arg(10)->Arg(100);

}  // namespace
}  // namespace portcullis

BENCHMARK_MAIN();
