// SPDX-License-Identifier: Apache-2.0
// What users can make of a policy: folders that they write, deny rules that they evade, programs
// that run other code.
#include <fmt/core.h>

#include <algorithm>
#include <span>

#include "authoring/known_bypasses.h"
#include "authoring/lint/check.h"
#include "authoring/lint/rule_facts.h"
#include "base/quote.h"
#include "base/utf.h"

namespace portcullis::lint {
namespace {

using applocker::Action;
using applocker::CollectionType;
using applocker::Rule;
using applocker::RuleCollection;

constexpr size_t kMaxShownNames = 6;

// "a, b, c and 4 more"
std::string Listing(const std::vector<std::string>& names) {
  std::string text;
  const size_t shown = std::min(names.size(), kMaxShownNames);
  for (size_t i = 0; i < shown; ++i) text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > shown) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

std::vector<std::string> PathsOfPlaces(const std::vector<WritablePlace>& places) {
  std::vector<std::string> paths;
  paths.reserve(places.size());
  for (const WritablePlace& place : places) paths.push_back(Quote(place.path));
  return paths;
}

void WritableFolder(const CheckRun& run, const Rule& rule) {
  const OpenPlaces& open = run.context.PlacesOf(run.collection, rule);
  if (open.places.empty()) return;
  const WritablePlace& first = open.places.front();
  std::string message =
      fmt::format("allows what users put into {}: {}", Quote(first.path), first.why);
  if (open.places.size() > 1) {
    const std::vector<WritablePlace> others(open.places.begin() + 1, open.places.end());
    message += fmt::format("; also {}", Listing(PathsOfPlaces(others)));
  }
  run.TellOf(rule, std::move(message));
}

void StreamOfFolder(const CheckRun& run, const Rule& rule) {
  const OpenPlaces& open = run.context.PlacesOf(run.collection, rule);
  if (open.streams.empty()) return;
  run.TellOf(rule,
             fmt::format("allows programs in streams of {}", Listing(PathsOfPlaces(open.streams))));
}

// One finding a collection: nothing is known of a whole kind of paths, as a rule.
void UnknownWriters(const CheckRun& run) {
  const Rule* first = nullptr;
  size_t rules = 0;
  for (const Rule& rule : run.collection.rules) {
    const std::string* const path = PathOf(rule.condition);
    const bool is_share = path != nullptr && path->starts_with("\\\\");  // network-path tells
    if (is_share || !run.context.PlacesOf(run.collection, rule).unknown) continue;
    if (first == nullptr) first = &rule;
    ++rules;
  }
  if (first == nullptr) return;
  const Error& why = *run.context.PlacesOf(run.collection, *first).unknown;
  run.TellOf(*first, rules == 1 ? why.message
                                : fmt::format("{}; {} more rules of the collection are like this "
                                              "one",
                                              why.message, rules - 1));
}

// ---- Deny rules that a copy evades

// An allow rule that allows what users put somewhere.
const Rule* FindOpenRule(const CheckRun& run) {
  for (const Rule& rule : run.collection.rules) {
    if (rule.action != Action::kAllow || IsAdministrative(rule.user_or_group_sid)) continue;
    const std::string* const path = PathOf(rule.condition);
    if (path == nullptr) continue;
    const bool is_wide = IsEveryPath(*path) || IsAnyFolder(*path);
    if (is_wide || !run.context.PlacesOf(run.collection, rule).places.empty()) return &rule;
  }
  return nullptr;
}

template <typename Is>
void TellOfEvasion(const CheckRun& run, const Is& is_one, std::string_view how) {
  const Rule* first = nullptr;
  size_t rules = 0;
  for (const Rule& rule : run.collection.rules) {
    if (rule.action != Action::kDeny || !is_one(rule.condition)) continue;
    if (first == nullptr) first = &rule;
    ++rules;
  }
  const Rule* const open = first == nullptr ? nullptr : FindOpenRule(run);
  if (open == nullptr) return;
  run.TellOf(*first, fmt::format("{} of the collection's deny rules {} like this one; {} allows {}",
                                 rules, rules == 1 ? "is" : "are", Naming(*open), how));
}

bool IsPublisher(const applocker::Condition& condition) {
  return PublisherOf(condition) != nullptr;
}
bool IsHash(const applocker::Condition& condition) { return HashesOf(condition) != nullptr; }
// A name in whatever folder is evaded as well; a whole folder that users write is not.
bool IsPlace(const applocker::Condition& condition) {
  const std::string* const path = PathOf(condition);
  return path != nullptr && !path->empty() &&
         std::string_view("*\\/").find(path->back()) == std::string_view::npos;
}

void EvadedByStripping(const CheckRun& run) {
  TellOfEvasion(run, IsPublisher, "a copy without its signature");
}
void EvadedByCopying(const CheckRun& run) {
  TellOfEvasion(run, IsPlace, "a copy of the file under another name or in another folder");
}
void EvadedByChanging(const CheckRun& run) {
  TellOfEvasion(run, IsHash, "a copy with one byte changed");
}

// ---- Programs that run other code

constexpr const char* kProductOfWindows = "MICROSOFT® WINDOWS® OPERATING SYSTEM";

// A rule that denies older versions alone leaves this one.
FileVersion NewestOf(const KnownBypass& bypass) {
  return bypass.versions.high_section.value_or(FileVersion::Of(0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF));
}

FullyQualifiedBinaryName AsListed(const KnownBypass& bypass) {
  FullyQualifiedBinaryName name;
  name.publisher = bypass.publisher == "*" ? "O=PORTCULLIS PROBE" : bypass.publisher;
  name.product = bypass.product == "*" ? kProductOfWindows : UpperCase(bypass.product);
  name.binary = bypass.file_name;
  name.version = NewestOf(bypass);
  return name;
}

// What the file would have to be signed as for a condition that names it; the list does not know
// products, and who wrote the policy did.
std::optional<FullyQualifiedBinaryName> AsNamedBy(const applocker::Condition& condition,
                                                  FullyQualifiedBinaryName name) {
  const auto* const publisher = PublisherOf(condition);
  if (publisher == nullptr || UpperCase(publisher->binary_name) != name.binary) return std::nullopt;
  if (publisher->publisher_name != "*") name.publisher = UpperCase(publisher->publisher_name);
  if (publisher->product_name != "*") name.product = UpperCase(publisher->product_name);
  return name;
}

// Whoever the program may be signed by, as the collection sees it.
std::vector<FullyQualifiedBinaryName> PublishersOf(const KnownBypass& bypass,
                                                   const RuleCollection& collection) {
  const FullyQualifiedBinaryName as_listed = AsListed(bypass);
  std::vector<FullyQualifiedBinaryName> publishers = {as_listed};
  for (const Rule& rule : collection.rules) {
    for (const applocker::Condition* condition : ConditionsOf(rule)) {
      if (auto named = AsNamedBy(*condition, as_listed)) publishers.push_back(*std::move(named));
    }
  }
  return publishers;
}

// Copies of one program stand in all folders of a set.
using FolderSet = std::span<const std::string_view>;
constexpr std::string_view kOfSystem[] = {"C:\\Windows\\System32\\", "C:\\Windows\\SysWOW64\\"};
constexpr std::string_view kOfDotNet[] = {"C:\\Windows\\Microsoft.NET\\Framework64\\v4.0.30319\\",
                                          "C:\\Windows\\Microsoft.NET\\Framework\\v4.0.30319\\"};
constexpr std::string_view kOfLinux[] = {"/usr/bin/"};

// Denied is what no copy of it that the system has may run: a rule for one of the folders that it
// stands in is not enough.
bool IsDenied(const CheckRun& run, const KnownBypass& bypass,
              const std::optional<FullyQualifiedBinaryName>& publisher) {
  const bool is_for_linux = bypass.platform == BypassPlatform::kLinux;
  const AccessToken user = Context::OrdinaryUser(well_known_sids::kUsers);
  std::string name = is_for_linux ? bypass.file_name : bypass.name;
  if (is_for_linux) std::erase(name, '*');  // any version
  const auto is_denied_in = [&](std::string_view folder) {
    const Probe probe{bypass.collection, std::string(folder) + name, publisher, !is_for_linux};
    return !run.context.Allows(probe, user);
  };
  const auto is_denied_in_all = [&](FolderSet folders) {
    return std::ranges::all_of(folders, is_denied_in);
  };
  if (is_for_linux) return is_denied_in_all(kOfLinux);
  return is_denied_in_all(kOfSystem) || is_denied_in_all(kOfDotNet);
}

bool IsLeftAllowed(const CheckRun& run, const KnownBypass& bypass) {
  const Context& context = run.context;
  const bool is_for_linux = bypass.platform == BypassPlatform::kLinux;
  const bool is_asked = is_for_linux ? context.is_for_linux() : context.is_for_windows();
  if (!is_asked || !bypass.needed_by.empty()) return false;
  if (is_for_linux) return !IsDenied(run, bypass, {});
  return std::ranges::none_of(
      PublishersOf(bypass, run.collection),
      [&](const FullyQualifiedBinaryName& name) { return IsDenied(run, bypass, name); });
}

void KnownBypassAllowed(const CheckRun& run) {
  if (!run.collection.type || run.collection.rules.empty()) return;
  std::vector<std::string> names;
  for (const KnownBypass& bypass : KnownBypasses()) {
    const bool is_here = bypass.collection == *run.collection.type;
    if (is_here && IsLeftAllowed(run, bypass)) names.push_back(bypass.name);
  }
  if (names.empty()) return;
  run.Tell(fmt::format("{} known bypass program{} allowed: {}", names.size(),
                       names.size() == 1 ? " is" : "s are", Listing(names)));
}

constexpr Check kChecks[] = {
    {{"writable-folder", Severity::kWarning,
      "A rule for a folder allows whatever somebody puts there, and ordinary users may.",
      "Except these folders, or take the right to write from users."},
     WritableFolder},
    {{"stream-of-folder", Severity::kNote,
      "A folder that is excepted by `\\*` alone still has streams (`folder:name`), which users may "
      "write and run.",
      "Except `folder:*` too."},
     StreamOfFolder},
    {{"unknown-writers", Severity::kNote,
      "Whether users may write where the rule allows is not known here.",
      "Ask on the host with --host, or describe its folders with --folders."},
     nullptr,
     UnknownWriters},
    {{"evaded-by-stripping", Severity::kNote,
      "A file without a valid signature has no publisher, so a deny rule by publisher does not "
      "match it.",
      "Close the folders that users write; then no copy runs."},
     nullptr,
     EvadedByStripping},
    {{"evaded-by-copying", Severity::kNote, "A deny rule by path does not follow a copy.",
      "Deny by publisher, and close the folders that users write."},
     nullptr,
     EvadedByCopying},
    {{"evaded-by-changing", Severity::kNote, "A deny rule by hash matches one file to the byte.",
      "Deny by publisher, and close the folders that users write."},
     nullptr,
     EvadedByChanging},
    {{"known-bypass", Severity::kWarning,
      "These programs run code that they are given, and no rule is asked about that.",
      "Deny them, as `policy new --deny-known-bypasses` does."},
     nullptr,
     KnownBypassAllowed},
};

}  // namespace

std::span<const Check> ReachChecks() { return kChecks; }

}  // namespace portcullis::lint
