// SPDX-License-Identifier: Apache-2.0
#include "policy/srp/migration/drafts.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/utf.h"
#include "policy/applocker/limits.h"
#include "policy/srp/migration/pattern.h"

namespace portcullis::srp::migration {
namespace {

using applocker::Action;
using applocker::Condition;
using applocker::FileHashCondition;
using applocker::FilePathCondition;
using applocker::FilePublisherCondition;

Condition PathOf(std::string text) { return FilePathCondition{std::move(text)}; }

Condition PublisherOf(std::string name) {
  return FilePublisherCondition{std::move(name), "*", "*", {}};
}

bool SameText(std::string_view a, std::string_view b, bool ignore_case) {
  return ignore_case ? UpperCase(a) == UpperCase(b) : a == b;
}

// Less counts for more.
std::strong_ordering CompareItems(const Item& a, const Item& b) {
  if (a.kind != b.kind) return a.kind <=> b.kind;
  return Compare(a.path.how, b.path.how);
}

// What the other side has to say of an item's files.
struct Opposing {
  std::vector<const Item*> paths;
  std::vector<const Item*> publishers;
  std::vector<const Item*> hashes;
};

class Drafter {
 public:
  Drafter(std::span<const Item> items, size_t places, const DraftOptions& options)
      : options_(options) {
    for (const Item& item : items) {
      const bool makes_rules = item.allows != options.default_allows;
      (makes_rules ? makers_ : takers_).push_back(&item);
    }
    result_.exception_of.resize(places);
  }

  Result<Drafts> Run() {
    if (makers_.size() * takers_.size() > kMaxPairs) {
      return Fail(
          ErrorCode::kLimitExceeded,
          fmt::format("{} rules of one side and {} of the other are {} pairs, at most {} are "
                      "allowed",
                      makers_.size(), takers_.size(), makers_.size() * takers_.size(), kMaxPairs));
    }
    for (size_t i = 0; i < makers_.size(); ++i) {
      const bool is_pair = i + 1 < makers_.size() && IsOneFolder(*makers_[i], *makers_[i + 1]);
      if (is_pair && AddWholeFolder(*makers_[i], *makers_[i + 1])) {
        ++i;
      } else {
        Add(*makers_[i]);
      }
      TRY_VOID(CheckLimits(*makers_[i]));
    }
    return std::move(result_);
  }

 private:
  Opposing OpposingOf(const Item& item) const;
  bool Counts(const Item& taker, const Item& maker) const;
  static bool IsOneFolder(const Item& first, const Item& second);
  bool AddWholeFolder(const Item& files, const Item& folders);
  void Add(const Item& item);
  void AddHash(const Item& item);
  void AddPath(const Item& item);
  std::vector<Condition> CommonExceptions(const Item& item, const Opposing& opposing);
  struct Masks;
  void AddBelow(const Item& item, const Masks& masks, const std::vector<Condition>& common);
  void AddDraft(const Item& item, std::string piece, Condition condition,
                std::vector<Condition> exceptions);
  void Doubt(const Item& item, std::string sentence) {
    result_.remarks.push_back({item.place, true, std::move(sentence)});
  }
  void Tell(const Item& item, std::string sentence) {
    result_.remarks.push_back({item.place, false, std::move(sentence)});
  }
  void DoubtException(const Item& item, const Item& taker, const Pattern& pattern);
  Result<void> CheckLimits(const Item& item) const;

  DraftOptions options_;
  std::vector<const Item*> makers_;
  std::vector<const Item*> takers_;
  Drafts result_;
  size_t exceptions_ = 0;
  size_t most_exceptions_ = 0;  // of one rule
};

// Where levels are all that differs the restricting one counts.
bool Drafter::Counts(const Item& taker, const Item& maker) const {
  const auto order = CompareItems(taker, maker);
  return options_.default_allows ? order < 0 : order <= 0;
}

Opposing Drafter::OpposingOf(const Item& item) const {
  Opposing opposing;
  for (const Item* taker : takers_) {
    if (!Counts(*taker, item)) continue;
    switch (taker->kind) {
      case RuleKind::kHash:
        opposing.hashes.push_back(taker);
        break;
      case RuleKind::kCertificate:
        opposing.publishers.push_back(taker);
        break;
      default:
        if (MayOverlap(item.path, taker->path)) opposing.paths.push_back(taker);
    }
  }
  return opposing;
}

// `D:\P\*` as the files of a folder and as all that lies deeper.
bool Drafter::IsOneFolder(const Item& first, const Item& second) {
  const std::vector<std::string>& components = first.path.components;
  return first.place == second.place && first.kind == RuleKind::kPath &&
         first.path.how.form == PathForm::kFileMask && second.path.how.form == PathForm::kFolder &&
         components == second.path.components && components.back() == "*" &&
         first.path.literals() + 1 == components.size() && first.path.literals() > 0;
}

// One rule for both, where the other side says the same of both.
bool Drafter::AddWholeFolder(const Item& files, const Item& folders) {
  const Opposing of_files = OpposingOf(files);
  const Opposing of_folders = OpposingOf(folders);
  const bool is_same = of_files.paths == of_folders.paths && of_files.paths.empty();
  if (!is_same) return false;
  std::vector<Condition> common = CommonExceptions(files, of_files);
  AddDraft(files, "folder", PathOf(ExceptionOf(files.path).text), std::move(common));
  return true;
}

void Drafter::Add(const Item& item) {
  switch (item.kind) {
    case RuleKind::kHash:
      return AddHash(item);
    case RuleKind::kCertificate:
      return AddDraft(item, "publisher", PublisherOf(item.publisher),
                      CommonExceptions(item, OpposingOf(item)));
    default:
      return AddPath(item);
  }
}

// Hash rules have no exceptions; what restricts one of the same hash is known here.
void Drafter::AddHash(const Item& item) {
  for (const Item* taker : OpposingOf(item).hashes) {
    if (taker->hash.digest != item.hash.digest) continue;
    ++result_.exception_of[taker->place];
    return Tell(item, fmt::format("never decides: {} has the same hash", taker->label));
  }
  AddDraft(item, "hash", FileHashCondition{{item.hash}}, {});
}

std::vector<Condition> Drafter::CommonExceptions(const Item& item, const Opposing& opposing) {
  std::vector<Condition> exceptions;
  FileHashCondition hashes;
  for (const Item* taker : opposing.hashes) {
    hashes.hashes.push_back(taker->hash);
    ++result_.exception_of[taker->place];
  }
  if (!hashes.hashes.empty()) exceptions.emplace_back(std::move(hashes));
  for (const Item* taker : opposing.publishers) {
    exceptions.push_back(PublisherOf(taker->publisher));
    ++result_.exception_of[taker->place];
    Doubt(item, fmt::format("its exception for {} takes out what any certificate of that publisher "
                            "signed",
                            taker->label));
  }
  return exceptions;
}

// The masks among what is excepted from one rule, by the depth of what they name.
struct Drafter::Masks {
  struct One {
    std::string pattern;
    Below below;
  };
  std::vector<One> all;
  std::vector<std::string> others;  // exceptions that are no masks
};

void Drafter::DoubtException(const Item& item, const Item& taker, const Pattern& pattern) {
  const std::string example = ExampleOfDifference(taker.path, pattern);
  const std::string such = example.empty() ? "" : fmt::format(", as {}", example);
  Doubt(item, fmt::format("its exception {} for {} takes out more than that rule names{}",
                          pattern.text, taker.label, such));
  if (taker.place != item.place) {
    Doubt(taker, fmt::format("stands as exception {}, which takes out more than it names{}",
                             pattern.text, such));
  }
}

void Drafter::AddPath(const Item& item) {
  const Pattern own = ConditionOf(item.path);
  const Opposing opposing = OpposingOf(item);
  Masks masks;
  std::set<Root> roots;
  std::set<std::string> seen;
  for (const Item* taker : opposing.paths) {
    const Pattern exception = ExceptionOf(taker->path);
    ++result_.exception_of[taker->place];
    const bool is_same = taker->path.how.form == item.path.how.form &&
                         SameText(exception.text, own.text, options_.ignore_case);
    if (exception.is_exact && is_same) {
      return Tell(item, fmt::format("never decides as a rule of a {}: {} names the same and "
                                    "restricts more, or names it more closely",
                                    ToString(item.path.how.form), taker->label));
    }
    const bool is_mask = taker->path.how.form == PathForm::kFileMask;
    Below below;
    if (is_mask) {
      below = BelowMask(item.path, taker->path, options_.ignore_case);
      roots.insert(taker->path.root());
    }
    if (!exception.is_exact || (is_mask && (!below.is_exact || roots.size() > 1))) {
      DoubtException(item, *taker, exception);
    }
    if (is_mask) {
      masks.all.push_back({exception.text, std::move(below)});
    } else if (seen.insert(exception.text).second) {
      masks.others.push_back(exception.text);
    }
  }
  if (!own.is_exact) {
    const std::string example = ExampleOfDifference(item.path, own);
    Doubt(item, fmt::format("its wildcards would cross separators in {}; what they would take in "
                            "so is left out, and with it some that the rule names{}",
                            own.text, example.empty() ? "" : fmt::format(", as {}", example)));
  }
  std::vector<Condition> common = CommonExceptions(item, opposing);
  for (const std::string& text : masks.others) common.push_back(PathOf(text));

  std::vector<Condition> exceptions = common;
  std::set<std::string> patterns;
  for (const Masks::One& mask : masks.all) {
    if (patterns.insert(mask.pattern).second) exceptions.push_back(PathOf(mask.pattern));
  }
  for (const std::string& text : own.exceptions) exceptions.push_back(PathOf(text));
  AddDraft(item, ToString(item.path.how.form), PathOf(own.text), std::move(exceptions));
  AddBelow(item, masks, common);
}

// What the masks' exceptions take out too much is given back by a rule for each depth and folder.
void Drafter::AddBelow(const Item& item, const Masks& masks, const std::vector<Condition>& common) {
  std::map<std::string, const Below*> given;
  for (const Masks::One& mask : masks.all) {
    if (mask.below.given) given.emplace(mask.below.given->text, &mask.below);
  }
  for (const auto& [text, below] : given) {
    // Never more than the others leave of it.
    if (std::ranges::find(common, PathOf(text)) != common.end()) continue;
    std::vector<Condition> exceptions = common;
    std::set<std::string> patterns;
    for (const Masks::One& mask : masks.all) {
      const bool is_deeper = mask.below.depth > below->depth || !mask.below.is_exact;
      if (is_deeper && patterns.insert(mask.pattern).second) {
        exceptions.push_back(PathOf(mask.pattern));
      }
    }
    for (const std::string& own : below->given->exceptions) exceptions.push_back(PathOf(own));
    AddDraft(item, "below", PathOf(text), std::move(exceptions));
  }
}

void Drafter::AddDraft(const Item& item, std::string piece, Condition condition,
                       std::vector<Condition> exceptions) {
  const Action action = item.allows ? Action::kAllow : Action::kDeny;
  exceptions_ += exceptions.size();
  most_exceptions_ = std::max(most_exceptions_, exceptions.size());
  for (const Condition& each : exceptions) {
    const auto* hashes = std::get_if<FileHashCondition>(&each);
    if (hashes != nullptr) exceptions_ += hashes->hashes.size() - 1;
  }
  result_.drafts.push_back(
      {item.place, std::move(piece), action, std::move(condition), std::move(exceptions)});
}

Result<void> Drafter::CheckLimits(const Item& item) const {
  const auto most = [&](size_t found, size_t allowed, const char* what) -> Result<void> {
    if (found <= allowed) return {};
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("{}: {} {}, at most {} are allowed", item.label, found, what, allowed));
  };
  TRY_VOID(most(most_exceptions_, applocker::kMaxExceptionsPerRule, "exceptions of one rule"));
  TRY_VOID(most(result_.drafts.size(), applocker::kMaxRulesPerCollection - kAccountRules,
                "rules of one collection"));
  return most(exceptions_, kMaxExceptions, "exceptions of one collection so far");
}

}  // namespace

Result<Drafts> DraftRules(std::span<const Item> items, size_t places, const DraftOptions& options) {
  return Drafter(items, places, options).Run();
}

}  // namespace portcullis::srp::migration
