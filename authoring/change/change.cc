// SPDX-License-Identifier: Apache-2.0
#include "authoring/change/change.h"

#include <array>

namespace portcullis::authoring {
namespace {

constexpr std::array<const char*, 10> kNames = {
    "policy-changed",   "collection-removed", "collection-added", "collection-changed",
    "collection-moved", "rule-removed",       "rule-added",       "rule-changed",
    "rule-renumbered",  "rule-moved"};

}  // namespace

const char* ToString(ChangeKind kind) { return kNames.at(static_cast<size_t>(kind)); }

std::optional<ChangeKind> ParseChangeKind(std::string_view text) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (text == kNames.at(i)) return static_cast<ChangeKind>(i);
  }
  return std::nullopt;
}

}  // namespace portcullis::authoring
