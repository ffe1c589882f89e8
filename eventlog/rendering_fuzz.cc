// SPDX-License-Identifier: Apache-2.0
// Whatever an event holds, each rendering of it is UTF-8; all but journald's are one line without
// control characters, and the XML is well-formed.
#include <expat.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/utf.h"
#include "eventlog/event_codec.h"
#include "eventlog/rendering.h"

namespace {

using namespace portcullis;            // NOLINT(google-build-using-namespace)
using namespace portcullis::eventlog;  // NOLINT(google-build-using-namespace)

void CheckLine(std::string_view text) {
  while (!text.empty()) {
    const auto first = FirstCodePoint(text);
    if (!first) std::abort();
    const char32_t c = first->value;
    const bool is_control = c < 0x20 || (c >= 0x7F && c <= 0x9F);
    if (is_control || c == 0x2028 || c == 0x2029) std::abort();
    text.remove_prefix(first->length);
  }
}

void CheckXml(const std::string& text) {
  XML_ParserStruct* const parser = XML_ParserCreateNS("UTF-8", ' ');
  const XML_Status status = XML_Parse(parser, text.data(), static_cast<int>(text.size()), 1);
  XML_ParserFree(parser);
  if (status != XML_STATUS_OK) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto event = DecodeEvent({data, size});
  if (!event) return 0;
  const Origin origin = {.host_name = event->text,
                         .machine_id = event->request_id,
                         .stream = event->request_id,
                         .service_pid = 1};
  CheckXml(RenderXml(*event, origin));
  for (const Rendering rendering : {Rendering::kEcs, Rendering::kXml, Rendering::kOcsf,
                                    Rendering::kRfc5424, Rendering::kFacts}) {
    CheckLine(Render(rendering, *event, origin));
  }
  if (RenderJournald(*event, origin).empty()) std::abort();
  return 0;
}
