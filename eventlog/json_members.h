// SPDX-License-Identifier: Apache-2.0
// What the JSON renderings add to base/json_writer: texts of any bytes, and members that are left
// out where there is nothing to say.
//
// Threads: as JsonWriter.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json_writer.h"
#include "eventlog/visible_text.h"

namespace portcullis::eventlog {

// Bytes that are not UTF-8 as `\xHH`.
inline JsonWriter& WriteText(JsonWriter& json, std::string_view key, std::string_view bytes) {
  return json.String(key, VisibleUtf8(bytes));
}
inline void WriteTextIfAny(JsonWriter& json, std::string_view key, std::string_view bytes) {
  if (!bytes.empty()) WriteText(json, key, bytes);
}
// A number that the schema has as a string: an id.
inline void WriteId(JsonWriter& json, std::string_view key, std::optional<uint64_t> id) {
  if (id) json.String(key, std::to_string(*id));
}
inline void WriteNumberIfAny(JsonWriter& json, std::string_view key,
                             std::optional<uint64_t> number) {
  if (number) json.Number(key, *number);
}

}  // namespace portcullis::eventlog
