// SPDX-License-Identifier: Apache-2.0
// A pattern is pieces between stars. The first piece is anchored at the front and the last at the
// end; each piece between takes the leftmost place where it fits, which leaves the most text for
// the pieces that follow, so that no other choice needs to be tried.
#include "policy/applocker/wildcard.h"

#include <algorithm>
#include <optional>

#include "policy/path_text.h"

namespace portcullis::applocker {
namespace {

constexpr size_t kNowhere = std::string_view::npos;

// How many bytes of `text` the piece takes when it stands at the front; nothing if it does not.
std::optional<size_t> FitsAtFront(std::string_view piece, std::string_view text,
                                  QuestionMark question_mark) {
  if (question_mark == QuestionMark::kLiteral || piece.find('?') == kNowhere) {
    if (!text.starts_with(piece)) return std::nullopt;
    return piece.size();
  }
  size_t at = 0;
  for (const char c : piece) {
    if (at >= text.size()) return std::nullopt;
    if (c == '?') {
      at += UnitLength(text[at]);
    } else if (text[at] == c) {
      ++at;
    } else {
      return std::nullopt;
    }
  }
  return at;
}

// The end of the leftmost place in `text` where the piece fits.
size_t FindPiece(std::string_view piece, std::string_view text, QuestionMark question_mark) {
  if (question_mark == QuestionMark::kLiteral || piece.find('?') == kNowhere) {
    const size_t found = text.find(piece);
    return found == kNowhere ? kNowhere : found + piece.size();
  }
  for (size_t at = 0; at < text.size(); at += UnitLength(text[at])) {
    if (const auto taken = FitsAtFront(piece, text.substr(at), question_mark)) return at + *taken;
  }
  return kNowhere;
}

// Whether the last piece fits so that it ends with the text: `?` may be of any length in bytes, so
// the place is found by counting units back from the end.
bool FitsAtEnd(std::string_view piece, std::string_view text, QuestionMark question_mark) {
  if (question_mark == QuestionMark::kLiteral || piece.find('?') == kNowhere) {
    return text.ends_with(piece);
  }
  const auto begins_unit = [](char c) {
    const auto byte = static_cast<uint8_t>(c);
    return byte < 0x80 || byte >= 0xC0;
  };
  size_t units = static_cast<size_t>(std::ranges::count_if(piece, begins_unit));
  size_t at = text.size();
  while (units > 0 && at > 0) {
    if (begins_unit(text[--at])) --units;
  }
  if (units > 0) return false;
  const auto taken = FitsAtFront(piece, text.substr(at), question_mark);
  return taken && at + *taken == text.size();
}

}  // namespace

size_t FindWildcard(std::string_view pattern, QuestionMark question_mark, size_t from) {
  return question_mark == QuestionMark::kWildcard ? pattern.find_first_of("*?", from)
                                                  : pattern.find('*', from);
}

bool WildcardMatch(std::string_view pattern, std::string_view text, QuestionMark question_mark) {
  size_t star = pattern.find('*');
  const auto front = FitsAtFront(pattern.substr(0, star), text, question_mark);
  if (!front) return false;
  text.remove_prefix(*front);
  if (star == kNowhere) return text.empty();

  for (;;) {
    pattern.remove_prefix(star + 1);
    star = pattern.find('*');
    if (star == kNowhere) return FitsAtEnd(pattern, text, question_mark);
    const size_t end = FindPiece(pattern.substr(0, star), text, question_mark);
    if (end == kNowhere) return false;
    text.remove_prefix(end);
  }
}

}  // namespace portcullis::applocker
