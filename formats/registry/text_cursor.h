// SPDX-License-Identifier: Apache-2.0
// Goes through a text of lines, for the readers of this folder.
//
// Units:   lines count from 1 and end with CRLF, LF or CR.
// Errors:  kMalformed and kLimitExceeded, with the line.
// Lifetime: views the text and the literal `what`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace portcullis::registry {

class TextCursor {
 public:
  TextCursor(std::string_view text, std::string_view what) : text_(text), what_(what) {}

  bool AtEnd() const { return at_ == text_.size(); }
  bool AtLineEnd() const { return AtEnd() || text_[at_] == '\n' || text_[at_] == '\r'; }
  char Peek() const { return AtEnd() ? '\0' : text_[at_]; }
  uint32_t line() const { return line_; }

  bool Accept(char wanted);
  bool AcceptWord(std::string_view lower_case);  // in any case
  void Skip(size_t characters) { at_ += characters; }
  void SkipBlanks();
  // Blanks, and a backslash at the end of a line with the blanks of the next one.
  void SkipBlanksAndFolds();
  void SkipLine();
  std::string_view RestOfLine() const;
  // Blanks and a comment, then the end of the line.
  Result<void> EndLine(std::string_view behind_what);

  // In double quotes, over several lines if need be; \\ and \" stand for one character each.
  Result<std::string> ReadQuoted(std::string_view what);
  // One to eight digits.
  Result<uint32_t> ReadHexNumber(std::string_view what);
  // One or two digits.
  Result<uint8_t> ReadHexByte();

  Unexpected Malformed(std::string_view message) const;
  Unexpected Limit(std::string_view message, size_t most) const;

 private:
  void SkipLineEnd();

  std::string_view text_;
  std::string_view what_;
  size_t at_ = 0;
  uint32_t line_ = 1;
};

// How many UTF-16 units the text, which is UTF-8, takes.
size_t ToUtf16Units(std::string_view text);

}  // namespace portcullis::registry
