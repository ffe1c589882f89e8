// SPDX-License-Identifier: Apache-2.0
#include "policy/srp/value_reader.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/quote.h"
#include "base/utf.h"

namespace portcullis::srp {
namespace {

using registry::Type;

constexpr size_t kShownKey = 200;

std::string TypeText(Type type) {
  const std::string_view name = registry::NameOf(type);
  return name.empty() ? fmt::format("type {}", static_cast<uint32_t>(type)) : std::string(name);
}

// A key as it is where that is fit for a message: quoting would double each backslash.
std::string KeyText(std::string_view key) {
  const bool is_plain = key.size() <= kShownKey && std::ranges::all_of(key, [](char c) {
                          return c >= ' ' && c <= '~' && c != '"';
                        });
  return is_plain ? std::string(key) : Quote(key, kShownKey);
}

bool IsZero(Bytes bytes) {
  return std::ranges::all_of(bytes, [](uint8_t byte) { return byte == 0; });
}

}  // namespace

std::string ToString(const Note& note) {
  std::string text = note.source;
  if (!note.place.empty()) text += fmt::format(": {}", note.place);
  if (!note.key.empty()) {
    text += fmt::format(": {}: value {}", KeyText(note.key), Quote(note.value));
  }
  return text + ": " + note.reason;
}

std::string ValueReader::PlaceOf(uint32_t source, uint32_t place) const {
  return fmt::format("{} {}", sources_[source].place_word, place);
}

std::string ValueReader::Where(const TreeKey& key, const TreeValue& value) const {
  return fmt::format("{}: {}: {}: value {}", sources_[value.source].name,
                     PlaceOf(value.source, value.place), KeyText(key.path),
                     Quote(value.entry.value));
}

Unexpected ValueReader::Refuse(const TreeKey& key, const TreeValue& value,
                               std::string_view message) const {
  return Fail(ErrorCode::kMalformed, fmt::format("{}: {}", Where(key, value), message));
}

Unexpected ValueReader::Refuse(const TreeKey& key, const Error& error) const {
  const auto values = key.InOrder();
  if (values.empty()) {
    return Fail(error.code, fmt::format("{}: {}", KeyText(key.path), error.message));
  }
  const TreeValue& value = *values.front();
  return Fail(error.code,
              fmt::format("{}: {}: {}: {}", sources_[value.source].name,
                          PlaceOf(value.source, value.place), KeyText(key.path), error.message));
}

Result<void> ValueReader::CheckType(const TreeKey& key, const TreeValue& value,
                                    std::span<const Type> allowed) const {
  if (std::ranges::find(allowed, value.entry.type) != allowed.end()) return {};
  std::string names;
  for (const Type type : allowed) {
    names += fmt::format("{}{}", names.empty() ? "" : " and ", TypeText(type));
  }
  return Refuse(key, value,
                fmt::format("{}, where {} {} allowed", TypeText(value.entry.type), names,
                            allowed.size() == 1 ? "is" : "are"));
}

Result<uint32_t> ValueReader::Dword(const TreeKey& key, const TreeValue& value) const {
  TRY_VOID(CheckType(key, value, std::array{Type::kDword}));
  if (value.entry.data.size() != 4) {
    return Refuse(key, value,
                  fmt::format("{} bytes, where a number has 4", value.entry.data.size()));
  }
  return static_cast<uint32_t>(TRY(NumberOf(value.entry)));
}

Result<uint64_t> ValueReader::Qword(const TreeKey& key, const TreeValue& value) const {
  TRY_VOID(CheckType(key, value, std::array{Type::kQword}));
  if (value.entry.data.size() != 8) {
    return Refuse(key, value,
                  fmt::format("{} bytes, where a number has 8", value.entry.data.size()));
  }
  return NumberOf(value.entry);
}

Result<std::string> ValueReader::Text(const TreeKey& key, const TreeValue& value) {
  TRY_VOID(CheckType(key, value, std::array{Type::kSz, Type::kExpandSz}));
  const auto text = TextOf(value.entry);
  if (!text) return Refuse(key, value, "its data is not UTF-16");
  const size_t size = registry::TextData(*text).size();
  const Bytes data = value.entry.data;
  if (data.size() > size && !IsZero(data.subspan(size))) {
    AddNote(key, value, "what stands behind the end of its text is passed over");
  }
  return *text;
}

Result<std::vector<std::string>> ValueReader::Texts(const TreeKey& key, const TreeValue& value) {
  TRY_VOID(CheckType(key, value, std::array{Type::kMultiSz}));
  const auto texts = TextsOf(value.entry);
  if (!texts) return Refuse(key, value, "its data is not UTF-16");
  const size_t size = registry::TextsData(*texts).size();
  const Bytes data = value.entry.data;
  if (data.size() > size && !IsZero(data.subspan(size))) {
    AddNote(key, value, "what stands behind the end of its list is passed over");
  }
  return *texts;
}

Result<Bytes> ValueReader::Binary(const TreeKey& key, const TreeValue& value) const {
  TRY_VOID(CheckType(key, value, std::array{Type::kBinary}));
  return Bytes(value.entry.data);
}

void ValueReader::AddNote(const TreeKey& key, const TreeValue& value, std::string reason) {
  AddNote({sources_[value.source].name, PlaceOf(value.source, value.place), key.path,
           value.entry.value, std::move(reason)});
}

void ValueReader::AddNote(Note note) {
  if (notes_.size() >= kMaxNotes) {
    ++dropped_;
    return;
  }
  notes_.push_back(std::move(note));
}

void ValueReader::NoteUnknown(const TreeKey& key, std::span<const std::string_view> known) {
  for (const TreeValue* value : key.InOrder()) {
    const bool is_known = std::ranges::any_of(known, [&](std::string_view name) {
      return UpperCase(name) == UpperCase(value->entry.value);
    });
    if (!is_known) AddNote(key, *value, "a value of no meaning here");
  }
}

void ValueReader::FinishNotes() {
  if (dropped_ == 0) return;
  notes_.push_back({notes_.back().source, "", "", "", fmt::format("{} more notes", dropped_)});
}

}  // namespace portcullis::srp
