// SPDX-License-Identifier: Apache-2.0
#include "authoring/generate/options.h"

#include <algorithm>
#include <array>

namespace portcullis {
namespace {

constexpr std::array<const char*, 3> kTypes = {"publisher", "path", "hash"};
constexpr std::array<const char*, 5> kLevels = {"all-signed", "publisher", "product", "file",
                                                "version"};
constexpr std::array<const char*, 4> kVersions = {"at-least", "exactly", "at-most", "any"};

template <typename Enum, size_t kCount>
std::optional<Enum> Parse(const std::array<const char*, kCount>& words, std::string_view text) {
  const auto found = std::ranges::find(words, text);
  if (found == words.end()) return std::nullopt;
  return static_cast<Enum>(found - words.begin());
}

}  // namespace

const char* ToString(RuleType type) { return kTypes.at(static_cast<size_t>(type)); }

std::optional<RuleType> ParseRuleType(std::string_view text) {
  return Parse<RuleType>(kTypes, text);
}

std::optional<PublisherLevel> ParsePublisherLevel(std::string_view text) {
  return Parse<PublisherLevel>(kLevels, text);
}

std::optional<VersionChoice> ParseVersionChoice(std::string_view text) {
  return Parse<VersionChoice>(kVersions, text);
}

}  // namespace portcullis
