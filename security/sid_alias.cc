// SPDX-License-Identifier: Apache-2.0
#include "security/sid_alias.h"

#include <algorithm>
#include <array>
#include <span>

#include "security/ascii.h"

namespace portcullis {
namespace {

struct FixedAlias {
  std::string_view name;
  Sid sid;
};

struct DomainAlias {
  std::string_view name;
  uint32_t relative_id;
};

constexpr auto kFixed = std::to_array<FixedAlias>({
    {"WD", {1, {0}}},
    {"CO", {3, {0}}},
    {"CG", {3, {1}}},
    {"OW", {3, {4}}},
    {"NU", {5, {2}}},
    {"IU", {5, {4}}},
    {"SU", {5, {6}}},
    {"AN", {5, {7}}},
    {"ED", {5, {9}}},
    {"PS", {5, {10}}},
    {"AU", {5, {11}}},
    {"RC", {5, {12}}},
    {"SY", {5, {18}}},
    {"LS", {5, {19}}},
    {"NS", {5, {20}}},
    {"WR", {5, {33}}},
    {"BA", {5, {32, 544}}},
    {"BU", {5, {32, 545}}},
    {"BG", {5, {32, 546}}},
    {"PU", {5, {32, 547}}},
    {"AO", {5, {32, 548}}},
    {"SO", {5, {32, 549}}},
    {"PO", {5, {32, 550}}},
    {"BO", {5, {32, 551}}},
    {"RE", {5, {32, 552}}},
    {"RU", {5, {32, 554}}},
    {"RD", {5, {32, 555}}},
    {"NO", {5, {32, 556}}},
    {"MU", {5, {32, 558}}},
    {"LU", {5, {32, 559}}},
    {"IS", {5, {32, 568}}},
    {"CY", {5, {32, 569}}},
    {"ER", {5, {32, 573}}},
    {"CD", {5, {32, 574}}},
    {"RA", {5, {32, 575}}},
    {"ES", {5, {32, 576}}},
    {"MS", {5, {32, 577}}},
    {"HA", {5, {32, 578}}},
    {"AA", {5, {32, 579}}},
    {"RM", {5, {32, 580}}},
    {"UD", {5, {84, 0, 0, 0, 0, 0}}},
    {"AC", {15, {2, 1}}},
    {"LW", {16, {4096}}},
    {"ME", {16, {8192}}},
    {"MP", {16, {8448}}},
    {"HI", {16, {12288}}},
    {"SI", {16, {16384}}},
    {"AS", {18, {1}}},
    {"SS", {18, {2}}},
});

constexpr auto kOfDomain = std::to_array<DomainAlias>({
    {"RO", 498},
    {"LA", 500},
    {"LG", 501},
    {"DA", 512},
    {"DU", 513},
    {"DG", 514},
    {"DC", 515},
    {"DD", 516},
    {"CA", 517},
    {"SA", 518},
    {"EA", 519},
    {"PA", 520},
    {"CN", 522},
    {"AP", 525},
    {"KA", 526},
    {"EK", 527},
    {"RS", 553},
});

bool IsInDomain(const Sid& sid, const Sid& domain) {
  const auto subs = sid.sub_authorities();
  const auto of_domain = domain.sub_authorities();
  return sid.authority() == domain.authority() && subs.size() == of_domain.size() + 1 &&
         std::ranges::equal(subs.first(of_domain.size()), of_domain);
}

}  // namespace

tl::expected<Sid, SidAliasError> FindSidByAlias(std::string_view alias,
                                                const std::optional<Sid>& domain) {
  const auto is_named = [&](const auto& entry) { return EqualsIgnoringCase(entry.name, alias); };
  if (const auto* fixed = std::ranges::find_if(kFixed, is_named); fixed != kFixed.end()) {
    return fixed->sid;
  }
  const auto* const entry = std::ranges::find_if(kOfDomain, is_named);
  if (entry == kOfDomain.end()) return tl::unexpected(SidAliasError::kUnknown);
  if (!domain) return tl::unexpected(SidAliasError::kNeedsDomain);
  const auto child = domain->Child(entry->relative_id);
  if (!child) return tl::unexpected(SidAliasError::kNeedsDomain);
  return *child;
}

std::string_view FindAliasOfSid(const Sid& sid, const std::optional<Sid>& domain) {
  const auto* const fixed = std::ranges::find(kFixed, sid, &FixedAlias::sid);
  if (fixed != kFixed.end()) return fixed->name;
  if (!domain || !IsInDomain(sid, *domain)) return {};
  const auto* const entry =
      std::ranges::find(kOfDomain, sid.sub_authorities().back(), &DomainAlias::relative_id);
  return entry == kOfDomain.end() ? std::string_view{} : entry->name;
}

}  // namespace portcullis
