// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/pattern_index_builder.h"

#include <algorithm>
#include <utility>

namespace portcullis::applocker {
namespace {

constexpr size_t kNowhere = std::string_view::npos;
// A place that no more patterns than this share is as good as any.
constexpr uint32_t kFewPatterns = 8;
// Windows make every text pay, so a place elsewhere is kept up to here.
constexpr uint32_t kManyPatterns = 24;
constexpr size_t kMaxWindowsOfRun = 64;
constexpr size_t kMaxCounters = size_t{1} << 18;

size_t WindowIndexFor(size_t run_length) {
  return static_cast<size_t>(
      std::ranges::find_if(kWindowSizes, [&](size_t size) { return size <= run_length; }) -
      kWindowSizes.begin());
}

// One entry a key, its value the bits of all.
std::vector<KeyTable::Entry> JoinBits(std::vector<KeyTable::Entry> entries) {
  std::ranges::sort(entries, {}, &KeyTable::Entry::key);
  std::vector<KeyTable::Entry> joined;
  for (const KeyTable::Entry& entry : entries) {
    if (joined.empty() || joined.back().key != entry.key) {
      joined.push_back(entry);
    } else {
      joined.back().value |= entry.value;
    }
  }
  return joined;
}

}  // namespace

PatternIndexBuilder::Place PatternIndexBuilder::WholePlace(std::string_view text, uint64_t scope) {
  Place place;
  place.kind = PatternIndex::kWhole;
  uint64_t chain = KeyOf(KeyKind::kFront, scope);
  for (const TextComponent& component : SplitIntoComponents(text)) {
    chain = MixHash(chain, component.hash);
  }
  place.key = KeyOf(KeyKind::kWhole, chain);
  return place;
}

PatternIndexBuilder::Place PatternIndexBuilder::FrontPlace(std::string_view run, uint64_t scope) {
  Place place;
  place.kind = PatternIndex::kFront;
  place.chain = KeyOf(KeyKind::kFront, scope);
  const auto components = SplitIntoComponents(run);
  for (const TextComponent& component : std::span(components).first(components.size() - 1)) {
    place.chain = MixHash(place.chain, component.hash);
  }
  const std::string_view residual = run.substr(components.back().begin, kMaxResidual);
  place.residual_length = residual.size();
  place.key = ResidualKey(place.chain, residual);
  return place;
}

PatternIndexBuilder::Place PatternIndexBuilder::EndPlace(std::string_view run, uint64_t scope) {
  Place place;
  place.kind = PatternIndex::kEnd;
  place.chain = KeyOf(KeyKind::kEnd, scope);
  const auto components = SplitIntoComponents(run);
  for (size_t i = components.size(); i-- > 1;) {
    place.chain = MixHash(place.chain, components[i].hash);
  }
  const size_t length = std::min<size_t>(components.front().length, kMaxResidual);
  place.residual_length = length;
  place.key = ResidualKey(place.chain, run.substr(components.front().length - length, length));
  return place;
}

// The components and the windows of a run between two wildcards.
template <typename Visit>
void PatternIndexBuilder::ForEachPlaceInRun(std::string_view run, uint64_t scope, Visit& visit) {
  Place place;
  place.kind = PatternIndex::kComponent;
  const auto components = SplitIntoComponents(run);
  for (size_t i = 1; i + 1 < components.size(); ++i) {
    place.key = ComponentKey(components[i].hash, scope);
    visit(place);
  }
  const size_t index = WindowIndexFor(run.size());
  const size_t size = kWindowSizes[index];
  const size_t windows = run.size() - size + 1;
  const size_t step = 1 + windows / kMaxWindowsOfRun;
  place.kind = static_cast<uint32_t>(PatternIndex::kFirstWindow) << index;
  for (size_t i = 0; i < windows; i += step) {
    place.key = WindowKey(LoadWindow(run.data() + i, size), size, scope);
    visit(place);
  }
}

// Every place that a pattern offers.
template <typename Visit>
void PatternIndexBuilder::ForEachPlace(const Pattern& pattern, Visit visit) const {
  const std::string_view text = pattern.text;
  const size_t first = FindWildcard(text, question_mark_);
  if (first == kNowhere) {
    visit(WholePlace(text, pattern.scope));
    return;
  }
  size_t last = first;
  for (size_t begin = first + 1; begin < text.size();) {
    const size_t end = FindWildcard(text, question_mark_, begin);
    if (end == kNowhere) break;
    if (end > begin) ForEachPlaceInRun(text.substr(begin, end - begin), pattern.scope, visit);
    last = end;
    begin = end + 1;
  }
  if (first > 0) visit(FrontPlace(text.substr(0, first), pattern.scope));
  if (last + 1 < text.size()) visit(EndPlace(text.substr(last + 1), pattern.scope));
}

void PatternIndexBuilder::CountPlaces() {
  counts_.assign(std::clamp<size_t>(std::bit_ceil(patterns_.size() * 16), 64, kMaxCounters), 0);
  for (const Pattern& pattern : patterns_) {
    ForEachPlace(pattern, [&](const Place& place) { ++CountOf(place.key); });
  }
}

PatternIndexBuilder::Place PatternIndexBuilder::Choose(const Pattern& pattern) {
  Place best;
  best.kind = PatternIndex::kAny;
  best.key = KeyOf(KeyKind::kAny, pattern.scope);
  uint32_t fewest = UINT32_MAX;
  ForEachPlace(pattern, [&](const Place& place) {
    const bool is_window = place.kind >= PatternIndex::kFirstWindow;
    const uint32_t count = std::max(CountOf(place.key), is_window ? kManyPatterns : kFewPatterns);
    // Of two that are as good, the one that is not a window, and the front or the end at last.
    if (count > fewest || (count == fewest && is_window)) return;
    fewest = count;
    best = place;
  });
  return best;
}

PatternIndex PatternIndexBuilder::Build() {
  CountPlaces();
  std::vector<KeyTable::Entry> scopes;
  std::vector<KeyTable::Entry> runs;
  std::vector<KeyTable::Entry> patterns;
  std::vector<KeyTable::Entry> windows;
  for (const Pattern& pattern : patterns_) {
    const Place place = Choose(pattern);
    scopes.push_back({KeyOf(KeyKind::kScope, pattern.scope), place.kind});
    if (place.kind == PatternIndex::kFront || place.kind == PatternIndex::kEnd) {
      runs.push_back({place.chain, uint32_t{1} << place.residual_length});
    }
    const bool is_window = place.kind >= PatternIndex::kFirstWindow;
    (is_window ? windows : patterns).push_back({place.key, pattern.value});
  }
  counts_ = {};
  patterns_ = {};
  PatternIndex index;
  index.scopes_ = KeyTable(JoinBits(std::move(scopes)));
  index.runs_ = KeyTable(JoinBits(std::move(runs)));
  index.patterns_ = KeyTable(std::move(patterns));
  index.windows_ = KeyTable(std::move(windows));
  return index;
}

void PatternIndex::Write(TableWriter& writer) const {
  for (const KeyTable* table : {&scopes_, &runs_, &patterns_, &windows_}) table->Write(writer);
}

PatternIndex PatternIndex::Read(TableReader& reader, uint32_t end) {
  PatternIndex index;
  index.scopes_ = KeyTable::Read(reader, KeyTable::kList);
  index.runs_ = KeyTable::Read(reader, KeyTable::kList);
  index.patterns_ = KeyTable::Read(reader, end);
  index.windows_ = KeyTable::Read(reader, end);
  return index;
}

size_t PatternIndex::size_bytes() const {
  return scopes_.size_bytes() + runs_.size_bytes() + patterns_.size_bytes() + windows_.size_bytes();
}

}  // namespace portcullis::applocker
