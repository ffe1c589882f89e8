// SPDX-License-Identifier: Apache-2.0
#include "policy/srp/reference.h"

#include <algorithm>
#include <tuple>

#include "policy/path_text.h"
#include "policy/srp/settings.h"

namespace portcullis::srp::reference {
namespace {

std::vector<std::string> SplitPath(std::string_view text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == kSeparator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

bool IsPlain(const std::string& component) {
  return component.find('*') == std::string::npos && component.find('?') == std::string::npos;
}

// reached[i]: the text up to unit i is matched by the pattern so far.
bool Glob(std::string_view pattern, std::string_view text) {
  std::vector<size_t> starts;
  for (size_t at = 0; at < text.size(); at += UnitLength(text[at])) starts.push_back(at);
  starts.push_back(text.size());
  const size_t units = starts.size() - 1;
  std::vector<bool> reached(units + 1);
  reached[0] = true;
  for (size_t at = 0; at < pattern.size(); at += UnitLength(pattern[at])) {
    const std::string_view unit = pattern.substr(at, UnitLength(pattern[at]));
    std::vector<bool> next(units + 1);
    if (unit == "*") next[0] = reached[0];
    for (size_t i = 1; i <= units; ++i) {
      const bool is_same =
          unit == "?" || unit == text.substr(starts[i - 1], starts[i] - starts[i - 1]);
      next[i] = unit == "*" ? reached[i] || next[i - 1] : is_same && reached[i - 1];
    }
    reached = std::move(next);
  }
  return reached[units];
}

bool AllMatch(const std::vector<std::string>& rule, const std::vector<std::string>& path) {
  for (size_t i = 0; i < rule.size(); ++i) {
    if (!Glob(rule[i], path[i])) return false;
  }
  return true;
}

uint32_t PlainInFront(const std::vector<std::string>& rule) {
  uint32_t count = 0;
  while (count < rule.size() && IsPlain(rule[count])) ++count;
  return count;
}

bool Counts(const Rule& rule, bool is_certain) {
  return is_certain || rule.level != Level::kUnrestricted;
}

bool HashMatches(const Rule& rule, const HashCondition& hash, const FileFacts& facts) {
  const bool may_be = !facts.size || hash.size == *facts.size;
  if (!may_be) return false;
  if (facts.unknown.hash) return Counts(rule, false);
  const auto same = [](const auto& fact, const auto& digest) {
    return fact && std::equal(fact->begin(), fact->end(), digest.begin());
  };
  if (hash.sha256 && same(facts.sha256, *hash.sha256)) return true;
  switch (hash.algorithm) {
    case HashAlgorithm::kMd5:
      return same(facts.md5, hash.digest);
    case HashAlgorithm::kSha1:
      return same(facts.sha1, hash.digest);
    case HashAlgorithm::kSha256:
      return same(facts.sha256, hash.digest);
  }
  return false;
}

bool CertificateMatches(const Rule& rule, const CertificateCondition& certificate,
                        const FileFacts& facts) {
  if (facts.unknown.publisher) return Counts(rule, false);
  return facts.signer == certificate.thumbprint && Counts(rule, facts.signature_is_valid);
}

std::optional<Specificity> BestPath(const Rule& rule, const PathCondition& condition,
                                    const Environment& environment, const FileAttributes& file) {
  std::optional<Specificity> best;
  for (const std::string& text : environment.Expand(condition.path).paths) {
    for (const PathAttribute& path : file.paths) {
      if (!Counts(rule, path.verified)) continue;
      const auto how = MatchPath(text, path);
      if (how && (!best || Compare(*how, *best) < 0)) best = how;
    }
  }
  return best;
}

std::optional<Match> MatchRule(const Rule& rule, const Settings& settings,
                               const Environment& environment, const FileAttributes& file) {
  Match match{&rule, {}};
  bool matches = false;
  if (const auto* hash = std::get_if<HashCondition>(&rule.condition)) {
    matches = HashMatches(rule, *hash, file.srp);
  } else if (const auto* certificate = std::get_if<CertificateCondition>(&rule.condition)) {
    matches = settings.certificate_rules_count && CertificateMatches(rule, *certificate, file.srp);
  } else if (const auto* path = std::get_if<PathCondition>(&rule.condition)) {
    const auto how = BestPath(rule, *path, environment, file);
    matches = how.has_value();
    if (how) match.specificity = *how;
  } else if (const auto* zone = std::get_if<UrlZoneCondition>(&rule.condition)) {
    matches = file.srp.is_installer && file.srp.zone == zone->zone;
  }
  if (!matches) return std::nullopt;
  return match;
}

// 10.5: kind, then how specific a path, then the more restrictive level.
bool IsStronger(const Match& a, const Match& b) {
  if (a.rule->kind() != b.rule->kind()) return a.rule->kind() < b.rule->kind();
  const auto order = Compare(a.specificity, b.specificity);
  if (order != 0) return order < 0;
  return a.rule->level < b.rule->level;
}

}  // namespace

std::optional<Specificity> MatchPath(std::string_view expanded, const PathAttribute& path) {
  const PathKind kind = path.is_host_path ? PathKind::kHost : PathKind::kWindows;
  const CasedText text = PatternToAlphabet(expanded, kind);
  std::vector<std::string> rule = SplitPath(path.case_sensitive ? text.exact : text.upper);
  const std::vector<std::string> file = SplitPath(path.case_sensitive ? path.exact : path.upper);
  if (rule.size() == 1) {
    if (!Glob(rule[0], file.back())) return std::nullopt;
    return Specificity{PathForm::kName, 0, PlainInFront(rule)};
  }
  if (file[0].starts_with('%')) return std::nullopt;  // a macro is AppLocker's alone
  const bool names_folders_alone = rule.back().empty();
  if (names_folders_alone) rule.pop_back();
  if (rule.size() > file.size() || !AllMatch(rule, file)) return std::nullopt;
  const uint32_t plain = PlainInFront(rule);
  const auto depth = static_cast<uint32_t>(rule.size());
  if (rule.size() < file.size()) return Specificity{PathForm::kFolder, depth, plain};
  if (names_folders_alone) return std::nullopt;
  return Specificity{plain == rule.size() ? PathForm::kFile : PathForm::kFileMask, 0, plain};
}

std::vector<Match> MatchesInOrder(std::span<const Policy> policies, const Environment& environment,
                                  const Request& request) {
  const Settings settings(policies);
  std::vector<Match> matches;
  for (const Policy& policy : policies) {
    if (!policy.is_defined()) continue;  // without a default level it is none
    for (const Rule& rule : policy.rules) {
      if (const auto match = MatchRule(rule, settings, environment, *request.file)) {
        matches.push_back(*match);
      }
    }
  }
  std::ranges::stable_sort(matches, IsStronger);
  return matches;
}

Answer Identify(std::span<const Policy> policies, const Environment& environment,
                const Request& request) {
  const Settings settings(policies);
  Answer answer;
  answer.not_asked = WhyNotAsked(settings, request);
  if (answer.not_asked != NotAsked::kAsked) return answer;
  const std::vector<Match> matches = MatchesInOrder(policies, environment, request);
  answer.level = settings.default_level;
  if (!matches.empty()) {
    answer.rule = matches.front().rule;
    answer.specificity = matches.front().specificity;
    answer.level = answer.rule->level;
  }
  answer.is_blocked = IsBlocked(answer.level, answer.rule == nullptr, request);
  return answer;
}

}  // namespace portcullis::srp::reference
