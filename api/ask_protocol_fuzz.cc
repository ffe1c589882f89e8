// SPDX-License-Identifier: Apache-2.0
// Whatever is taken for a question or an answer is written as it was read.
#include <cstdlib>
#include <cstring>

#include "api/ask_protocol.h"

namespace {

using portcullis::api::AskAnswer;
using portcullis::api::AskPacket;
using portcullis::api::AskRequest;

bool IsSame(const AskPacket& packet, const uint8_t* data, size_t size) {
  return packet.size() == size && std::memcmp(packet.data(), data, size) == 0;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  AskRequest request;
  if (DecodeAsk(data, size, request) == nullptr && !IsSame(EncodeAsk(request), data, size)) abort();
  AskAnswer answer;
  if (DecodeAskAnswer(data, size, answer) == nullptr) {
    AskAnswer again;
    const AskPacket packet = EncodeAskAnswer(answer);
    if (DecodeAskAnswer(packet.data(), packet.size(), again) != nullptr || again != answer) abort();
  }
  return 0;
}
