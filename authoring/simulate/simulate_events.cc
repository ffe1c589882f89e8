// SPDX-License-Identifier: Apache-2.0
#include "authoring/facts.h"
#include "authoring/simulate/simulate.h"
#include "eventlog/rendering.h"

namespace portcullis::simulation {
namespace {

// An event is judged as the fact that it is rendered as.
void JudgeEvent(const eventlog::Event& event, const FindUser& find_user, const FactJudge& judge,
                const PathSpeller& speller, BlockTally& tally) {
  const std::string line = RenderFacts(event);
  if (line.empty()) return;  // no decision
  const User* const user = find_user(event.decision->process);
  if (user == nullptr) return;
  const auto report = ParseFact(line, speller);
  if (!report) return tally.AddMangled(event.sequence - 1, report.error().message);
  tally.Add(judge.JudgeEvent(*report, *user, *event.decision), event.count);
}

}  // namespace

Result<void> SimulateEvents(const eventlog::EventStore& store, const FindUser& find_user,
                            const Setup& setup, SimulationTally& tally) {
  const FactJudge judge(setup);
  eventlog::EventFilter filter;
  while (true) {
    const std::vector<eventlog::Event> page = TRY(store.Read(filter));
    BlockTally of_page;
    for (const eventlog::Event& event : page) {
      JudgeEvent(event, find_user, judge, *setup.speller, of_page);
    }
    tally.Add(std::move(of_page), "event", 0);
    if (page.size() < eventlog::kMaxPage) return {};
    filter.after_sequence = page.back().sequence;
  }
}

}  // namespace portcullis::simulation
