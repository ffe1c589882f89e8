// SPDX-License-Identifier: Apache-2.0
// What is asked over the service's local socket, and what is answered.
//
// Shape:   SOCK_SEQPACKET over AF_UNIX; one packet asks, one packet answers, then the connection is
//          closed. Both are text: a first line with the protocol's name, its version and one word;
//          behind it the answer's body.
// Limits:  kMaxRequestBytes, kMaxAnswerBytes; what is longer is refused whole.
// Errors:  kMalformed: no such form; kUnsupported: another version, or a word that this one does
//          not know.
// Threads: pure functions.
// Source:  docs/control.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace portcullis::api {

inline constexpr size_t kMaxRequestBytes = 64;
inline constexpr size_t kMaxAnswerBytes = 64 << 10;

enum class ControlRequest : uint8_t {
  kStatus,  // how the service is
  kReload,  // load policies and trust anchors anew
};
// "status", "reload".
const char* ToString(ControlRequest request);

struct ControlAnswer {
  enum class Word : uint8_t {
    kDone,          // body: what was asked for
    kNotPermitted,  // the rest: a sentence
    kRefused,       // the service tried, and the former state stays
    kBusy,          // not now
  };
  Word word = Word::kDone;
  std::string body;

  friend bool operator==(const ControlAnswer&, const ControlAnswer&) = default;
};

std::string EncodeRequest(ControlRequest request);
Result<ControlRequest> DecodeRequest(std::string_view packet);
// A body that is too long is cut.
std::string EncodeAnswer(const ControlAnswer& answer);
Result<ControlAnswer> DecodeAnswer(std::string_view packet);

}  // namespace portcullis::api
