// SPDX-License-Identifier: Apache-2.0
// <PRI>1 TIME HOST portcullis PROCID MSGID - {ECS JSON}, without a byte order mark, which would
// stand in the way of who reads the JSON.
#include <fmt/core.h>

#include "base/utc_time.h"
#include "eventlog/event_words.h"
#include "eventlog/rendering.h"

namespace portcullis::eventlog {
namespace {

constexpr int kAuthpriv = 10;  // security messages
constexpr size_t kMaxHostName = 255;

// A field of the header: printable ASCII without blanks.
std::string HeaderField(std::string_view text) {
  std::string field;
  for (const char c : text.substr(0, kMaxHostName)) field += c > ' ' && c < 0x7F ? c : '?';
  return field.empty() ? std::string(kUnset) : field;
}

}  // namespace

std::string RenderRfc5424(const Event& event, const Origin& origin) {
  const std::string pid =
      origin.service_pid == 0 ? std::string(kUnset) : std::to_string(origin.service_pid);
  return fmt::format("<{}>1 {} {} {} {} {} - {}", kAuthpriv * 8 + SyslogSeverity(event),
                     FormatUtcNanoseconds(event.time_ns, 6), HeaderField(origin.host_name),
                     kProduct, pid, static_cast<int>(event.id), RenderEcs(event, origin));
}

}  // namespace portcullis::eventlog
