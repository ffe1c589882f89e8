// SPDX-License-Identifier: Apache-2.0
#include "policy/srp/compiled_policy.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "policy/applocker/pattern_index_builder.h"

namespace portcullis::srp {
namespace {

size_t PlaceOf(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::kMd5:
      return 0;
    case HashAlgorithm::kSha1:
      return 1;
    case HashAlgorithm::kSha256:
      break;
  }
  return 2;
}

// Where a path rule is filed in the index.
constexpr uint64_t kBothKinds = 2;
constexpr uint64_t ScopeOf(PathKind kind) { return static_cast<uint64_t>(kind); }

// Enough of a digest to find it by.
template <typename Digest>
uint64_t FrontOf(const Digest& digest) {
  return LoadUnaligned<uint64_t>(reinterpret_cast<const char*>(digest.data()));
}

// Who restricts counts what might be, who allows only what is certain.
bool Restricts(const Rule& rule) { return rule.level != Level::kUnrestricted; }

bool HoldsDigest(const HashCondition& condition, HashAlgorithm algorithm,
                 std::span<const uint8_t> digest) {
  if (condition.algorithm == algorithm &&
      std::equal(digest.begin(), digest.end(), condition.digest.begin())) {
    return true;
  }
  return algorithm == HashAlgorithm::kSha256 && condition.sha256 &&
         std::equal(digest.begin(), digest.end(), condition.sha256->begin());
}

}  // namespace

struct CompiledPolicy::Best {
  const std::vector<const Rule*>& rules;
  std::optional<uint32_t> place;
  Specificity specificity;

  // Equally specific: what restricts more, then what stands first.
  void Offer(uint32_t candidate, const Specificity& how = {}) {
    if (!place) return Take(candidate, how);
    const auto order = Compare(how, specificity);
    if (order != 0) {
      if (order < 0) Take(candidate, how);
      return;
    }
    const Level mine = rules[candidate]->level;
    const Level other = rules[*place]->level;
    if (mine < other || (mine == other && candidate < *place)) Take(candidate, how);
  }

 private:
  void Take(uint32_t candidate, const Specificity& how) {
    place = candidate;
    specificity = how;
  }
};

Result<CompiledPolicy> CompiledPolicy::Make(std::vector<Policy> policies,
                                            const Environment& environment) {
  Settings settings(policies);
  CompiledPolicy compiled(std::move(policies), std::move(settings));
  TRY_VOID(compiled.AddRules(environment));
  return compiled;
}

Result<void> CompiledPolicy::AddRules(const Environment& environment) {
  for (const Policy& policy : policies_) {
    if (!policy.is_defined()) continue;
    for (const Rule& rule : policy.rules) rules_.push_back(&rule);
  }
  for (uint32_t place = 0; place < rules_.size(); ++place) TRY_VOID(Add(place, environment));
  IndexPaths();
  return {};
}

Result<void> CompiledPolicy::Add(uint32_t place, const Environment& environment) {
  const Rule& rule = *rules_[place];
  switch (rule.kind()) {
    case RuleKind::kHash:
      AddHash(place, std::get<HashCondition>(rule.condition));
      break;
    case RuleKind::kCertificate:
      signers_.emplace(FrontOf(std::get<CertificateCondition>(rule.condition).thumbprint), place);
      if (Restricts(rule)) restricting_signers_.push_back(place);
      break;
    case RuleKind::kPath:
      return AddPath(place, std::get<PathCondition>(rule.condition), environment);
    case RuleKind::kUrlZone:
      zones_.at(static_cast<size_t>(std::get<UrlZoneCondition>(rule.condition).zone))
          .push_back(place);
      break;
  }
  return {};
}

void CompiledPolicy::AddHash(uint32_t place, const HashCondition& condition) {
  hashes_.at(PlaceOf(condition.algorithm)).emplace(FrontOf(condition.digest), place);
  if (condition.sha256) {
    hashes_.at(PlaceOf(HashAlgorithm::kSha256)).emplace(FrontOf(*condition.sha256), place);
  }
  if (Restricts(*rules_[place])) hash_sizes_.emplace(condition.size, place);
}

Result<void> CompiledPolicy::AddPath(uint32_t place, const PathCondition& condition,
                                     const Environment& environment) {
  const Expansion expansion = environment.Expand(condition.path);
  for (const std::string& name : expansion.unknown) {
    doubts_.push_back({rules_[place], fmt::format("nothing is known to stand for %{}%", name)});
  }
  if (expansion.is_cut) {
    doubts_.push_back(
        {rules_[place], fmt::format("its variables stand for more than {} paths, or for one "
                                    "another; what is left is taken as it is written",
                                    kMaxExpansions)});
  }
  for (const std::string& path : expansion.paths) {
    if (paths_.size() == kMaxCompiledPaths) {
      return Fail(
          ErrorCode::kLimitExceeded,
          fmt::format("path rules: more than {} once variables are expanded", kMaxCompiledPaths));
    }
    paths_.push_back({place, PathRule(path)});
  }
  return {};
}

void CompiledPolicy::IndexPaths() {
  struct Entry {
    std::string text;
    uint64_t scope;
    uint32_t path;
  };
  std::vector<Entry> entries;
  const auto add = [&](uint32_t path, PathKind kind, uint64_t scope) {
    for (std::string& text : paths_[path].matcher.Wider(kind)) {
      entries.push_back({std::move(text), scope, path});
    }
  };
  for (uint32_t path = 0; path < paths_.size(); ++path) {
    if (paths_[path].matcher.is_of_both_kinds()) {
      add(path, PathKind::kWindows, kBothKinds);
    } else {
      add(path, PathKind::kWindows, ScopeOf(PathKind::kWindows));
      add(path, PathKind::kHost, ScopeOf(PathKind::kHost));
    }
  }
  applocker::PatternIndexBuilder builder(applocker::QuestionMark::kWildcard);
  for (const Entry& entry : entries) builder.Add(entry.text, entry.scope, entry.path);
  index_ = builder.Build();
  for (size_t scope = 0; scope < index_kinds_.size(); ++scope) {
    index_kinds_.at(scope) = index_.KindsOf(scope);
  }
}

bool CompiledPolicy::FindHash(const FileFacts& facts, Best& best) const {
  if (facts.unknown.hash && !facts.size) {
    for (const auto& [size, place] : hash_sizes_) best.Offer(place);
    return best.place.has_value();
  }
  if (facts.unknown.hash) {
    const auto [begin, end] = hash_sizes_.equal_range(*facts.size);
    for (auto at = begin; at != end; ++at) best.Offer(at->second);
    return best.place.has_value();
  }
  const auto try_digest = [&](HashAlgorithm algorithm, const auto& digest) {
    if (!digest) return;
    const auto [begin, end] = hashes_.at(PlaceOf(algorithm)).equal_range(FrontOf(*digest));
    for (auto at = begin; at != end; ++at) {
      const auto& condition = std::get<HashCondition>(rules_[at->second]->condition);
      if (condition.size == facts.size && HoldsDigest(condition, algorithm, *digest)) {
        best.Offer(at->second);
      }
    }
  };
  try_digest(HashAlgorithm::kMd5, facts.md5);
  try_digest(HashAlgorithm::kSha1, facts.sha1);
  try_digest(HashAlgorithm::kSha256, facts.sha256);
  return best.place.has_value();
}

bool CompiledPolicy::FindSigner(const FileFacts& facts, Best& best) const {
  if (!settings_.certificate_rules_count) return false;
  if (facts.unknown.publisher) {
    for (const uint32_t place : restricting_signers_) best.Offer(place);
    return best.place.has_value();
  }
  if (!facts.signer) return false;
  const auto [begin, end] = signers_.equal_range(FrontOf(*facts.signer));
  for (auto at = begin; at != end; ++at) {
    const Rule& rule = *rules_[at->second];
    const auto& condition = std::get<CertificateCondition>(rule.condition);
    if (condition.thumbprint == *facts.signer && (facts.signature_is_valid || Restricts(rule))) {
      best.Offer(at->second);
    }
  }
  return best.place.has_value();
}

bool CompiledPolicy::FindPath(const FileAttributes& file, Best& best) const {
  for (const PathAttribute& path : file.paths) {
    const auto offer = [&](uint32_t candidate) {
      const Path& rule = paths_[candidate];
      if (!path.verified && !Restricts(*rules_[rule.rule])) return;
      if (const auto how = rule.matcher.Match(path)) best.Offer(rule.rule, *how);
    };
    const PathKind kind = path.is_host_path ? PathKind::kHost : PathKind::kWindows;
    for (const uint64_t scope : {ScopeOf(kind), kBothKinds}) {
      const uint32_t kinds = index_kinds_.at(scope);
      if (kinds != 0) index_.Candidates(path.keyed_upper(), 0, scope, kinds, offer);
    }
  }
  return best.place.has_value();
}

bool CompiledPolicy::FindZone(const FileFacts& facts, Best& best) const {
  if (!facts.is_installer || !facts.zone) return false;
  for (const uint32_t place : zones_.at(static_cast<size_t>(*facts.zone))) best.Offer(place);
  return best.place.has_value();
}

Answer CompiledPolicy::Identify(const Request& request) const {
  Answer answer;
  answer.not_asked = WhyNotAsked(settings_, request);
  if (answer.not_asked != NotAsked::kAsked) return answer;
  const FileFacts& facts = request.file->srp;
  Best best{rules_, std::nullopt, {}};
  if (FindHash(facts, best) || FindSigner(facts, best) || FindPath(*request.file, best) ||
      FindZone(facts, best)) {
    answer.rule = rules_[*best.place];
    answer.specificity = best.specificity;
  }
  answer.level = answer.rule != nullptr ? answer.rule->level : settings_.default_level;
  answer.is_blocked = IsBlocked(answer.level, answer.rule == nullptr, request);
  return answer;
}

bool CompiledPolicy::NeedsHash(HashAlgorithm algorithm) const {
  return !hashes_.at(PlaceOf(algorithm)).empty();
}

bool CompiledPolicy::NeedsZone() const {
  return std::ranges::any_of(zones_, [](const auto& rules) { return !rules.empty(); });
}

}  // namespace portcullis::srp
