// SPDX-License-Identifier: Apache-2.0
#include "policy/srp/environment.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/utf.h"

namespace portcullis::srp {
namespace {

struct Hive {
  std::string_view abbreviation;
  std::string_view name;
};
constexpr std::array kHives = {
    Hive{"HKLM\\", "HKEY_LOCAL_MACHINE\\"},
    Hive{"HKCU\\", "HKEY_CURRENT_USER\\"},
    Hive{"HKCR\\", "HKEY_CLASSES_ROOT\\"},
    Hive{"HKU\\", "HKEY_USERS\\"},
};

std::string KeyOf(std::string_view name) {
  std::string upper = UpperCase(name);
  for (const Hive& hive : kHives) {
    if (upper.starts_with(hive.abbreviation)) {
      return std::string(hive.name) + upper.substr(hive.abbreviation.size());
    }
  }
  return upper;
}

bool IsSeparator(char c) { return c == '\\' || c == '/'; }

// A value and what follows the name of it: one separator where both have one, which is the value's,
// for it says what kind of a path it is.
std::string Joined(std::string_view value, std::string_view rest) {
  if (!value.empty() && !rest.empty() && IsSeparator(value.back()) && IsSeparator(rest.front())) {
    rest.remove_prefix(1);
  }
  return std::string(value) + std::string(rest);
}

std::string_view WithoutQuotes(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    text = text.substr(1, text.size() - 2);
  }
  return text;
}

// A text of which the part before `from` is done.
struct Pending {
  std::string text;
  size_t from = 0;
  size_t depth = 0;    // of the value that stands at `from`; 0: none does
  size_t outside = 0;  // how many bytes at the end are no part of a value
};

}  // namespace

void Environment::Set(std::string_view name, std::vector<std::string> values) {
  values_.insert_or_assign(KeyOf(name), std::move(values));
}

void Environment::AddRegistry(std::span<const registry::Entry> entries) {
  for (const registry::Entry& entry : entries) {
    const auto text = registry::TextOf(entry);
    if (text) Set(entry.key + "\\" + entry.value, {*text});
  }
}

const std::vector<std::string>* Environment::Find(std::string_view name) const {
  const auto found = values_.find(KeyOf(name));
  return found == values_.end() ? nullptr : &found->second;
}

Expansion Environment::Expand(std::string_view text) const {
  Expansion result;
  text = WithoutQuotes(text);
  std::vector<Pending> pending = {{std::string(text), 0, 0, text.size()}};
  for (size_t steps = 0; !pending.empty(); ++steps) {
    Pending one = std::move(pending.back());
    pending.pop_back();
    const size_t begin = one.text.find('%', one.from);
    const size_t end = begin == std::string::npos ? begin : one.text.find('%', begin + 1);
    if (end == std::string::npos) {
      result.paths.push_back(std::move(one.text));
      continue;
    }
    const std::string name = one.text.substr(begin + 1, end - begin - 1);
    const std::vector<std::string>* const values = Find(name);
    const bool is_in_value = one.text.size() - begin > one.outside;
    const size_t depth = is_in_value ? one.depth + 1 : 1;
    if (values == nullptr) {
      if (!name.empty()) result.unknown.push_back(name);
      one.from = end;  // the second percent sign may begin a name itself
      pending.push_back(std::move(one));
      continue;
    }
    const size_t paths = pending.size() + result.paths.size() + values->size();
    if (depth > kMaxExpansionDepth || paths > kMaxExpansions || steps >= kMaxExpansionSteps) {
      result.is_cut = true;
      result.paths.push_back(std::move(one.text));
      continue;
    }
    const std::string_view rest = std::string_view(one.text).substr(end + 1);
    const size_t outside = std::min(one.outside, rest.size());
    for (auto value = values->rbegin(); value != values->rend(); ++value) {
      pending.push_back({one.text.substr(0, begin) + Joined(*value, rest), begin, depth, outside});
    }
  }
  return result;
}

}  // namespace portcullis::srp
