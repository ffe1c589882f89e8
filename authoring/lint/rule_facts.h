// SPDX-License-Identifier: Apache-2.0
// Small questions about rules that several checks ask.
//
// Lifetime: what is returned views the rule.
// Threads: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/applocker/model.h"

namespace portcullis::lint {

const std::string* PathOf(const applocker::Condition& condition);
const applocker::FilePublisherCondition* PublisherOf(const applocker::Condition& condition);
const applocker::FileHashCondition* HashesOf(const applocker::Condition& condition);

// The condition and the exceptions.
std::vector<const applocker::Condition*> ConditionsOf(const applocker::Rule& rule);
// Their paths.
std::vector<const std::string*> PathsOf(const applocker::Rule& rule);

// A backslash or a drive in it: it can only be meant for Windows.
bool IsForWindows(std::string_view path);
bool HasWildcard(std::string_view text);
std::string_view LastComponent(std::string_view path);
// In upper case; empty where the name has none, or a wildcard in it.
std::string ExtensionOf(std::string_view name);

// `*` and the patterns that say the same of Windows' files, or of a host's.
bool IsEveryPath(std::string_view path);
// Any other whose first wildcard stands before any folder has ended: `*\tool.exe`, `C*`.
bool IsAnyFolder(std::string_view path);

// Of administrators and of the system: they may write everywhere anyway.
bool IsAdministrative(const Sid& sid);
// Ordinary users, all of them.
bool IsEverybody(const Sid& sid);

// "rule "Name" (id)", for a message about another rule.
std::string Naming(const applocker::Rule& rule);

// A path up to the last separator before the first wildcard, and the rest behind it.
struct SplitPattern {
  std::string folder;  // without the separator, but for "/"
  std::string rest;
};
std::optional<SplitPattern> SplitAtWildcard(const std::string& path);

std::string TypeText(const applocker::RuleCollection& collection);

}  // namespace portcullis::lint
