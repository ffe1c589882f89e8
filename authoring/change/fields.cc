// SPDX-License-Identifier: Apache-2.0
#include "authoring/change/fields.h"

#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <utility>

#include "authoring/condition_text.h"
#include "authoring/file_report.h"

namespace portcullis::authoring {
namespace {

using applocker::AppLockerPolicy;
using applocker::Condition;
using applocker::FileHash;
using applocker::FileHashCondition;
using applocker::FilePathCondition;
using applocker::FilePublisherCondition;
using applocker::Rule;
using applocker::RuleCollection;
using applocker::RuleCollectionExtensions;

class Fields {
 public:
  void Compare(std::string_view field, std::string from, std::string to) {
    if (from == to) return;
    changes_.push_back({std::string(field), std::move(from), std::move(to)});
  }
  // What stands in one list and not in the other; what only stands elsewhere is told as a whole.
  void CompareLists(std::string_view field, const std::vector<std::string>& from,
                    const std::vector<std::string>& to) {
    const size_t before = changes_.size();
    for (const std::string& text : Missing(from, to)) Compare(field, text, "");
    for (const std::string& text : Missing(to, from)) Compare(field, "", text);
    if (changes_.size() == before && from != to) {
      changes_.push_back({std::string(field), "one order", "another order"});
    }
  }
  std::vector<FieldChange> Take() { return std::move(changes_); }

 private:
  // Those of `all` that `others` has fewer of.
  static std::vector<std::string> Missing(std::vector<std::string> all,
                                          std::vector<std::string> others) {
    std::ranges::sort(all);
    std::ranges::sort(others);
    std::vector<std::string> missing;
    std::ranges::set_difference(all, others, std::back_inserter(missing));
    return missing;
  }

  std::vector<FieldChange> changes_;
};

std::string HashText(const FileHash& hash) {
  std::string text = fmt::format("{} {}", ToString(hash.digest.type), DigestText(hash.digest));
  if (hash.source_file_name) text += fmt::format(" {}", *hash.source_file_name);
  if (hash.source_file_length) text += fmt::format(" ({} bytes)", *hash.source_file_length);
  return text;
}

std::vector<std::string> HashTexts(const FileHashCondition& condition) {
  std::vector<std::string> texts;
  for (const FileHash& hash : condition.hashes) texts.push_back(HashText(hash));
  return texts;
}

// With every hash, where ConditionText counts them.
std::string WholeText(const Condition& condition) {
  const auto* hashes = std::get_if<FileHashCondition>(&condition);
  if (hashes == nullptr) return ConditionText(condition);
  std::string text = "hash";
  for (const std::string& hash : HashTexts(*hashes)) text += " " + hash;
  return text;
}

std::vector<std::string> ExceptionTexts(const Rule& rule) {
  std::vector<std::string> texts;
  for (const Condition& exception : rule.exceptions) texts.push_back(WholeText(exception));
  return texts;
}

void CompareKind(Fields& fields, const FilePathCondition& a, const FilePathCondition& b) {
  fields.Compare("path", a.path, b.path);
}
void CompareKind(Fields& fields, const FilePublisherCondition& a, const FilePublisherCondition& b) {
  fields.Compare("publisher", a.publisher_name, b.publisher_name);
  fields.Compare("product", a.product_name, b.product_name);
  fields.Compare("binary", a.binary_name, b.binary_name);
  fields.Compare("low_version", BoundText(a.binary_version_range.low_section),
                 BoundText(b.binary_version_range.low_section));
  fields.Compare("high_version", BoundText(a.binary_version_range.high_section),
                 BoundText(b.binary_version_range.high_section));
}
void CompareKind(Fields& fields, const FileHashCondition& a, const FileHashCondition& b) {
  fields.CompareLists("hash", HashTexts(a), HashTexts(b));
}

void CompareConditions(Fields& fields, const Condition& a, const Condition& b) {
  if (a.index() != b.index()) return fields.Compare("condition", WholeText(a), WholeText(b));
  std::visit(
      [&](const auto& kind) {
        CompareKind(fields, kind, std::get<std::decay_t<decltype(kind)>>(b));
      },
      a);
}

std::string ServicesText(const RuleCollectionExtensions& extensions) {
  return extensions.services ? ToString(*extensions.services) : "";
}
std::string SystemAppsText(const RuleCollectionExtensions& extensions) {
  if (!extensions.system_apps_allow) return "";
  return *extensions.system_apps_allow ? "Enabled" : "NotEnabled";
}
std::string OriginText(const RuleCollectionExtensions& extensions) {
  if (!extensions.origin_data_revocation) return "";
  return fmt::format("current {}, trusted {}",
                     extensions.origin_data_revocation->current_origin_data_id,
                     extensions.origin_data_revocation->trusted_origin_data_id);
}

}  // namespace

std::vector<FieldChange> FieldsThatDiffer(const Rule& a, const Rule& b) {
  Fields fields;
  if (a.id != b.id) fields.Compare("id", a.id.ToString(), b.id.ToString());
  fields.Compare("name", a.name, b.name);
  fields.Compare("description", a.description, b.description);
  fields.Compare("user_or_group_sid", a.user_or_group_sid.ToString(),
                 b.user_or_group_sid.ToString());
  fields.Compare("action", ToString(a.action), ToString(b.action));
  CompareConditions(fields, a.condition, b.condition);
  fields.CompareLists("exception", ExceptionTexts(a), ExceptionTexts(b));
  return fields.Take();
}

std::vector<FieldChange> FieldsThatDiffer(const RuleCollection& a, const RuleCollection& b) {
  Fields fields;
  fields.Compare("mode", ToString(a.mode()), ToString(b.mode()));
  fields.Compare("extensions", a.extensions ? "there" : "absent",
                 b.extensions ? "there" : "absent");
  const auto from = a.extensions.value_or(RuleCollectionExtensions{});
  const auto to = b.extensions.value_or(RuleCollectionExtensions{});
  fields.Compare("services", ServicesText(from), ServicesText(to));
  fields.Compare("system_apps", SystemAppsText(from), SystemAppsText(to));
  fields.Compare("origin_data", OriginText(from), OriginText(to));
  fields.Compare("other_extensions", from.other_elements, to.other_elements);
  return fields.Take();
}

std::vector<FieldChange> FieldsThatDiffer(const AppLockerPolicy& a, const AppLockerPolicy& b) {
  Fields fields;
  fields.Compare("version", a.version, b.version);
  fields.Compare("policy_extensions", a.policy_extensions, b.policy_extensions);
  return fields.Take();
}

}  // namespace portcullis::authoring
