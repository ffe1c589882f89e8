// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/compiled_collection.h"

#include <algorithm>
#include <utility>

#include "policy/applocker/seeded_fault.h"

namespace portcullis::applocker {
namespace {

// Up to this many conditions are compared one by one, which costs no more than an index would.
constexpr size_t kFewConditions = 16;

TokenView ViewOfToken(CollectionType type, const MatchingSettings& settings) {
  if (type == CollectionType::kExe || type == CollectionType::kAppx) return TokenView::kExe;
  const bool is_script = type == CollectionType::kScript || type == CollectionType::kMsi;
  return is_script && settings.scripts_use_exe_view ? TokenView::kExe : TokenView::kAsIs;
}

size_t CountComparisons(const std::vector<Condition>& conditions) {
  size_t count = conditions.size();
  for (const Condition& condition : conditions) {
    if (const auto* hashes = std::get_if<FileHashCondition>(&condition)) {
      count += hashes->hashes.size();
    }
  }
  return count;
}

// A doubt speaks against running the file: what an exception takes away from an allow rule it takes
// by what is only possible, and from a deny rule by what is certain.
Evidence EvidenceForExceptions(bool is_deny) {
  return is_deny != Fault(16) ? Evidence::kCertain : Evidence::kPossible;
}

std::vector<uint32_t> RulesInOrder(const RuleCollection& collection,
                                   const MatchingSettings& settings) {
  std::vector<uint32_t> order(collection.rules.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto& rules = collection.rules;
  if (settings.reported_rule == ReportedRule::kSmallestId && !Fault(15)) {
    std::ranges::stable_sort(order, {}, [&](uint32_t i) { return rules[i].id.bytes; });
  }
  std::stable_partition(order.begin(), order.end(),
                        [&](uint32_t i) { return rules[i].action == Action::kDeny; });
  return order;
}

// Ends a search at whatever is found.
struct StopAtFirst {
  uint32_t& limit;
  static void Prefetch(uint32_t /*rank*/) {}
  void operator()(uint32_t /*rank*/) const { limit = 0; }
};

}  // namespace

CompiledCollection::CompiledCollection(CollectionType type, const MatchingSettings& settings)
    : type_(type),
      settings_(settings),
      token_view_(ViewOfToken(type, settings)),
      store_(settings) {}

CompiledCollection::CompiledCollection(const RuleCollection& collection,
                                       const MatchingSettings& settings)
    : CompiledCollection(collection.type.value_or(CollectionType::kExe), settings) {
  std::vector<ConditionIndex::Entry> entries;
  entries.reserve(collection.rules.size());
  for (const uint32_t place : RulesInOrder(collection, settings)) {
    const Rule& rule = collection.rules[place];
    if (rule.action == Action::kDeny) ++deny_count_;
    const auto rank = static_cast<uint32_t>(rules_.size());
    entries.push_back({store_.Add(rule.condition), rank});
    Compile(rule, place);
  }
  store_.Finish();
  sids_.Finish();
  rules_.Finish();
  exceptions_.Finish();
  index_.emplace_back(store_, entries, deny_count_);
}

void CompiledCollection::Compile(const Rule& rule, uint32_t place) {
  CompiledRule compiled{place, sids_.Add(rule.user_or_group_sid), 0, 0, rule.source};
  if (CountComparisons(rule.exceptions) <= kFewConditions) {
    compiled.exceptions = static_cast<uint32_t>(exceptions_.size());
    compiled.exception_count = static_cast<uint32_t>(rule.exceptions.size());
    for (const Condition& exception : rule.exceptions) exceptions_.push_back(store_.Add(exception));
  } else {
    std::vector<ConditionIndex::Entry> entries;
    for (const Condition& exception : rule.exceptions) {
      entries.push_back({store_.Add(exception), static_cast<uint32_t>(entries.size())});
    }
    compiled.exceptions = static_cast<uint32_t>(exception_indexes_.size());
    compiled.exception_count = kHasIndex;
    const bool by_what_is_possible =
        EvidenceForExceptions(rule.action == Action::kDeny) == Evidence::kPossible;
    exception_indexes_.emplace_back(store_, entries, by_what_is_possible ? kNoRank : 0);
  }
  rules_.push_back(compiled);
}

// A package has a publisher and, unless a setting says otherwise, nothing else.
FileView CompiledCollection::View(const FileAttributes& file) const {
  FileView view;
  view.unknown.publisher = file.unknown.publisher;
  if (file.publisher && !file.unknown.publisher) view.publisher = &*file.publisher;
  if (type_ == CollectionType::kAppx && settings_.packages_match_by_publisher_only) {
    return view;
  }
  view.paths = file.paths;
  const auto pointer = [](const std::optional<FileDigest>& digest) {
    return digest ? &*digest : nullptr;
  };
  view.unknown.hash = file.unknown.hash;
  if (file.unknown.hash) return view;
  view.digests = {pointer(file.sha256), pointer(file.sha256_second), pointer(file.sha256_flat),
                  pointer(file.sha1)};
  if (!settings_.msi_authenticode_hash_matches) view.digests[1] = nullptr;
  return view;
}

bool CompiledCollection::IsCancelled(const CompiledRule& rule, const FileView& file,
                                     Evidence evidence) const {
  if (rule.exception_count == kHasIndex) {
    uint32_t limit = kNoRank;
    exception_indexes_[rule.exceptions].ForEachMatch(file, limit, StopAtFirst{limit});
    return limit == 0;
  }
  const auto exceptions = exceptions_.values().subspan(rule.exceptions, rule.exception_count);
  return std::ranges::any_of(
      exceptions, [&](const ConditionRef& ref) { return store_.Matches(ref, file, evidence); });
}

// What is left to ask once the condition of a rule holds.
bool CompiledCollection::Applies(uint32_t rank, const FileView& file, TokenSids& token) const {
  const CompiledRule& rule = rules_[rank];
  const bool is_deny = IsDeny(rank);
  if (!token.Matches(rule.sid, is_deny ? Action::kDeny : Action::kAllow)) return false;
  return !IsCancelled(rule, file, EvidenceForExceptions(is_deny));
}

template <typename Take>
void CompiledCollection::ForEachApplying(const FileView& file, TokenSids& token, uint32_t& limit,
                                         Take take) const {
  struct Visit {
    const CompiledCollection& rules;
    const FileView& file;
    TokenSids& token;
    Take& take;
    void Prefetch(uint32_t rank) const { __builtin_prefetch(&rules.rules_[rank]); }
    void operator()(uint32_t rank) {
      if (rules.Applies(rank, file, token)) take(rank);
    }
  };
  index_.front().ForEachMatch(file, limit, Visit{*this, file, token, take});
}

CompiledCollection::Match CompiledCollection::FirstMatch(const Request& request) const {
  const FileView file = View(*request.file);
  for (const PathAttribute& path : file.paths) path.Prefetch();
  if (file.publisher != nullptr) file.publisher->Prefetch();
  TokenSids token(sids_, *request.token, token_view_);
  uint32_t best = kNoRank;
  ForEachApplying(file, token, best, [&](uint32_t rank) { best = rank; });
  if (best == kNoRank) return {};
  const CompiledRule& rule = rules_[best];
  return {true, IsDeny(best) ? Action::kDeny : Action::kAllow, static_cast<uint16_t>(rule.source),
          rule.place};
}

std::vector<uint32_t> CompiledCollection::AllMatches(const Request& request) const {
  const FileView file = View(*request.file);
  TokenSids token(sids_, *request.token, token_view_);
  std::vector<uint32_t> ranks;
  uint32_t limit = kNoRank;
  ForEachApplying(file, token, limit, [&](uint32_t rank) { ranks.push_back(rank); });
  std::ranges::sort(ranks);
  ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
  for (uint32_t& rank : ranks) rank = rules_[rank].place;
  return ranks;
}

size_t CompiledCollection::size_bytes() const {
  size_t size = sizeof(*this) + store_.size_bytes() + rules_.size_bytes() +
                exceptions_.size_bytes() + sids_.size() * sizeof(Sid) + index_.front().size_bytes();
  for (const ConditionIndex& index : exception_indexes_) size += index.size_bytes();
  return size;
}

}  // namespace portcullis::applocker
