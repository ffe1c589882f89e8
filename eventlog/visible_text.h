// SPDX-License-Identifier: Apache-2.0
// Texts from outside, made fit for a log: what they hold is seen, and nothing in them acts.
//
// Shape:   UTF-8 out, whatever bytes come in. Three degrees, for three kinds of logs: the form that
//          has its own escapes for control characters (JSON) wants only bytes that are not UTF-8
//          written; one without wants control characters written too; XML has a notation that can
//          be undone.
// Threads: pure functions.
// Source:  XML: `_xHHHH_` as in ECMA-376 (ST_Xstring) and XmlConvert.DecodeName; docs/events.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace portcullis::eventlog {

// `\xHH` for a byte that is not UTF-8.
std::string VisibleUtf8(std::string_view bytes);

enum class LineBreaks : uint8_t { kEscaped, kKept };
// Besides: `\xHH` for a control character, `\u{HHHH}` for one beyond ASCII, for a line or paragraph
// separator and for what turns the direction of writing.
std::string VisibleLine(std::string_view bytes, LineBreaks breaks = LineBreaks::kEscaped);

// `_xHHHH_` for a character that VisibleLine would write or XML can not hold, `_xDCHH_` for a byte
// that is not UTF-8, and `_x005F_` for an underscore that would begin such a notation.
std::string VisibleXml(std::string_view bytes);

// Length in UTF-16 code units, what Windows counts, of valid UTF-8.
size_t Utf16Length(std::string_view utf8);
// `utf8` where it has at most `units` of them; else its beginning and "...", `units` long or one
// less.
std::string CutUtf16(std::string_view utf8, size_t units);

}  // namespace portcullis::eventlog
