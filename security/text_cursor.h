// SPDX-License-Identifier: Apache-2.0
// A place in a text that is being read.
//
// Units:   offsets are bytes from the start of the text, in messages too.
// Lifetime: views the text, which must outlive it.
// Threads: one cursor a thread.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "security/ascii.h"

namespace portcullis {

class TextCursor {
 public:
  // `what` names the language in messages (a literal).
  TextCursor(std::string_view text, std::string_view what) : text_(text), what_(what) {}

  size_t offset() const { return offset_; }
  bool AtEnd() const { return offset_ == text_.size(); }
  std::string_view rest() const { return text_.substr(offset_); }
  // The next character, or NUL at the end.
  char Peek() const { return AtEnd() ? '\0' : text_[offset_]; }
  void Advance(size_t count = 1) { offset_ += std::min(count, text_.size() - offset_); }
  void SkipSpace() {
    while (!AtEnd() && IsAsciiSpace(Peek())) Advance();
  }
  bool Consume(std::string_view token) {
    if (!rest().starts_with(token)) return false;
    Advance(token.size());
    return true;
  }
  template <typename Predicate>
  std::string_view TakeWhile(Predicate belongs) {
    const size_t start = offset_;
    while (!AtEnd() && belongs(Peek())) Advance();
    return text_.substr(start, offset_ - start);
  }

  Unexpected Refuse(std::string_view why, ErrorCode code = ErrorCode::kMalformed) const {
    return RefuseAt(offset_, why, code);
  }
  Unexpected RefuseAt(size_t offset, std::string_view why,
                      ErrorCode code = ErrorCode::kMalformed) const;

 private:
  std::string_view text_;
  std::string_view what_;
  size_t offset_ = 0;
};

}  // namespace portcullis
