// SPDX-License-Identifier: Apache-2.0
#include "formats/zone_identifier/zone_identifier.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "base/utf.h"

namespace portcullis {
namespace {

constexpr uint32_t kMyComputer = 0;
constexpr uint32_t kIntranet = 1;
constexpr uint32_t kInternet = 3;
constexpr uint32_t kLastZone = 4;

bool StartsWith(Bytes bytes, std::initializer_list<uint8_t> front) {
  return bytes.size() >= front.size() && std::equal(front.begin(), front.end(), bytes.begin());
}

// What is asked of the text is ASCII, so that its code page does not matter.
std::string TextOf(Bytes stream) {
  if (StartsWith(stream, {0xFF, 0xFE})) {
    return Utf16LeToUtf8Lossy(stream.subspan(2, (stream.size() - 2) / 2 * 2));
  }
  if (StartsWith(stream, {0xEF, 0xBB, 0xBF})) stream = stream.subspan(3);
  return std::string(AsText(stream));
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return Lower(x) == Lower(y); });
}

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlank{" \t\r\n\0", 5};
  const size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) + 1 - begin);
}

std::optional<uint32_t> ZoneNumber(std::string_view text) {
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  return is_number && number <= kLastZone ? std::optional(number) : std::nullopt;
}

// The server's name in `//user@server:port/path`.
std::string_view HostOf(std::string_view rest) {
  if (!rest.starts_with("//")) return {};
  rest.remove_prefix(2);
  rest = rest.substr(0, rest.find_first_of("/?#\\"));
  if (const size_t at = rest.rfind('@'); at != std::string_view::npos) rest.remove_prefix(at + 1);
  if (rest.starts_with('[')) return rest.substr(0, rest.find(']') + 1);
  return rest.substr(0, rest.find(':'));
}

// A name with a dot, or a number, which is an address.
bool IsOfTheInternet(std::string_view host) {
  const char first = host.front();
  return host.find('.') != std::string_view::npos || first == '[' || (first >= '0' && first <= '9');
}

}  // namespace

std::optional<uint32_t> ParseZoneIdentifier(Bytes stream) {
  const std::string text = TextOf(stream.first(std::min(stream.size(), kMaxZoneIdentifierBytes)));
  bool is_in_section = false;
  for (std::string_view rest = text; !rest.empty();) {
    const size_t end = rest.find('\n');
    const std::string_view line = Trimmed(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (line.starts_with('[')) {
      is_in_section = EqualsIgnoringCase(line, "[ZoneTransfer]");
      continue;
    }
    const size_t equals = line.find('=');
    if (!is_in_section || equals == std::string_view::npos) continue;
    if (EqualsIgnoringCase(Trimmed(line.substr(0, equals)), "ZoneId")) {
      return ZoneNumber(Trimmed(line.substr(equals + 1)));
    }
  }
  return std::nullopt;
}

std::optional<uint32_t> ZoneOfUrl(std::string_view url) {
  url = Trimmed(url);
  const size_t colon = url.find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  const std::string_view scheme = url.substr(0, colon);
  const std::string_view host = HostOf(url.substr(colon + 1));
  const bool is_local = host.empty() || EqualsIgnoringCase(host, "localhost");
  if (EqualsIgnoringCase(scheme, "file") && is_local) return kMyComputer;
  if (host.empty()) return std::nullopt;
  return IsOfTheInternet(host) ? kInternet : kIntranet;
}

}  // namespace portcullis
