// SPDX-License-Identifier: Apache-2.0
#include "api/control_message.h"

#include <array>
#include <utility>

namespace portcullis::api {
namespace {

constexpr std::string_view kProtocol = "portcullis-control ";
constexpr std::string_view kVersion = "1 ";

using Word = ControlAnswer::Word;
constexpr std::array<std::pair<std::string_view, ControlRequest>, 2> kRequests = {
    {{"status", ControlRequest::kStatus}, {"reload", ControlRequest::kReload}}};
constexpr std::array<std::pair<std::string_view, Word>, 4> kAnswers = {
    {{"done", Word::kDone},
     {"not-permitted", Word::kNotPermitted},
     {"refused", Word::kRefused},
     {"busy", Word::kBusy}}};

struct Parts {
  std::string_view word;
  std::string_view body;
};

Result<Parts> Split(std::string_view packet) {
  if (!packet.starts_with(kProtocol)) {
    return Fail(ErrorCode::kMalformed, "a packet of the control socket does not name its protocol");
  }
  packet.remove_prefix(kProtocol.size());
  if (!packet.starts_with(kVersion)) {
    return Fail(ErrorCode::kUnsupported,
                "a packet of the control socket is not of version 1, the only one known here");
  }
  packet.remove_prefix(kVersion.size());
  const size_t end = packet.find('\n');
  if (end == std::string_view::npos) {
    return Fail(ErrorCode::kMalformed, "the first line of a control packet does not end");
  }
  return Parts{packet.substr(0, end), packet.substr(end + 1)};
}

template <typename Table>
auto FindWord(const Table& table, std::string_view word) -> Result<decltype(table[0].second)> {
  for (const auto& [name, value] : table) {
    if (name == word) return value;
  }
  return Fail(ErrorCode::kUnsupported, "a word of a control packet is not known here");
}

template <typename Table, typename Value>
std::string_view NameOf(const Table& table, Value wanted) {
  for (const auto& [name, value] : table) {
    if (value == wanted) return name;
  }
  return "";
}

std::string FirstLine(std::string_view word) {
  std::string line(kProtocol);
  line += kVersion;
  line += word;
  line += '\n';
  return line;
}

}  // namespace

const char* ToString(ControlRequest request) { return NameOf(kRequests, request).data(); }

std::string EncodeRequest(ControlRequest request) { return FirstLine(NameOf(kRequests, request)); }

Result<ControlRequest> DecodeRequest(std::string_view packet) {
  if (packet.size() > kMaxRequestBytes) {
    return Fail(ErrorCode::kLimitExceeded, "a request of more than 64 bytes");
  }
  const Parts parts = TRY(Split(packet));
  if (!parts.body.empty()) {
    return Fail(ErrorCode::kMalformed, "a request has more than its first line");
  }
  return FindWord(kRequests, parts.word);
}

std::string EncodeAnswer(const ControlAnswer& answer) {
  std::string packet = FirstLine(NameOf(kAnswers, answer.word));
  packet += answer.body;
  if (packet.size() > kMaxAnswerBytes) packet.resize(kMaxAnswerBytes);
  return packet;
}

Result<ControlAnswer> DecodeAnswer(std::string_view packet) {
  if (packet.size() > kMaxAnswerBytes) {
    return Fail(ErrorCode::kLimitExceeded, "an answer of more than 64 KiB");
  }
  const Parts parts = TRY(Split(packet));
  return ControlAnswer{TRY(FindWord(kAnswers, parts.word)), std::string(parts.body)};
}

}  // namespace portcullis::api
