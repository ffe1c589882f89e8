// SPDX-License-Identifier: Apache-2.0
#include "enforcement/journal_link.h"

#include <fcntl.h>
#include <sys/socket.h>

#include "base/bytes.h"
#include "enforcement/shared_state.h"
#include "enforcement/socket_message.h"

namespace portcullis::enforcement {
namespace {

constexpr size_t kLengthBytes = 4;
constexpr int kBufferBytes = 4 << 20;  // as much of it as the kernel allows

}  // namespace

void JournalCounters::Lose(uint64_t count) {
  lost += count;
  lost_in_all += count;
}

Result<JournalLink> MakeJournalLink() {
  auto [writer, reader] = TRY(MakeSocketPair());
  for (const int fd : {writer.get(), reader.get()}) {
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &kBufferBytes, sizeof(kBufferBytes));
  }
  return JournalLink{std::move(writer), std::move(reader), TRY(MapShared<JournalCounters>())};
}

bool AppendEvent(std::string& packet, const std::string& encoded) {
  if (packet.size() + kLengthBytes + encoded.size() > kMaxJournalPacket) return false;
  for (size_t i = 0; i < kLengthBytes; ++i) {
    packet += static_cast<char>(encoded.size() >> (8 * i) & 0xFF);
  }
  packet += encoded;
  return true;
}

std::vector<eventlog::Event> EventsIn(std::span<const uint8_t> packet, uint64_t& damaged) {
  std::vector<eventlog::Event> events;
  while (packet.size() > kLengthBytes) {
    size_t size = 0;
    for (size_t i = 0; i < kLengthBytes; ++i) size |= size_t{packet[i]} << (8 * i);
    packet = packet.subspan(kLengthBytes);
    if (size > packet.size()) break;
    auto event = eventlog::DecodeEvent(packet.first(size));
    packet = packet.subspan(size);
    if (event) {
      events.push_back(*std::move(event));
    } else {
      ++damaged;
    }
  }
  if (!packet.empty()) ++damaged;
  return events;
}

void PostEvents(const JournalLink& link, const std::vector<eventlog::Event>& events) {
  for (const eventlog::Event& event : events) {
    std::string packet;
    AppendEvent(packet, EncodeEvent(event));
    if (!SendPacket(link.writer.get(), AsBytes(packet))) link.counters->Lose(1);
  }
}

}  // namespace portcullis::enforcement
