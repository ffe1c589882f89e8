// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/sid_table.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "policy/applocker/limits.h"
#include "policy/applocker/seeded_fault.h"
#include "policy/text_hash.h"

namespace portcullis::applocker {
namespace {

constexpr int kQuestionsByWalk = 3;

// All of it: those of a file may be made to differ in what a hash leaves out.
uint64_t QuickHash(const Sid& sid) {
  const auto subs = sid.sub_authorities();
  uint64_t hash = sid.authority() << 8 | subs.size();
  for (const uint32_t sub : subs) hash = MixHash(hash, sub);
  return hash;
}

}  // namespace

uint32_t SidTable::Add(const Sid& sid) {
  const auto [place, is_new] = building_.emplace(sid, static_cast<uint32_t>(sids_.size()));
  if (is_new) sids_.push_back(sid);
  return place->second;
}

void SidTable::Finish() {
  building_ = {};
  slots_.assign(std::bit_ceil(sids_.size() * 2 + 1), 0);
  for (uint32_t number = 0; number < sids_.size(); ++number) {
    size_t at = QuickHash(sids_[number]) & (slots_.size() - 1);
    while (slots_[at] != 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = number + 1;
  }
}

// SIDs differ in length and are few: they are the one thing that is read into memory of its own.
void SidTable::Write(TableWriter& writer) const {
  std::string bytes;
  for (const Sid& sid : sids_) sid.AppendBinary(bytes);
  writer.Table(PodTable<char>(std::vector<char>(bytes.begin(), bytes.end())));
}

SidTable SidTable::Read(TableReader& reader) {
  SidTable table;
  PodTable<char> bytes;
  reader.Table(bytes);
  ByteReader sids(AsBytes({bytes.data(), bytes.size()}), "SIDs");
  while (!sids.empty()) {
    reader.Expect(table.sids_.size() < kMaxRulesPerCollection, "there are more SIDs than rules");
    const auto sid = Sid::Read(sids);
    reader.Expect(sid.has_value(), "a SID is not one");
    if (!reader.ok()) return table;
    const size_t before = table.sids_.size();
    table.Add(*sid);
    reader.Expect(table.sids_.size() > before, "a SID stands twice");
  }
  table.Finish();
  return table;
}

std::optional<uint32_t> SidTable::Find(const Sid& sid) const {
  size_t at = QuickHash(sid) & (slots_.size() - 1);
  for (; slots_[at] != 0; at = (at + 1) & (slots_.size() - 1)) {
    if (sids_[slots_[at] - 1] == sid) return slots_[at] - 1;
  }
  return std::nullopt;
}

void TokenSids::Fill() {
  const size_t words = table_.size() / 64 + 1;
  std::fill_n(enabled_.begin(), words, 0);
  std::fill_n(present_.begin(), words, 0);
  const auto set = [&](const Sid& sid, GroupUse use) {
    const auto number = table_.Find(sid);
    if (!number) return;
    const uint64_t bit = uint64_t{1} << (*number % 64);
    present_[*number / 64] |= bit;
    if (use == GroupUse::kEnabled || Fault(21)) enabled_[*number / 64] |= bit;
  };
  set(token_.user, GroupUse::kEnabled);
  for (const TokenGroup& group : token_.Groups(view_)) set(group.sid, group.use);
}

bool TokenSids::Walk(const Sid& sid, Action action) const {
  if (token_.user == sid) return true;
  return std::ranges::any_of(token_.Groups(view_), [&](const TokenGroup& group) {
    return group.sid == sid &&
           (group.use == GroupUse::kEnabled || Fault(3) || (action == Action::kDeny && !Fault(4)));
  });
}

bool TokenSids::Matches(uint32_t number, Action action) {
  if (table_.size() >= SidTable::kMaxNumbered || questions_ < kQuestionsByWalk) {
    ++questions_;
    return Walk(table_[number], action);
  }
  if (questions_ == kQuestionsByWalk) {
    ++questions_;
    Fill();
  }
  const Bits& bits = action == Action::kDeny ? present_ : enabled_;
  return (bits[number / 64] >> (number % 64) & 1) != 0;
}

}  // namespace portcullis::applocker
