// SPDX-License-Identifier: Apache-2.0
// The messages between the gate and an inspector.
//
// Shape:   one message a packet, little-endian. A request is a header, the file's size and name,
// and
//          goes with one descriptor; a reply is a header and a FileIdentity or an Error:
//              header   u32 magic, u16 version, u8 kind, u8 zero, u64 job
//              request  u64 size, u8 hashing, text name
//              identity see the source; text is u32 length and bytes
//              error    u8 code, text message
//          Before its first job an inspector says `ready`, a header alone with job 0.
// Limits:  kMaxMessageBytes a message, kMaxNameBytes a name, kMaxWireHashes candidates. What the
//          encoder can not fit becomes an error reply: kLimitExceeded.
// Errors:  kMalformed, kTruncated, kLimitExceeded. A reply may come from a process that the
// inspected
//          file took over: the gate's decoder believes no length, number or combination in it.
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "identity/file_identity.h"
#include "identity/identify.h"

namespace portcullis::enforcement {

inline constexpr size_t kMaxMessageBytes = 128 << 10;  // below a socket's default buffer
inline constexpr size_t kMaxNameBytes = 255;           // NAME_MAX
inline constexpr size_t kMaxErrorBytes = 1000;
inline constexpr size_t kMaxWireHashes = 8;

using Message = std::vector<uint8_t>;

struct InspectionRequest {
  uint64_t job = 0;
  uint64_t size = 0;  // as the gate's fstat has it
  Hashing hashing = Hashing::kAll;
  std::string name_hint;

  friend bool operator==(const InspectionRequest&, const InspectionRequest&) = default;
};

struct InspectorReady {};
struct InspectionReply {
  uint64_t job = 0;
  Result<FileIdentity> outcome;
};
using FromInspector = std::variant<InspectorReady, InspectionReply>;

// A name that is too long keeps its end, where the extension is.
Message EncodeRequest(const InspectionRequest& request);
Result<InspectionRequest> DecodeRequest(Bytes message);

Message EncodeReady();
Message EncodeReply(const InspectionReply& reply);
Result<FromInspector> DecodeFromInspector(Bytes message);

// Whether `reply` can be an honest answer to `request`: its job, the file's size, and no claim that
// Identify never makes.
Result<void> CheckReply(const InspectionRequest& request, const InspectionReply& reply);

}  // namespace portcullis::enforcement
