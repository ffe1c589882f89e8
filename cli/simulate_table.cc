// SPDX-License-Identifier: Apache-2.0
#include "cli/simulate_table.h"

#include <fmt/core.h>

#include <algorithm>

#include "cli/text.h"

namespace portcullis::cli {
namespace {

using simulation::ChangeGroup;
using simulation::Counts;
using simulation::SimulationTally;

std::string VerdictLine(std::string_view head, const Counts& counts,
                        uint64_t (Counts::*of)(Verdict) const, uint64_t blocked) {
  std::string text;
  for (const Verdict verdict : {Verdict::kAllowed, Verdict::kAllowedByDefault, Verdict::kDenied,
                                Verdict::kDeniedByDefault}) {
    const uint64_t count = (counts.*of)(verdict);
    if (count == 0) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", Grouped(count), ToString(verdict));
  }
  return fmt::format("{}{}; {} blocked\n", head, text, Grouped(blocked));
}

std::string LackingLine(const Counts& counts) {
  std::string text;
  const auto add = [&](uint64_t count, std::string_view what) {
    if (count == 0) return;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", Grouped(count), what);
  };
  add(counts.lacking_publisher, "a publisher");
  add(counts.lacking_hash, "a hash");
  add(counts.lacking_path, "a path");
  return text.empty() ? text : "lack what a rule needs, and count as without it: " + text + "\n";
}

}  // namespace

std::string SimulationTable(const SimulationTally& tally, size_t max_groups, size_t columns) {
  const auto groups = GroupsInOrder(tally);
  if (groups.empty()) return {};
  const size_t wide = std::clamp<size_t>(columns / 4, 20, 48);
  const std::vector<Column> head = {{"COUNT", 9}, {"FORMER", 16}, {"NEW", 16},
                                    {"USER", 12}, {"BY", wide},   {"PUBLISHER OR FOLDER", 0}};
  std::string text = TableHead(head);
  for (size_t i = 0; i < std::min(max_groups, groups.size()); ++i) {
    const auto& [group, count] = *groups[i];
    const std::string& where = group.publisher.empty() ? group.folder : group.publisher;
    text +=
        TableRow(head, {Grouped(count.count), ToString(group.former), ToString(group.now),
                        Printable(group.user), Printable(ToString(group.cause)), Printable(where)});
  }
  if (groups.size() > max_groups) {
    text += fmt::format("... and {}\n", Count(groups.size() - max_groups, "group", "groups"));
  }
  return text;
}

std::string SimulationSummary(const SimulationTally& tally) {
  const Counts& counts = tally.counts;
  std::string text = fmt::format("{} judged\n", Count(counts.facts, "fact", "facts"));
  text += VerdictLine("formerly: ", counts, &Counts::former, counts.former_blocked);
  text += VerdictLine("now:      ", counts, &Counts::now, counts.now_blocked);
  text += fmt::format("{}: {} newly denied, {} newly blocked\n",
                      Count(counts.changes, "verdict changes", "verdicts change"),
                      Grouped(counts.denied), Grouped(counts.blocked));
  text += LackingLine(counts);
  if (tally.changes_in_other_groups > 0) {
    text += fmt::format("{} are in none of the groups: no more than {} are told apart\n",
                        Count(tally.changes_in_other_groups, "change", "changes"),
                        Grouped(simulation::kMaxGroups));
  }
  return text;
}

}  // namespace portcullis::cli
