// SPDX-License-Identifier: Apache-2.0
#include "base/json_writer.h"

#include <fmt/core.h>

#include "base/base64.h"
#include "base/utf.h"

namespace portcullis {
namespace {

bool IsPlain(char c) {
  return static_cast<uint8_t>(c) >= 0x20 && c != '"' && c != '\\' && c != 0x7F;
}

// U+0080 to U+009F, which JSON lets stand as they are and a terminal takes for commands.
bool BeginsWithC1Control(std::string_view text) {
  return text.size() >= 2 && text[0] == '\xC2' && static_cast<uint8_t>(text[1]) <= 0x9F;
}

// U+2028 and U+2029, which end a line for some who read line by line.
bool BeginsWithSeparator(std::string_view text) {
  return text.starts_with("\xE2\x80\xA8") || text.starts_with("\xE2\x80\xA9");
}

void AppendEscaped(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\t':
      out += "\\t";
      break;
    case '\r':
      out += "\\r";
      break;
    default:
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<uint8_t>(c)));
  }
}

void AppendQuoted(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    size_t plain = 0;
    while (plain < text.size() && IsPlain(text[plain]) &&
           !BeginsWithC1Control(text.substr(plain)) && !BeginsWithSeparator(text.substr(plain))) {
      ++plain;
    }
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    if (BeginsWithSeparator(text)) {
      out += text[2] == '\xA8' ? "\\u2028" : "\\u2029";
      text.remove_prefix(3);
      continue;
    }
    if (BeginsWithC1Control(text)) text.remove_prefix(1);  // its second byte is its number
    AppendEscaped(out, text.front());
    text.remove_prefix(1);
  }
  out += '"';
}

}  // namespace

void JsonWriter::Separate() {
  if (after_value_) out_ += ',';
  after_value_ = false;
}

JsonWriter& JsonWriter::Begin(char bracket) {
  Separate();
  out_ += bracket;
  return *this;
}

JsonWriter& JsonWriter::End(char bracket) {
  out_ += bracket;
  after_value_ = true;
  return *this;
}

JsonWriter& JsonWriter::Key(std::string_view key) {
  Separate();
  AppendQuoted(out_, key);
  out_ += ':';
  return *this;
}

JsonWriter& JsonWriter::String(std::string_view text) {
  Separate();
  if (IsValidUtf8(text)) {
    AppendQuoted(out_, text);
  } else {
    AppendQuoted(out_, LossyUtf8(text));
  }
  after_value_ = true;
  return *this;
}

JsonWriter& JsonWriter::Number(uint64_t number) {
  Separate();
  out_ += std::to_string(number);
  after_value_ = true;
  return *this;
}

JsonWriter& JsonWriter::Bool(bool value) {
  Separate();
  out_ += value ? "true" : "false";
  after_value_ = true;
  return *this;
}

JsonWriter& JsonWriter::Null() {
  Separate();
  out_ += "null";
  after_value_ = true;
  return *this;
}

JsonWriter& JsonWriter::Bytes(std::string_view key, std::string_view bytes) {
  String(key, bytes);
  if (!IsValidUtf8(bytes)) String(std::string(key) + "_b64", Base64(bytes));
  return *this;
}

}  // namespace portcullis
