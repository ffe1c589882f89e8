// SPDX-License-Identifier: Apache-2.0
#include "authoring/condition_text.h"

#include <fmt/core.h>

#include "authoring/file_report.h"

namespace portcullis::authoring {
namespace {

using applocker::FileHashCondition;
using applocker::FilePathCondition;
using applocker::FilePublisherCondition;

std::string PublisherText(const FilePublisherCondition& condition) {
  std::string text = fmt::format("publisher {}, product {}, binary {}", condition.publisher_name,
                                 condition.product_name, condition.binary_name);
  const auto& range = condition.binary_version_range;
  if (range.low_section || range.high_section) {
    text += fmt::format(", version {} to {}", BoundText(range.low_section),
                        BoundText(range.high_section));
  }
  return text;
}

std::string HashText(const FileHashCondition& condition) {
  if (condition.hashes.size() != 1) return fmt::format("{} hashes", condition.hashes.size());
  const auto& hash = condition.hashes.front();
  std::string text = fmt::format("hash {}", DigestText(hash.digest));
  if (hash.source_file_name) text += fmt::format(" ({})", *hash.source_file_name);
  return text;
}

}  // namespace

std::string BoundText(const std::optional<FileVersion>& bound) {
  return bound ? bound->ToString() : "*";
}

std::string ConditionText(const applocker::Condition& condition) {
  if (const auto* publisher = std::get_if<FilePublisherCondition>(&condition)) {
    return PublisherText(*publisher);
  }
  if (const auto* path = std::get_if<FilePathCondition>(&condition)) return "path " + path->path;
  return HashText(std::get<FileHashCondition>(condition));
}

}  // namespace portcullis::authoring
