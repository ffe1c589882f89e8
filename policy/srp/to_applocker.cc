// SPDX-License-Identifier: Apache-2.0
#include "policy/srp/to_applocker.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "base/bytes.h"
#include "base/utf.h"
#include "formats/xml/escape.h"
#include "policy/applocker/limits.h"
#include "policy/srp/migration/drafts.h"
#include "policy/srp/migration/items.h"
#include "policy/srp/migration/notes.h"
#include "policy/srp/migration/rule_id.h"
#include "policy/srp/settings.h"

namespace portcullis::srp {
namespace {

using applocker::Action;
using applocker::CollectionType;
using applocker::FilePathCondition;
using applocker::FilePublisherCondition;
using applocker::RuleCollection;
using applocker::RuleId;
using migration::Draft;
using migration::Drafts;
using migration::Item;

// The front of a text, in whole characters.
std::string Shortened(std::string_view text, size_t most) {
  std::string result;
  for (size_t count = 0; count < most && !text.empty(); ++count) {
    const size_t length = FirstCodePoint(text).value_or(CodePoint{0, 1}).length;
    result += text.substr(0, length);
    text.remove_prefix(length);
  }
  return result;
}

// What names a condition among those of one rule.
std::string TextOf(const applocker::Condition& condition) {
  if (const auto* path = std::get_if<FilePathCondition>(&condition)) return path->path;
  if (const auto* publisher = std::get_if<FilePublisherCondition>(&condition)) {
    return publisher->publisher_name;
  }
  const auto& hash = std::get<applocker::FileHashCondition>(condition).hashes.front();
  return HexLower(hash.digest.bytes);
}

class Writer {
 public:
  Writer(std::span<const Policy> policies, const MigrationOptions& options)
      : settings_(policies), options_(options) {}

  Result<Migration> Run(std::span<const Policy> policies, const Environment& environment);

 private:
  Result<void> AddCollection(CollectionType type);
  Result<void> AddAppx();
  Result<void> AddDraft(const Draft& draft, RuleCollection& collection);
  Result<void> AddForAll(RuleCollection& collection, const Sid& sid, std::string name);
  Result<void> AddAccounts(RuleCollection& collection, bool default_allows);
  Result<RuleId> IdOf(const RuleCollection& collection, std::string_view name);
  Result<const Drafts*> DraftsFor(bool default_allows);
  void Report(const Drafts& drafts);
  bool AllowsByDefault(CollectionType type) const;

  Settings settings_;
  const MigrationOptions& options_;
  std::vector<Item> items_;
  std::optional<Drafts> restricting_;  // where the default restricts
  std::optional<Drafts> allowing_;
  std::set<std::array<uint8_t, 16>> ids_;
  Migration result_;
};

bool Writer::AllowsByDefault(CollectionType type) const {
  return settings_.default_level == Level::kUnrestricted ||
         (settings_.default_level == Level::kBasicUser && type == CollectionType::kScript);
}

Result<const Drafts*> Writer::DraftsFor(bool default_allows) {
  std::optional<Drafts>& drafts = default_allows ? allowing_ : restricting_;
  if (!drafts) {
    const migration::DraftOptions options = {default_allows,
                                             options_.paths_for == PathsFor::kWindows};
    drafts = TRY(migration::DraftRules(items_, result_.rules.size(), options));
    Report(*drafts);
  }
  return &*drafts;
}

void Writer::Report(const Drafts& drafts) {
  for (const migration::Remark& remark : drafts.remarks) {
    MigratedRule& rule = result_.rules[remark.place];
    if (remark.is_doubt) rule.equality = std::max(rule.equality, Equality::kInexact);
    if (std::ranges::find(rule.sentences, remark.sentence) == rule.sentences.end()) {
      rule.sentences.push_back(remark.sentence);
    }
  }
  for (size_t place = 0; place < result_.rules.size(); ++place) {
    size_t& count = result_.rules[place].exception_of;
    count = std::max(count, drafts.exception_of[place]);
  }
}

// Two rules may say the very same: the second gets an id of its own.
Result<RuleId> Writer::IdOf(const RuleCollection& collection, std::string_view name) {
  for (size_t again = 0;; ++again) {
    std::string text = fmt::format("{}\n{}", collection.type_text, name);
    if (again > 0) text += fmt::format("\n{}", again);
    const RuleId id = TRY(migration::RuleIdOf(text));
    if (ids_.insert(id.bytes).second) return id;
  }
}

Result<void> Writer::AddDraft(const Draft& draft, RuleCollection& collection) {
  MigratedRule& report = result_.rules[draft.place];
  const std::string label = migration::LabelOf(*report.rule);
  applocker::Rule rule;
  rule.id =
      TRY(IdOf(collection, fmt::format("{}\n{}\n{}", label, draft.piece, TextOf(draft.condition))));
  rule.name = Shortened(fmt::format("SRP {}, {}: {}", label, draft.piece, TextOf(draft.condition)),
                        applocker::kMaxNameLength);
  if (xml::CanCarry(report.rule->description)) {
    rule.description = Shortened(report.rule->description, applocker::kMaxDescriptionLength);
  }
  rule.user_or_group_sid = well_known_sids::kEveryone;
  rule.action = draft.action;
  rule.condition = draft.condition;
  rule.exceptions = draft.exceptions;
  report.ids.push_back(rule.id);
  collection.rules.push_back(std::move(rule));
  return {};
}

Result<void> Writer::AddForAll(RuleCollection& collection, const Sid& sid, std::string name) {
  applocker::Rule rule;
  rule.id = TRY(IdOf(collection, name));
  rule.name = std::move(name);
  rule.user_or_group_sid = sid;
  rule.condition = FilePathCondition{"*"};
  collection.rules.push_back(std::move(rule));
  return {};
}

Result<void> Writer::AddAccounts(RuleCollection& collection, bool default_allows) {
  if (default_allows) {
    return AddForAll(collection, well_known_sids::kEveryone,
                     fmt::format("SRP default level {}", DisplayName(settings_.default_level)));
  }
  TRY_VOID(AddForAll(collection, well_known_sids::kLocalSystem,
                     "SRP leaves programs of LocalSystem alone"));
  if (settings_.policy_scope != PolicyScope::kAllButAdministrators) return {};
  return AddForAll(collection, well_known_sids::kAdministrators, "SRP leaves administrators alone");
}

Result<void> Writer::AddCollection(CollectionType type) {
  const bool default_allows = AllowsByDefault(type);
  RuleCollection collection;
  collection.type = type;
  collection.type_text = ToString(type);
  collection.enforcement_mode = options_.mode;
  TRY_VOID(AddAccounts(collection, default_allows));
  const Drafts* drafts = TRY(DraftsFor(default_allows));
  for (const Draft& draft : drafts->drafts) TRY_VOID(AddDraft(draft, collection));
  const bool has_services = type == CollectionType::kExe || type == CollectionType::kDll;
  if (has_services && !default_allows) {
    collection.extensions.emplace();
    collection.extensions->services = applocker::ServicesEnforcement::kEnabled;
    collection.extensions->has_redstone = true;
  }
  result_.policy.collections.push_back(std::move(collection));
  return {};
}

// Windows blocks packaged apps where Exe has rules and Appx none.
Result<void> Writer::AddAppx() {
  RuleCollection collection;
  collection.type = CollectionType::kAppx;
  collection.type_text = ToString(CollectionType::kAppx);
  collection.enforcement_mode = options_.mode;
  TRY_VOID(AddForAll(collection, well_known_sids::kEveryone, "SRP leaves packaged apps alone"));
  collection.rules.back().condition = FilePublisherCondition{"*", "*", "*", {}};
  result_.policy.collections.push_back(std::move(collection));
  return {};
}

Result<Migration> Writer::Run(std::span<const Policy> policies, const Environment& environment) {
  result_.notes = migration::NotesOn(policies, settings_);
  const migration::Context context = {settings_, environment, options_};
  for (const Policy& policy : policies) {
    for (const Rule& rule : policy.rules) {
      MigratedRule& report = result_.rules.emplace_back();
      report.rule = &rule;
      if (!policy.is_defined()) {
        report.sentences.emplace_back("its policy has no default level and so is none");
        continue;
      }
      migration::AddItems(rule, context, items_, result_.rules.size() - 1, report);
    }
  }
  if (!settings_.is_defined) return std::move(result_);
  if (settings_.enforcement != TransparentEnabled::kNone) {
    TRY_VOID(AddCollection(CollectionType::kExe));
    TRY_VOID(AddAppx());
  }
  if (settings_.enforcement == TransparentEnabled::kAll) {
    TRY_VOID(AddCollection(CollectionType::kDll));
  }
  TRY_VOID(AddCollection(CollectionType::kScript));
  TRY_VOID(AddCollection(CollectionType::kMsi));
  return std::move(result_);
}

}  // namespace

const char* ToString(Equality equality) {
  switch (equality) {
    case Equality::kExact:
      return "exact";
    case Equality::kInexact:
      return "inexact";
    case Equality::kNone:
      break;
  }
  return "none";
}

Result<Migration> ToAppLocker(std::span<const Policy> policies, const Environment& environment,
                              const MigrationOptions& options) {
  return Writer(policies, options).Run(policies, environment);
}

}  // namespace portcullis::srp
