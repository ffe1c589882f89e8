// SPDX-License-Identifier: Apache-2.0
#include "authoring/simulate/tally.h"

#include <algorithm>
#include <utility>

namespace portcullis::simulation {

uint64_t Counts::former(Verdict verdict) const {
  uint64_t sum = 0;
  for (const uint64_t count : verdicts.at(static_cast<size_t>(verdict))) sum += count;
  return sum;
}

uint64_t Counts::now(Verdict verdict) const {
  uint64_t sum = 0;
  for (const auto& of_former : verdicts) sum += of_former.at(static_cast<size_t>(verdict));
  return sum;
}

void Counts::Add(const JudgedFact& fact, uint64_t times) {
  if (fact.is_unreadable) {
    unreadable += times;
    return;
  }
  facts += times;
  lacking_publisher += fact.lacking.publisher ? times : 0;
  lacking_hash += fact.lacking.hash ? times : 0;
  lacking_path += fact.lacking.path ? times : 0;
  for (const UserVerdict& verdict : fact.verdicts) {
    const auto& [former, now, change] = verdict;
    verdicts.at(static_cast<size_t>(former.verdict)).at(static_cast<size_t>(now.verdict)) += times;
    former_blocked += former.would_block ? times : 0;
    now_blocked += now.would_block ? times : 0;
    changes += change == nullptr ? 0 : times;
    denied += IsDenied(former, now) ? times : 0;
    blocked += IsBlocked(former, now) ? times : 0;
  }
}

void Counts::Add(const Counts& other) {
  for (const auto member :
       {&Counts::facts, &Counts::unreadable, &Counts::mangled, &Counts::lacking_publisher,
        &Counts::lacking_hash, &Counts::lacking_path, &Counts::former_blocked, &Counts::now_blocked,
        &Counts::changes, &Counts::denied, &Counts::blocked}) {
    this->*member += other.*member;
  }
  for (size_t former = 0; former < kVerdicts; ++former) {
    for (size_t now = 0; now < kVerdicts; ++now) {
      verdicts.at(former).at(now) += other.verdicts.at(former).at(now);
    }
  }
}

void BlockTally::Add(const JudgedFact& fact, uint64_t times) {
  counts.Add(fact, times);
  for (const UserVerdict& verdict : fact.verdicts) {
    if (verdict.change != nullptr) changes.emplace_back(verdict.change, times);
  }
}

void BlockTally::AddMangled(uint64_t line, std::string why) {
  ++counts.mangled;
  if (mangled.size() < kMaxMangledKept) mangled.push_back({line, std::move(why)});
}

uint64_t* SimulationTally::CounterOf(const Change& change) {
  const auto found = groups.find(change.group);
  if (found != groups.end()) return &found->second.count;
  if (groups.size() == kMaxGroups) return &changes_in_other_groups;
  return &groups.emplace(change.group, GroupCount{0, change.path}).first->second.count;
}

void SimulationTally::Add(BlockTally block, const std::string& file, uint64_t lines_before) {
  counts.Add(block.counts);
  for (const auto& [change, times] : block.changes) {
    if (change->counter == nullptr) change->counter = CounterOf(*change);
    *change->counter += times;
  }
  for (BlockTally::Line& line : block.mangled) {
    if (mangled.size() == kMaxMangledKept) break;
    mangled.push_back({file, lines_before + line.line + 1, std::move(line.why)});
  }
}

std::vector<const std::map<ChangeGroup, GroupCount>::value_type*> GroupsInOrder(
    const SimulationTally& tally) {
  std::vector<const std::map<ChangeGroup, GroupCount>::value_type*> groups;
  for (const auto& group : tally.groups) groups.push_back(&group);
  std::ranges::stable_sort(groups, [](const auto* one, const auto* other) {
    return one->second.count > other->second.count;
  });
  return groups;
}

}  // namespace portcullis::simulation
