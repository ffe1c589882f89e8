// SPDX-License-Identifier: Apache-2.0
// A request has one spelling; an answer that is understood is written and read again as the same;
// and so is the status in its body.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "api/control_message.h"
#include "api/service_status.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace portcullis::api;
  const std::string_view packet(reinterpret_cast<const char*>(data), size);
  const auto request = DecodeRequest(packet);
  if (request && EncodeRequest(*request) != packet) std::abort();
  const auto answer = DecodeAnswer(packet);
  if (answer && EncodeAnswer(*answer) != packet) std::abort();
  const auto status = DecodeStatus(answer ? std::string_view(answer->body) : packet);
  if (!status) return 0;
  const std::string encoded = EncodeStatus(*status);
  const auto again = DecodeStatus(encoded);
  if (!again || EncodeStatus(*again) != encoded) std::abort();
  static_cast<void>(StatusJson(*status));
  static_cast<void>(StatusMetrics(*status));
  return 0;
}
