// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "base/quote.h"
#include "base/utf.h"
#include "formats/registry/reg_text.h"
#include "formats/registry/regpol.h"
#include "formats/registry/text_cursor.h"
#include "formats/registry/text_file.h"

namespace portcullis::registry {
namespace {

using Action = Change::Action;

constexpr std::string_view kWhat = ".reg text";
constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kFold = "\\\r\n  ";
// As regedit has it: a line ends behind the comma that reaches this column.
constexpr size_t kFoldColumn = 77;

Unexpected CanNotSay(std::string_view what, std::string_view text) {
  return Fail(ErrorCode::kMalformed, fmt::format("{}: {} {}", kWhat, Quote(text), what));
}

Result<void> CheckText(std::string_view text, size_t most, std::string_view what) {
  if (!IsValidUtf8(text) || text.find('\0') != std::string_view::npos) {
    return CanNotSay(fmt::format("is a {} with a NUL, or not UTF-8", what), text);
  }
  if (ToUtf16Units(text) <= most) return {};
  return Fail(ErrorCode::kLimitExceeded,
              fmt::format("{}: a {} of more than {} UTF-16 units", kWhat, what, most));
}

Result<void> CheckKey(std::string_view key) {
  TRY_VOID(CheckText(key, kMaxKeyUnits, "key"));
  if (key.empty() || key.starts_with('-') || key.find_first_of("\r\n") != std::string_view::npos) {
    return CanNotSay("is no key that the text can name", key);
  }
  return {};
}

void AppendQuoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

// The text of a REG_SZ that quotes can hold: one NUL, at the end.
std::optional<std::string> QuotableText(const Entry& entry) {
  const Bytes data = entry.data;
  if (entry.type != Type::kSz || data.size() < 2 || data.size() % 2 != 0) return std::nullopt;
  auto text = Utf16LeToUtf8(data);
  if (!text || text->find('\0') != text->size() - 1) return std::nullopt;
  text->pop_back();
  return *std::move(text);
}

void AppendHex(std::string& out, const Entry& entry, size_t column) {
  const std::string head = entry.type == Type::kBinary
                               ? "hex:"
                               : fmt::format("hex({:x}):", static_cast<uint32_t>(entry.type));
  out += head;
  column += head.size();
  for (size_t i = 0; i < entry.data.size(); ++i) {
    out += fmt::format("{:02x}", entry.data[i]);
    if (i + 1 == entry.data.size()) break;
    out += ',';
    column += 3;
    if (column >= kFoldColumn) {
      out += kFold;
      column = 2;
    }
  }
}

void AppendData(std::string& out, const Entry& entry, size_t column) {
  if (const auto text = QuotableText(entry)) return AppendQuoted(out, *text);
  if (entry.type == Type::kDword && entry.data.size() == 4) {
    out += fmt::format("dword:{:08x}", *NumberOf(entry));
    return;
  }
  AppendHex(out, entry, column);
}

class Writer {
 public:
  Writer() : out_(fmt::format("Windows Registry Editor Version 5.00{}", kLineEnd)) {}

  Result<void> Write(const Change& change) {
    TRY_VOID(CheckKey(change.entry.key));
    switch (change.action) {
      case Action::kMakeKey:
        OpenSection(change.entry.key);
        return {};
      case Action::kDeleteKey:
        out_ += fmt::format("{}[-{}]{}", kLineEnd, change.entry.key, kLineEnd);
        section_.clear();
        return {};
      case Action::kSetValue:
      case Action::kDeleteValue:
        return WriteValue(change);
      default:
        return Fail(ErrorCode::kUnsupported,
                    fmt::format("{}: it has no way to say {}", kWhat, ToString(change.action)));
    }
  }
  // The reader would take no more; a character is two bytes or more in the file.
  Result<void> CheckSize() const {
    if (out_.size() <= kMaxRegTextBytes / 2 - 4) return {};
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("{}: it takes more than {} bytes", kWhat, kMaxRegTextBytes));
  }
  std::string Take() { return out_ + std::string(kLineEnd); }

 private:
  void OpenSection(const std::string& key) {
    out_ += fmt::format("{}[{}]{}", kLineEnd, key, kLineEnd);
    section_ = key;
  }

  Result<void> WriteValue(const Change& change) {
    const Entry& entry = change.entry;
    TRY_VOID(CheckText(entry.value, kMaxValueNameUnits, "value name"));
    if (entry.data.size() > kMaxDataBytes) {
      return Fail(ErrorCode::kLimitExceeded,
                  fmt::format("{}: data of {} bytes, at most {} are allowed", kWhat,
                              entry.data.size(), kMaxDataBytes));
    }
    if (section_ != entry.key) OpenSection(entry.key);
    std::string name;
    if (entry.value.empty()) {
      name = "@";
    } else {
      AppendQuoted(name, entry.value);
    }
    out_ += name + '=';
    if (change.action == Action::kDeleteValue) {
      out_ += '-';
    } else {
      AppendData(out_, entry, ToUtf16Units(name) + 1);
    }
    out_ += kLineEnd;
    return {};
  }

  std::string out_;
  std::string section_;
};

}  // namespace

Result<std::string> BuildRegText(std::span<const Change> changes) {
  if (changes.size() > kMaxRegTextChanges) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("{}: more than {} keys and values", kWhat, kMaxRegTextChanges));
  }
  Writer writer;
  for (const Change& change : changes) {
    TRY_VOID(writer.Write(change));
    TRY_VOID(writer.CheckSize());
  }
  return EncodeTextFile(writer.Take());
}

}  // namespace portcullis::registry
