// SPDX-License-Identifier: Apache-2.0
#include "formats/registry/text_cursor.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/quote.h"

namespace portcullis::registry {
namespace {

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

char ToLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

bool TextCursor::Accept(char wanted) {
  if (AtEnd() || text_[at_] != wanted) return false;
  ++at_;
  return true;
}

bool TextCursor::AcceptWord(std::string_view lower_case) {
  const std::string_view found = text_.substr(at_, lower_case.size());
  if (!std::ranges::equal(found, lower_case, {}, ToLower)) return false;
  at_ += lower_case.size();
  return true;
}

void TextCursor::SkipBlanks() {
  while (!AtEnd() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
}

void TextCursor::SkipLineEnd() {
  if (AtEnd()) return;
  const bool is_pair = text_.substr(at_, 2) == "\r\n";
  at_ += is_pair ? 2 : 1;
  ++line_;
}

void TextCursor::SkipBlanksAndFolds() {
  SkipBlanks();
  while (Peek() == '\\') {
    const size_t backslash = at_;
    ++at_;
    SkipBlanks();
    if (!AtLineEnd()) {
      at_ = backslash;
      return;
    }
    SkipLineEnd();
    SkipBlanks();
  }
}

std::string_view TextCursor::RestOfLine() const {
  const std::string_view rest = text_.substr(at_);
  return rest.substr(0, rest.find_first_of("\r\n"));
}

void TextCursor::SkipLine() {
  at_ += RestOfLine().size();
  SkipLineEnd();
}

Result<void> TextCursor::EndLine(std::string_view behind_what) {
  SkipBlanks();
  if (!AtLineEnd() && Peek() != ';') {
    return Malformed(
        fmt::format("{} behind {}, where the line should end", Quote(RestOfLine()), behind_what));
  }
  SkipLine();
  return {};
}

Result<std::string> TextCursor::ReadQuoted(std::string_view what) {
  if (!Accept('"')) {
    return Malformed(
        fmt::format("{}, where {} in double quotes is wanted", Quote(RestOfLine()), what));
  }
  std::string text;
  while (!AtEnd()) {
    const char c = text_[at_];
    if (c == '"') {
      ++at_;
      return text;
    }
    if (c == '\n' || c == '\r') {
      const size_t begin = at_;
      SkipLineEnd();
      text += text_.substr(begin, at_ - begin);
      continue;
    }
    ++at_;
    if (c == '\0') return Malformed(fmt::format("a NUL in {}", what));
    if (c == '\\') {
      if (Peek() != '\\' && Peek() != '"') {
        return Malformed(
            fmt::format("{}: a backslash in front of {}, where \\\\ and \\\" are "
                        "allowed",
                        what, Quote(RestOfLine().substr(0, 1))));
      }
      text += text_[at_++];
      continue;
    }
    text += c;
  }
  return Malformed(fmt::format("{} without its closing quote", what));
}

Result<uint32_t> TextCursor::ReadHexNumber(std::string_view what) {
  uint32_t number = 0;
  int digits = 0;
  for (; HexValue(Peek()) >= 0; ++at_) {
    if (++digits > 8) break;
    number = number << 4 | static_cast<uint32_t>(HexValue(Peek()));
  }
  if (digits >= 1 && digits <= 8) return number;
  return Malformed(
      fmt::format("{}, where {} has one to eight hexadecimal digits", Quote(RestOfLine()), what));
}

Result<uint8_t> TextCursor::ReadHexByte() {
  const int high = HexValue(Peek());
  if (high < 0) {
    return Malformed(
        fmt::format("{}, where two hexadecimal digits are wanted", Quote(RestOfLine())));
  }
  ++at_;
  const int low = HexValue(Peek());
  if (low < 0) return static_cast<uint8_t>(high);
  ++at_;
  return static_cast<uint8_t>(high << 4 | low);
}

Unexpected TextCursor::Malformed(std::string_view message) const {
  return Fail(ErrorCode::kMalformed, fmt::format("{}: line {}: {}", what_, line_, message));
}

Unexpected TextCursor::Limit(std::string_view message, size_t most) const {
  return Fail(ErrorCode::kLimitExceeded,
              fmt::format("{}: line {}: {} the {} allowed", what_, line_, message, most));
}

size_t ToUtf16Units(std::string_view text) {
  size_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if ((byte & 0xC0U) != 0x80) units += byte >= 0xF0 ? 2 : 1;
  }
  return units;
}

}  // namespace portcullis::registry
