// SPDX-License-Identifier: Apache-2.0
// The rules of AppLocker that say what rules of Software Restriction Policies say, before they have
// ids and a collection.
//
// Shape:   items, each of one precedence. Where the default restricts, every allowing item becomes
//          allow rules whose exceptions are the restricting items that count for as much or more;
//          where it allows, every restricting item becomes deny rules whose exceptions are the
//          allowing items that count for more. What can not be said exactly errs to the default.
// Limits:  below, and policy/applocker/limits.h.
// Errors:  kLimitExceeded: which rule, how many, how many are allowed.
// Threads: pure functions.
// Source:  docs/srp-to-applocker.md "Precedence".
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "policy/applocker/model.h"
#include "policy/srp/migration/path_part.h"

namespace portcullis::srp::migration {

// Pairs of items that are held against each other, and exceptions of all rules of one collection.
inline constexpr size_t kMaxPairs = 100'000'000;
inline constexpr size_t kMaxExceptions = 1'000'000;
// Rules that a collection has besides those of items: for accounts.
inline constexpr size_t kAccountRules = 2;

// A rule, or a part of one, that AppLocker can say; one of `path`, `hash` and `publisher` by kind.
struct Item {
  size_t place = 0;   // of the rule, among all
  std::string label;  // of the rule, for sentences
  bool allows = false;
  RuleKind kind = RuleKind::kPath;
  PathPart path;
  applocker::FileHash hash;
  std::string publisher;
};

struct Draft {
  size_t place = 0;
  std::string piece;  // "file", "folder", ...: with the condition what names it among its rule's
  applocker::Action action = applocker::Action::kAllow;
  applocker::Condition condition;
  std::vector<applocker::Condition> exceptions;
};

// Why a rule is not said exactly; or, where `is_doubt` is not set, something worth knowing.
struct Remark {
  size_t place = 0;
  bool is_doubt = true;
  std::string sentence;
};

struct Drafts {
  std::vector<Draft> drafts;
  std::vector<Remark> remarks;
  std::vector<size_t> exception_of;  // by place: how many drafts except something for it
};

struct DraftOptions {
  bool default_allows = false;
  bool ignore_case = false;  // paths of Windows alone
};
// `places` is how many rules there are.
Result<Drafts> DraftRules(std::span<const Item> items, size_t places, const DraftOptions& options);

}  // namespace portcullis::srp::migration
