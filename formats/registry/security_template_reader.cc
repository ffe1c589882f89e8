// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "base/quote.h"
#include "formats/registry/regpol.h"
#include "formats/registry/security_template.h"
#include "formats/registry/text_cursor.h"
#include "formats/registry/text_file.h"

namespace portcullis::registry {
namespace {

constexpr std::string_view kWhat = "security template";
constexpr std::string_view kSection = "[REGISTRY VALUES]";
constexpr size_t kHeadBytes = 256;

std::string_view Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

bool EqualsUpper(std::string_view text, std::string_view upper) {
  return std::ranges::equal(text, upper, {}, [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
}

template <typename Number>
std::optional<Number> ParseNumber(std::string_view text) {
  const bool is_hex = text.starts_with("0x") || text.starts_with("0X");
  if (is_hex) text.remove_prefix(2);
  Number number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, is_hex ? 16 : 10);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// One line of the section.
class LineReader {
 public:
  LineReader(std::string_view line, const TextCursor& cursor) : left_(line), cursor_(cursor) {}

  Result<Change> Read() {
    Change change;
    change.place = cursor_.line();
    TRY_VOID(ReadPlace(change.entry));
    const size_t comma = left_.find(',');
    const auto type = ParseNumber<uint32_t>(Trimmed(left_.substr(0, comma)));
    if (comma == std::string_view::npos || !type) {
      return cursor_.Malformed(
          fmt::format("{} behind '=', where a type and a comma are wanted", Quote(left_)));
    }
    left_.remove_prefix(comma + 1);
    change.entry.type = static_cast<Type>(*type);
    change.entry.data = TRY(ReadData(change.entry.type));
    return change;
  }

 private:
  Result<void> ReadPlace(Entry& entry) {
    std::string_view path;
    if (left_.starts_with('"')) {
      const size_t close = left_.find('"', 1);
      if (close == std::string_view::npos)
        return cursor_.Malformed("a name without its closing quote");
      path = left_.substr(1, close - 1);
      left_ = Trimmed(left_.substr(close + 1));
      if (!left_.starts_with('=')) return cursor_.Malformed("no '=' behind the value's name");
      left_.remove_prefix(1);
    } else {
      const size_t equals = left_.find('=');
      if (equals == std::string_view::npos) {
        return cursor_.Malformed(
            fmt::format("{}, where KEY\\NAME=TYPE,DATA is wanted", Quote(left_)));
      }
      path = Trimmed(left_.substr(0, equals));
      left_.remove_prefix(equals + 1);
    }
    const size_t slash = path.rfind('\\');
    if (slash == std::string_view::npos || slash == 0) {
      return cursor_.Malformed(fmt::format("{}, where KEY\\NAME is wanted", Quote(path)));
    }
    entry.key = path.substr(0, slash);
    entry.value = path.substr(slash + 1);
    if (ToUtf16Units(entry.key) > kMaxKeyUnits) {
      return cursor_.Limit("a key of more UTF-16 units than", kMaxKeyUnits);
    }
    if (ToUtf16Units(entry.value) > kMaxValueNameUnits) {
      return cursor_.Limit("a value name of more UTF-16 units than", kMaxValueNameUnits);
    }
    return {};
  }

  Result<std::vector<uint8_t>> ReadData(Type type) {
    std::vector<std::string> items = TRY(ReadItems());
    switch (type) {
      case Type::kSz:
      case Type::kExpandSz:
        if (items.size() > 1) return cursor_.Malformed("a comma outside the quotes of a text");
        return TextData(items.empty() ? "" : items.front());
      case Type::kMultiSz:
        return TextsData(items);
      case Type::kDword:
        return ReadDword(items);
      case Type::kBinary:
        return ReadBytes(items);
      default:
        return Fail(ErrorCode::kUnsupported,
                    fmt::format("{}: line {}: type {}, where 1, 2, 3, 4 and 7 are allowed", kWhat,
                                cursor_.line(), static_cast<uint32_t>(type)));
    }
  }

  Result<std::vector<uint8_t>> ReadDword(const std::vector<std::string>& items) {
    const auto number =
        items.size() == 1 ? ParseNumber<uint32_t>(items.front()) : std::optional<uint32_t>();
    if (!number) {
      return cursor_.Malformed(
          fmt::format("{}, where type 4 has a number of 32 bits", Quote(Trimmed(left_))));
    }
    return DwordData(*number);
  }

  Result<std::vector<uint8_t>> ReadBytes(const std::vector<std::string>& items) {
    std::vector<uint8_t> bytes;
    for (const std::string& item : items) {
      const auto byte = ParseNumber<uint8_t>(item);
      if (!byte) {
        return cursor_.Malformed(
            fmt::format("{}, where type 3 has numbers from 0 to 255", Quote(item)));
      }
      bytes.push_back(*byte);
    }
    return bytes;
  }

  // What stands between commas; quotes keep a comma, "" within them is one quote.
  Result<std::vector<std::string>> ReadItems() {
    std::vector<std::string> items;
    const std::string_view text = Trimmed(left_);
    if (text.empty()) return items;
    std::string item;
    bool is_quoted = false;
    bool had_quotes = false;
    const auto finish = [&] {
      items.emplace_back(had_quotes ? std::string_view(item) : Trimmed(item));
      item.clear();
      had_quotes = false;
    };
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '"' && is_quoted && text.substr(i + 1).starts_with('"')) {
        item += text[i++];
      } else if (text[i] == '"') {
        is_quoted = !is_quoted;
        had_quotes = true;
      } else if (text[i] == ',' && !is_quoted) {
        finish();
      } else {
        item += text[i];
      }
    }
    if (is_quoted) return cursor_.Malformed("a text without its closing quote");
    finish();
    return items;
  }

  std::string_view left_;
  const TextCursor& cursor_;
};

class Reader {
 public:
  explicit Reader(std::string_view text) : cursor_(text, kWhat) {}

  Result<std::vector<Change>> Read() {
    for (; !cursor_.AtEnd(); cursor_.SkipLine()) {
      const std::string_view line = Trimmed(cursor_.RestOfLine());
      if (line.size() > kMaxTemplateLineBytes) {
        return cursor_.Limit("a line of more bytes than", kMaxTemplateLineBytes);
      }
      if (line.empty() || line.starts_with(';')) continue;
      TRY_VOID(ReadLine(line));
    }
    return std::move(changes_);
  }

 private:
  Result<void> ReadLine(std::string_view line) {
    if (line.starts_with('[')) {
      if (!line.ends_with(']')) return cursor_.Malformed("a section without its closing bracket");
      is_in_section_ = EqualsUpper(line, kSection);
      is_in_any_ = true;
      return {};
    }
    if (!is_in_any_) {
      return cursor_.Malformed(fmt::format("{} in front of the first section", Quote(line)));
    }
    if (!is_in_section_) return {};
    if (line.find('\0') != std::string_view::npos) return cursor_.Malformed("a NUL");
    if (changes_.size() == kMaxTemplateValues) {
      return cursor_.Limit("more registry values than", kMaxTemplateValues);
    }
    changes_.push_back(TRY(LineReader(line, cursor_).Read()));
    return {};
  }

  TextCursor cursor_;
  bool is_in_any_ = false;
  bool is_in_section_ = false;
  std::vector<Change> changes_;
};

}  // namespace

bool LooksLikeSecurityTemplate(Bytes head) {
  const std::string text = DecodeTextHead(head, kHeadBytes);
  const size_t begin = text.find_first_not_of(" \t\r\n");
  return begin != std::string::npos && (text[begin] == '[' || text[begin] == ';');
}

Result<std::vector<Change>> ParseSecurityTemplate(Bytes file) {
  if (file.size() > kMaxSecurityTemplateBytes) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("{}: {} bytes, at most {} are allowed", kWhat, file.size(),
                            kMaxSecurityTemplateBytes));
  }
  return Reader(TRY(DecodeTextFile(file, Unmarked::kUtf8Or1252, kWhat))).Read();
}

}  // namespace portcullis::registry
