// SPDX-License-Identifier: Apache-2.0
#include "formats/registry/registry_change.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/little_endian.h"

namespace portcullis::registry {
namespace {

using Action = Change::Action;

std::vector<uint8_t> BytesOf(std::string_view bytes) { return {bytes.begin(), bytes.end()}; }

// The names between the ';' of the entry's text; empty ones are none.
Result<std::vector<std::string>> ListedNames(const Entry& entry) {
  const std::string text = TRY(TextOf(entry));
  std::vector<std::string> names;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(';', begin), text.size());
    if (end > begin) names.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  if (names.size() > kMaxListed) {
    return Fail(ErrorCode::kLimitExceeded, fmt::format("{} lists {} names, at most {} are allowed",
                                                       entry.value, names.size(), kMaxListed));
  }
  return names;
}

class ChangeList {
 public:
  Result<void> Add(const Entry& entry, uint32_t place) {
    place_ = place;
    const auto special = SpecialOf(entry.value);
    if (!special) {
      AddPlain(entry);
      return {};
    }
    switch (special->action) {
      case Special::Action::kDeleteValue:
        Put(Action::kDeleteValue, entry.key, special->name);
        return {};
      case Special::Action::kDeleteAll:
        Put(Action::kDeleteAllValues, entry.key, "");
        return {};
      case Special::Action::kSecureKey:
        Put(Action::kSecureKey, entry.key, entry.value);
        return {};
      case Special::Action::kSoft:
        changes_.push_back(
            {Action::kSetIfAbsent, {entry.key, special->name, entry.type, entry.data}, place});
        return {};
      case Special::Action::kDeleteValues:
        for (std::string& name : TRY(ListedNames(entry))) {
          Put(Action::kDeleteValue, entry.key, std::move(name));
        }
        return {};
      case Special::Action::kDeleteKeys:
        for (const std::string& name : TRY(ListedNames(entry))) {
          Put(Action::kDeleteKey, fmt::format("{}\\{}", entry.key, name), "");
        }
        return {};
    }
    return {};
  }
  std::vector<Change> Take() { return std::move(changes_); }

 private:
  void Put(Action action, std::string key, std::string value) {
    changes_.push_back({action, {std::move(key), std::move(value), Type::kNone, {}}, place_});
  }
  void AddPlain(const Entry& entry) {
    if (entry.value.starts_with("**")) {
      changes_.push_back({Action::kUnknown, entry, place_});
    } else if (entry.value.empty() && entry.type == Type::kNone && entry.data.empty()) {
      Put(Action::kMakeKey, entry.key, "");
    } else {
      changes_.push_back({Action::kSetValue, entry, place_});
    }
  }

  std::vector<Change> changes_;
  uint32_t place_ = 0;
};

}  // namespace

const char* ToString(Action action) {
  switch (action) {
    case Action::kSetValue:
      return "set-value";
    case Action::kSetIfAbsent:
      return "set-if-absent";
    case Action::kDeleteValue:
      return "delete-value";
    case Action::kDeleteAllValues:
      return "delete-all-values";
    case Action::kMakeKey:
      return "make-key";
    case Action::kDeleteKey:
      return "delete-key";
    case Action::kSecureKey:
      return "secure-key";
    case Action::kUnknown:
      return "unknown";
  }
  return "";
}

Result<std::vector<Change>> ChangesOf(std::span<const Entry> entries) {
  ChangeList list;
  uint32_t place = 0;
  for (const Entry& entry : entries) {
    ++place;
    if (auto added = list.Add(entry, place); !added) {
      return Fail(added.error().code, fmt::format("entry {}: {}", place, added.error().message));
    }
  }
  return list.Take();
}

std::vector<uint8_t> TextData(std::string_view text) {
  std::string bytes = ToUtf16Le(text);
  AppendLe16(bytes, 0);
  return BytesOf(bytes);
}

std::vector<uint8_t> TextsData(std::span<const std::string> texts) {
  std::string bytes;
  for (const std::string& text : texts) {
    bytes += ToUtf16Le(text);
    AppendLe16(bytes, 0);
  }
  AppendLe16(bytes, 0);
  return BytesOf(bytes);
}

std::vector<uint8_t> DwordData(uint32_t number) {
  std::string bytes;
  AppendLe32(bytes, number);
  return BytesOf(bytes);
}

std::vector<uint8_t> QwordData(uint64_t number) {
  std::string bytes;
  AppendLe64(bytes, number);
  return BytesOf(bytes);
}

}  // namespace portcullis::registry
