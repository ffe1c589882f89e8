// SPDX-License-Identifier: Apache-2.0
// The messages between a host that asks about a file and the service that answers.
//
// Shape:   one packet a question and one an answer (SOCK_SEQPACKET over AF_UNIX): a head of fixed
//          size, then its texts, without separators. Integers are those of the machine, as both
//          ends run on one kernel. The file is handed over by its descriptor's number in the asking
//          process, not with the message: why is in docs/decisions/0020.
// Limits:  the constants below; no text is cut by either end but those of an answer.
// Errors:  a sentence of constant text: what the packet gets wrong. It is for the log; the peer is
//          told nothing and loses the connection.
// Threads: values and pure functions. Nothing here needs more than the C library.
// Source:  docs/safer-api.md "The protocol".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::api {

inline constexpr const char* kDefaultAskSocket = "/run/portcullis/ask.sock";
inline constexpr uint32_t kAskMagic = 0x51414350;     // "PCAQ"
inline constexpr uint32_t kAnswerMagic = 0x41414350;  // "PCAA"
inline constexpr uint16_t kAskVersion = 1;
inline constexpr size_t kMaxAskPath = 4095;
inline constexpr size_t kAskHashBytes = 32;
inline constexpr size_t kMaxAnswerRuleName = 1023;
inline constexpr size_t kMaxAnswerPolicy = 255;
inline constexpr int32_t kMaxAskDescriptor = 1 << 24;

// What the host is about to do.
enum class AskFor : uint8_t { kExe, kDll, kMsi, kScript, kAppx };
inline constexpr uint8_t kAskForCount = 5;

struct AskHead {
  uint32_t magic;
  uint16_t version;
  uint16_t head_bytes;
  uint32_t packet_bytes;
  uint32_t flags;   // kAskHasHash
  uint64_t number;  // the answer repeats it
  int32_t fd;       // of the asking process
  uint32_t url_zone;
  uint16_t path_bytes;
  uint8_t ask_for;
  std::array<uint8_t, 5> zero;  // must be
  std::array<uint8_t, kAskHashBytes> hash;
};
static_assert(sizeof(AskHead) == 72);
inline constexpr uint32_t kAskHasHash = 1;
inline constexpr size_t kMaxAskBytes = sizeof(AskHead) + kMaxAskPath;

struct AnswerHead {
  uint32_t magic;
  uint16_t version;
  uint16_t head_bytes;
  uint32_t packet_bytes;
  int32_t error;  // 0, or a PORTCULLIS_E_* number: then there is no verdict
  uint64_t number;
  uint64_t generation;
  uint32_t level;
  uint32_t flags;  // PORTCULLIS_RESULT_*
  uint8_t verdict;
  uint8_t would_block;
  uint8_t enforcement;
  uint8_t reason;
  uint16_t policy_bytes;
  uint16_t rule_name_bytes;
  std::array<char, 36> rule_id;  // zeros: none
  std::array<uint8_t, 4> zero;
};
static_assert(sizeof(AnswerHead) == 88);
inline constexpr size_t kMaxAskAnswerBytes =
    sizeof(AnswerHead) + kMaxAnswerPolicy + kMaxAnswerRuleName;

struct AskRequest {
  uint64_t number = 0;
  int32_t fd = -1;
  AskFor ask_for = AskFor::kScript;
  uint32_t url_zone = 0;
  bool has_hash = false;
  std::array<uint8_t, kAskHashBytes> hash{};
  std::string path;  // as claimed; may be empty

  friend bool operator==(const AskRequest&, const AskRequest&) = default;
};

struct AskAnswer {
  uint64_t number = 0;
  int32_t error = 0;
  uint64_t generation = 0;
  uint32_t level = 0;
  uint32_t flags = 0;
  uint8_t verdict = 0;
  uint8_t would_block = 0;
  uint8_t enforcement = 0;
  uint8_t reason = 0;
  std::string rule_id;    // empty, or 36 characters
  std::string policy;     // cut to kMaxAnswerPolicy when it is sent, and flagged
  std::string rule_name;  // to kMaxAnswerRuleName

  friend bool operator==(const AskAnswer&, const AskAnswer&) = default;
};

using AskPacket = std::vector<char>;

// `request` keeps the limits.
AskPacket EncodeAsk(const AskRequest& request);
AskPacket EncodeAskAnswer(const AskAnswer& answer);
// Null, or what is wrong.
const char* DecodeAsk(const void* bytes, size_t size, AskRequest& request);
const char* DecodeAskAnswer(const void* bytes, size_t size, AskAnswer& answer);

// The most of `text` that has at most `limit` bytes and ends between two characters of UTF-8.
std::string_view CutText(std::string_view text, size_t limit);

}  // namespace portcullis::api
