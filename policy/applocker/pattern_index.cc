// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/pattern_index.h"

#include <algorithm>
#include <utility>

namespace portcullis::applocker {
namespace {

constexpr size_t kNowhere = std::string_view::npos;
// A place at the front or the end costs a text less than windows do, so it is kept as long as no
// more patterns than this share it.
constexpr uint32_t kFewPatterns = 8;
constexpr size_t kMaxWindowsOfPattern = 64;
constexpr size_t kCounters = size_t{1} << 18;

size_t WindowIndexFor(size_t run_length) {
  return static_cast<size_t>(
      std::ranges::find_if(kWindowSizes, [&](size_t size) { return size <= run_length; }) -
      kWindowSizes.begin());
}

}  // namespace

PatternIndex::Builder::Place PatternIndex::Builder::FrontPlace(std::string_view run,
                                                               uint64_t scope) {
  Place place;
  place.kind = kFront;
  place.chain = KeyOf(KeyKind::kFront, scope);
  for (size_t end = run.find(kSeparator); end != kNowhere; end = run.find(kSeparator)) {
    place.chain = HashText(run.substr(0, end + 1), place.chain);
    run.remove_prefix(end + 1);
  }
  const std::string_view residual = run.substr(0, kMaxResidual);
  place.residual_length = residual.size();
  place.key = KeyOf(KeyKind::kRunHere, ResidualKey(place.chain, residual));
  return place;
}

PatternIndex::Builder::Place PatternIndex::Builder::EndPlace(std::string_view run, uint64_t scope) {
  Place place;
  place.kind = kEnd;
  place.chain = KeyOf(KeyKind::kEnd, scope);
  for (size_t at = run.rfind(kSeparator); at != kNowhere; at = run.rfind(kSeparator)) {
    place.chain = HashText(run.substr(at), place.chain);
    run = run.substr(0, at);
  }
  const std::string_view residual = run.substr(run.size() - std::min(run.size(), kMaxResidual));
  place.residual_length = residual.size();
  place.key = KeyOf(KeyKind::kRunHere, ResidualKey(place.chain, residual));
  return place;
}

template <typename Visit>
void PatternIndex::Builder::ForEachWindow(std::string_view inside, uint64_t scope,
                                          Visit visit) const {
  for (size_t begin = 0; begin < inside.size();) {
    const size_t end = std::min(FindWildcard(inside, question_mark_, begin), inside.size());
    const std::string_view run = inside.substr(begin, end - begin);
    begin = end + 1;
    if (run.empty()) continue;
    const size_t index = WindowIndexFor(run.size());
    const size_t size = kWindowSizes[index];
    const size_t windows = run.size() - size + 1;
    const size_t step = 1 + windows / kMaxWindowsOfPattern;
    for (size_t i = 0; i < windows; i += step) {
      Place place;
      place.key = WindowKey(LoadWindow(run.data() + i, size), size, scope);
      place.kind = static_cast<uint32_t>(kFirstWindow) << index;
      visit(place);
    }
  }
}

// Every place that a pattern offers, those that cost a text least first.
template <typename Visit>
void PatternIndex::Builder::ForEachPlace(const Pattern& pattern, Visit visit) const {
  const std::string_view text = pattern.text;
  const size_t first = FindWildcard(text, question_mark_);
  if (first == kNowhere) {
    uint64_t chain = KeyOf(KeyKind::kFront, pattern.scope);
    std::string_view rest = text;
    for (size_t end = rest.find(kSeparator); end != kNowhere; end = rest.find(kSeparator)) {
      chain = HashText(rest.substr(0, end + 1), chain);
      rest.remove_prefix(end + 1);
    }
    Place place;
    place.key = KeyOf(KeyKind::kWhole, HashText(rest, chain));
    place.kind = kWhole;
    visit(place);
    return;
  }
  size_t last = text.rfind('*');
  if (question_mark_ == QuestionMark::kWildcard) last = text.find_last_of("*?");
  if (first > 0) visit(FrontPlace(text.substr(0, first), pattern.scope));
  if (last + 1 < text.size()) visit(EndPlace(text.substr(last + 1), pattern.scope));
  ForEachWindow(text.substr(first, last + 1 - first), pattern.scope, visit);
}

void PatternIndex::Builder::CountPlaces() {
  counts_.assign(kCounters, 0);
  for (const Pattern& pattern : patterns_) {
    ForEachPlace(pattern, [&](const Place& place) { ++CountOf(place.key); });
  }
}

PatternIndex::Builder::Place PatternIndex::Builder::Choose(const Pattern& pattern) {
  Place best;
  best.kind = kAny;
  best.key = KeyOf(KeyKind::kAny, pattern.scope);
  uint32_t fewest = UINT32_MAX;
  ForEachPlace(pattern, [&](const Place& place) {
    const uint32_t count = std::max(CountOf(place.key), kFewPatterns);
    if (count >= fewest) return;
    fewest = count;
    best = place;
  });
  return best;
}

// One entry a key, its value the bits of all.
std::vector<KeyTable::Entry> PatternIndex::Builder::JoinBits(std::vector<KeyTable::Entry> entries) {
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

PatternIndex PatternIndex::Builder::Build() {
  CountPlaces();
  std::vector<KeyTable::Entry> scopes;
  std::vector<KeyTable::Entry> runs;
  std::vector<KeyTable::Entry> patterns;
  std::vector<KeyTable::Entry> windows;
  for (const Pattern& pattern : patterns_) {
    const Place place = Choose(pattern);
    scopes.push_back({KeyOf(KeyKind::kScope, pattern.scope), place.kind});
    if (place.kind == kFront || place.kind == kEnd) {
      runs.push_back({place.chain, uint32_t{1} << place.residual_length});
    }
    (place.kind >= kFirstWindow ? windows : patterns).push_back({place.key, pattern.value});
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

size_t PatternIndex::size_bytes() const {
  return scopes_.size_bytes() + runs_.size_bytes() + patterns_.size_bytes() + windows_.size_bytes();
}

}  // namespace portcullis::applocker
