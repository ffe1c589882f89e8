// SPDX-License-Identifier: Apache-2.0
// Packets between the processes of the service, with descriptors beside the bytes.
//
// Shape:   SOCK_SEQPACKET over AF_UNIX: one call, one packet, whole or not at all.
// Limits:  kMaxPacketDescriptors a packet; a packet longer than `max_bytes` is refused.
// Errors:  kIo with the system's reason; kNotFound: the other end is closed; kLimitExceeded: cut
// off. Threads: the kernel's calls are atomic.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace portcullis::enforcement {

inline constexpr size_t kMaxPacketDescriptors = 4;

struct Packet {
  std::vector<uint8_t> bytes;
  std::vector<UniqueFd> descriptors;
};

// Both close on exec.
Result<std::pair<UniqueFd, UniqueFd>> MakeSocketPair();

// Never raises SIGPIPE.
Result<void> SendPacket(int socket, Bytes bytes, std::span<const int> descriptors = {});
// Blocks, unless the socket is non-blocking: then kIo, "would block". With `accepted` 0 the kernel
// throws away what descriptors come along.
Result<Packet> ReceivePacket(int socket, size_t max_bytes, size_t accepted = 0);

// Whether the socket has a packet or its end within `timeout_ms` (-1: waits).
bool WaitReadable(int socket, int timeout_ms);

}  // namespace portcullis::enforcement
