// SPDX-License-Identifier: Apache-2.0
// Writes one JSON value as one line of text.
//
// Shape:   calls in the order of the text; commas are put in between. The caller pairs Begin and
//          End and gives a Key before each value of an object.
// Errors:  none: text that is not UTF-8 is written with U+FFFD for what can not be decoded. Bytes
//          writes such a text a second time, whole, in base64.
// Threads: one writer a thread.
// Source:  RFC 8259; docs/decisions/0010-arguments-and-json.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace portcullis {

class JsonWriter {
 public:
  // Appends to `out`, which must outlive the writer.
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& BeginObject() { return Begin('{'); }
  JsonWriter& EndObject() { return End('}'); }
  JsonWriter& BeginArray() { return Begin('['); }
  JsonWriter& EndArray() { return End(']'); }
  JsonWriter& Key(std::string_view key);

  JsonWriter& String(std::string_view text);
  JsonWriter& Number(uint64_t number);
  JsonWriter& Bool(bool value);
  JsonWriter& Null();

  // A member at once.
  JsonWriter& String(std::string_view key, std::string_view text) { return Key(key).String(text); }
  JsonWriter& Number(std::string_view key, uint64_t number) { return Key(key).Number(number); }
  JsonWriter& Bool(std::string_view key, bool value) { return Key(key).Bool(value); }
  JsonWriter& Null(std::string_view key) { return Key(key).Null(); }
  // `key`, and `key`_b64 where the bytes are not UTF-8.
  JsonWriter& Bytes(std::string_view key, std::string_view bytes);

 private:
  JsonWriter& Begin(char bracket);
  JsonWriter& End(char bracket);
  void Separate();

  std::string& out_;
  bool after_value_ = false;
};

}  // namespace portcullis
