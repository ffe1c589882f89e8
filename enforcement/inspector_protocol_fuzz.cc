// SPDX-License-Identifier: Apache-2.0
// A message from an inspector that was taken over: what the gate decodes it encodes to the same
// bytes again, so nothing in it was passed over; what it believes of it holds.
#include <cstdint>
#include <cstdlib>
#include <variant>

#include "enforcement/inspector_protocol.h"

namespace {

using namespace portcullis;
using namespace portcullis::enforcement;

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes bytes(data, size);
  const Message message(bytes.begin(), bytes.end());
  if (const auto request = DecodeRequest(bytes)) Require(EncodeRequest(*request) == message);
  const auto decoded = DecodeFromInspector(bytes);
  if (!decoded) return 0;
  if (std::holds_alternative<InspectorReady>(*decoded)) {
    Require(EncodeReady() == message);
    return 0;
  }
  const auto& reply = std::get<InspectionReply>(*decoded);
  Require(EncodeReply(reply) == message);
  if (reply.outcome && CheckReply({reply.job, size, Hashing::kAll, ""}, reply)) {
    Require(reply.outcome->size == size && reply.outcome->hashes.size() <= 3);
  }
  return 0;
}
