// SPDX-License-Identifier: Apache-2.0
#include "enforcement/service_message.h"

#include <utility>
#include <vector>

#include "enforcement/socket_message.h"

namespace portcullis::enforcement {
namespace {

std::string Compose(ServiceWord word, std::string_view text) {
  std::string packet(1, static_cast<char>(word));
  packet.append(text.substr(0, kMaxServiceText));
  return packet;
}

}  // namespace

Result<void> Tell(int socket, ServiceWord word, std::string_view text) {
  return SendPacket(socket, AsBytes(Compose(word, text)));
}

Result<void> TellInspector(int socket, const UniqueFd& inspector, const UniqueFd& pidfd) {
  const int descriptors[] = {inspector.get(), pidfd.get()};
  return SendPacket(socket, AsBytes(Compose(ServiceWord::kInspector, {})), descriptors);
}

Result<ServiceMessage> Listen(int socket) {
  Packet packet = TRY(ReceivePacket(socket, kMaxServiceText + 1, 2));
  ServiceMessage message;
  const uint8_t word = packet.bytes.front();
  if (word < static_cast<uint8_t>(ServiceWord::kStop) ||
      word > static_cast<uint8_t>(ServiceWord::kNoInspector)) {
    return Fail(ErrorCode::kMalformed, "a message between supervisor and gate is not understood");
  }
  message.word = static_cast<ServiceWord>(word);
  message.text = AsText(Bytes(packet.bytes).subspan(1));
  if (message.word == ServiceWord::kInspector) {
    if (packet.descriptors.size() != 2) {
      return Fail(ErrorCode::kMalformed, "an inspector came without its descriptors");
    }
    message.first = std::move(packet.descriptors[0]);
    message.second = std::move(packet.descriptors[1]);
  }
  return message;
}

Result<ServiceLink> MakeServiceLink() {
  auto orders = TRY(MakeSocketPair());
  auto inspectors = TRY(MakeSocketPair());
  return ServiceLink{{std::move(orders.first), std::move(inspectors.first)},
                     {std::move(orders.second), std::move(inspectors.second)}};
}

}  // namespace portcullis::enforcement
