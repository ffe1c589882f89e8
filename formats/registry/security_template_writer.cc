// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>

#include "base/quote.h"
#include "base/utf.h"
#include "formats/registry/regpol.h"
#include "formats/registry/security_template.h"
#include "formats/registry/text_cursor.h"
#include "formats/registry/text_file.h"

namespace portcullis::registry {
namespace {

constexpr std::string_view kWhat = "security template";
constexpr std::string_view kHead = "[Unicode]\r\nUnicode=yes\r\n[Registry Values]\r\n";
constexpr std::string_view kTail = "[Version]\r\nsignature=\"$CHICAGO$\"\r\nRevision=1\r\n";

Unexpected CanNotSay(const Entry& entry, std::string_view what) {
  return Fail(ErrorCode::kMalformed,
              fmt::format("{}: {}: {}", kWhat, Quote(entry.key + '\\' + entry.value), what));
}

bool IsOneLine(std::string_view text) {
  return IsValidUtf8(text) && text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos;
}

std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

Result<std::string> PlaceOf(const Entry& entry) {
  const std::string path = entry.key + '\\' + entry.value;
  if (!IsOneLine(path) || path.find('"') != path.npos || entry.key.empty() ||
      entry.value.find('\\') != entry.value.npos) {
    return CanNotSay(entry, "a name that a template can not say");
  }
  if (ToUtf16Units(entry.key) > kMaxKeyUnits || ToUtf16Units(entry.value) > kMaxValueNameUnits) {
    return CanNotSay(entry, "a name that is longer than a registry takes");
  }
  const bool is_plain = path.find('=') == path.npos && path.find_first_of("[; \t") != 0 &&
                        !path.ends_with(' ') && !path.ends_with('\t');
  return is_plain ? path : Quoted(path);
}

// Where the bytes are not what the text gives when it is read again, it can not say them.
Result<std::string> TextOfData(const Entry& entry) {
  const std::string text = TRY(TextOf(entry));
  if (!IsOneLine(text) || TextData(text) != entry.data) {
    return CanNotSay(entry, "a text that a template can not say");
  }
  return Quoted(text);
}

Result<std::string> ListOfData(const Entry& entry) {
  const std::vector<std::string> texts = TRY(TextsOf(entry));
  if (!std::ranges::all_of(texts, IsOneLine) || TextsData(texts) != entry.data) {
    return CanNotSay(entry, "a list that a template can not say");
  }
  std::string list;
  for (const std::string& text : texts) {
    const bool is_plain = text.find_first_of(",\" \t") == text.npos;
    list += fmt::format("{}{}", list.empty() ? "" : ",", is_plain ? text : Quoted(text));
  }
  return list;
}

Result<std::string> DataOf(const Entry& entry) {
  switch (entry.type) {
    case Type::kSz:
    case Type::kExpandSz:
      return TextOfData(entry);
    case Type::kMultiSz:
      return ListOfData(entry);
    case Type::kDword:
      return fmt::format("{}", TRY(NumberOf(entry)));
    case Type::kBinary: {
      std::string bytes;
      for (const uint8_t byte : entry.data) {
        bytes += fmt::format("{}{}", bytes.empty() ? "" : ",", byte);
      }
      return bytes;
    }
    default:
      return Fail(ErrorCode::kUnsupported,
                  fmt::format("{}: {}: type {}, where 1, 2, 3, 4 and 7 are allowed", kWhat,
                              Quote(entry.value), static_cast<uint32_t>(entry.type)));
  }
}

Result<std::string> LineOf(const Change& change) {
  if (change.action != Change::Action::kSetValue) {
    return Fail(ErrorCode::kUnsupported,
                fmt::format("{}: it has no way to say {}", kWhat, ToString(change.action)));
  }
  const Entry& entry = change.entry;
  const std::string line = fmt::format("{}={},{}\r\n", TRY(PlaceOf(entry)),
                                       static_cast<uint32_t>(entry.type), TRY(DataOf(entry)));
  if (line.size() > kMaxTemplateLineBytes) return CanNotSay(entry, "more than a line takes");
  return line;
}

}  // namespace

Result<std::string> BuildSecurityTemplate(std::span<const Change> changes) {
  std::string text(kHead);
  for (const Change& change : changes) {
    text += TRY(LineOf(change));
    if (text.size() > kMaxSecurityTemplateBytes / 2 - kTail.size() - 2) {
      return Fail(ErrorCode::kLimitExceeded,
                  fmt::format("{}: it takes more than {} bytes", kWhat, kMaxSecurityTemplateBytes));
    }
  }
  if (changes.size() > kMaxTemplateValues) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("{}: more than {} values", kWhat, kMaxTemplateValues));
  }
  return EncodeTextFile(text + std::string(kTail));
}

}  // namespace portcullis::registry
