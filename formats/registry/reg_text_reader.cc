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
constexpr std::string_view kVersion5 = "Windows Registry Editor Version 5.00";
constexpr std::string_view kVersion4 = "REGEDIT4";
// Of a text in UTF-16 each unit takes two bytes; a mark is three at most.
constexpr size_t kHeadBytes = 2 * kVersion5.size() + 3;

class Reader {
 public:
  Reader(std::string_view text, bool is_version4)
      : cursor_(text, kWhat), is_version4_(is_version4) {}

  Result<std::vector<Change>> Read() {
    cursor_.SkipLine();  // the header
    while (!cursor_.AtEnd()) {
      cursor_.SkipBlanks();
      if (cursor_.AtLineEnd() || cursor_.Peek() == ';') {
        cursor_.SkipLine();
        continue;
      }
      if (changes_.size() == kMaxRegTextChanges) {
        return cursor_.Limit("more keys and values than", kMaxRegTextChanges);
      }
      TRY_VOID(cursor_.Peek() == '[' ? ReadSection() : ReadValue());
    }
    return std::move(changes_);
  }

 private:
  // The key may hold any ']' but the last one of the line.
  Result<void> ReadSection() {
    const std::string_view line = cursor_.RestOfLine();
    const size_t close = line.rfind(']');
    if (close == std::string_view::npos) {
      return cursor_.Malformed("a key without its closing bracket");
    }
    std::string_view key = line.substr(1, close - 1);
    const bool is_deleted = key.starts_with('-');
    if (is_deleted) key.remove_prefix(1);
    if (key.empty()) return cursor_.Malformed("a key without a name");
    TRY_VOID(CheckUnits(key, kMaxKeyUnits, "key"));
    changes_.push_back({is_deleted ? Action::kDeleteKey : Action::kMakeKey,
                        {std::string(key), "", Type::kNone, {}},
                        cursor_.line()});
    key_ = is_deleted ? std::string() : std::string(key);
    cursor_.Skip(close + 1);
    return cursor_.EndLine("the key");
  }

  Result<void> ReadValue() {
    if (key_.empty()) return cursor_.Malformed("a value that stands below no key");
    Change change{Action::kSetValue, {key_, "", Type::kNone, {}}, cursor_.line()};
    if (!cursor_.Accept('@')) {
      change.entry.value = TRY(cursor_.ReadQuoted("the value's name"));
      TRY_VOID(CheckUnits(change.entry.value, kMaxValueNameUnits, "value name"));
    }
    cursor_.SkipBlanks();
    if (!cursor_.Accept('=')) return cursor_.Malformed("no '=' behind the value's name");
    cursor_.SkipBlanks();
    TRY_VOID(ReadData(change));
    changes_.push_back(std::move(change));
    return cursor_.EndLine("the data");
  }

  Result<void> ReadData(Change& change) {
    Entry& entry = change.entry;
    if (cursor_.Accept('-')) {
      change.action = Action::kDeleteValue;
      return {};
    }
    if (cursor_.Peek() == '"') {
      entry.type = Type::kSz;
      entry.data = TextData(TRY(cursor_.ReadQuoted("the text")));
      return CheckSize(entry);
    }
    if (cursor_.AcceptWord("dword:")) {
      entry.type = Type::kDword;
      cursor_.SkipBlanks();
      entry.data = DwordData(TRY(cursor_.ReadHexNumber("a dword")));
      return {};
    }
    if (!cursor_.AcceptWord("hex")) {
      return cursor_.Malformed(R"(data that is none of "text", dword:, hex:, hex(N): and -)");
    }
    entry.type = Type::kBinary;
    if (cursor_.Accept('(')) {
      entry.type = static_cast<Type>(TRY(cursor_.ReadHexNumber("the type")));
      if (!cursor_.Accept(')')) return cursor_.Malformed("no ')' behind the type");
    }
    if (!cursor_.Accept(':')) return cursor_.Malformed("no ':' behind hex");
    TRY_VOID(ReadHexBytes(entry));
    if (is_version4_) WidenText(entry);
    return CheckSize(entry);
  }

  // 00,ff,\ and on the next line: 01
  Result<void> ReadHexBytes(Entry& entry) {
    cursor_.SkipBlanksAndFolds();
    if (cursor_.AtLineEnd() || cursor_.Peek() == ';') return {};
    while (true) {
      entry.data.push_back(TRY(cursor_.ReadHexByte()));
      if (entry.data.size() > kMaxDataBytes) return CheckSize(entry);
      cursor_.SkipBlanksAndFolds();
      if (!cursor_.Accept(',')) return {};
      cursor_.SkipBlanksAndFolds();
    }
  }

  // The older form has texts in the system's code page.
  static void WidenText(Entry& entry) {
    if (entry.type != Type::kSz && entry.type != Type::kExpandSz && entry.type != Type::kMultiSz) {
      return;
    }
    std::vector<uint8_t> wide = TextData(DecodeWestern(entry.data));
    wide.resize(wide.size() - 2);  // the NUL is in the data already
    entry.data = std::move(wide);
  }

  Result<void> CheckSize(const Entry& entry) {
    if (entry.data.size() <= kMaxDataBytes) return {};
    return cursor_.Limit("data of more bytes than", kMaxDataBytes);
  }
  Result<void> CheckUnits(std::string_view text, size_t most, std::string_view what) {
    if (text.find('\0') != std::string_view::npos) {
      return cursor_.Malformed(fmt::format("a NUL in the {}", what));
    }
    if (ToUtf16Units(text) <= most) return {};
    return cursor_.Limit(fmt::format("a {} of more UTF-16 units than", what), most);
  }

  TextCursor cursor_;
  bool is_version4_;
  std::string key_;  // of the section; empty where values may not stand
  std::vector<Change> changes_;
};

std::string_view FirstLine(std::string_view text) {
  std::string_view line = text.substr(0, text.find_first_of("\r\n"));
  while (line.ends_with(' ') || line.ends_with('\t')) line.remove_suffix(1);
  return line;
}

}  // namespace

bool LooksLikeRegText(Bytes head) {
  const std::string text = DecodeTextHead(head, kHeadBytes);
  return text.starts_with(kVersion5) || text.starts_with(kVersion4);
}

Result<std::vector<Change>> ParseRegText(Bytes file) {
  if (file.size() > kMaxRegTextBytes) {
    return Fail(ErrorCode::kLimitExceeded, fmt::format("{}: {} bytes, at most {} are allowed",
                                                       kWhat, file.size(), kMaxRegTextBytes));
  }
  const bool is_version4 = DecodeTextHead(file, kHeadBytes).starts_with(kVersion4);
  const std::string text =
      TRY(DecodeTextFile(file, is_version4 ? Unmarked::kWindows1252 : Unmarked::kUtf8, kWhat));
  const std::string_view header = FirstLine(text);
  if (header != kVersion5 && header != kVersion4) {
    return Fail(ErrorCode::kUnsupported,
                fmt::format("{}: line 1: {}, where \"{}\" or \"{}\" is wanted", kWhat,
                            Quote(header), kVersion5, kVersion4));
  }
  return Reader(text, is_version4).Read();
}

}  // namespace portcullis::registry
