// SPDX-License-Identifier: Apache-2.0
#include "api/ask_protocol.h"

#include <algorithm>
#include <cstring>

#include "api/portcullis.h"

namespace portcullis::api {
namespace {

constexpr uint32_t kMostUrlZone = 4;  // restricted sites

constexpr size_t kRuleIdBytes = 36;

template <typename Head>
const char* CheckHead(const void* bytes, size_t size, uint32_t magic, Head& head) {
  if (size < sizeof(Head)) return "shorter than its head";
  std::memcpy(&head, bytes, sizeof(Head));
  if (head.magic != magic) return "another magic number";
  if (head.version != kAskVersion) return "another version";
  if (head.head_bytes != sizeof(Head)) return "a head of another size";
  if (head.packet_bytes != size) return "not as long as it says";
  if (std::ranges::any_of(head.zero, [](uint8_t byte) { return byte != 0; })) {
    return "something where nothing may stand";
  }
  return nullptr;
}

template <typename Head>
AskPacket Pack(const Head& head, std::string_view first, std::string_view second = {}) {
  AskPacket packet(sizeof(Head) + first.size() + second.size());
  std::memcpy(packet.data(), &head, sizeof(Head));
  std::ranges::copy(first, packet.begin() + sizeof(Head));
  std::ranges::copy(second,
                    packet.begin() + static_cast<std::ptrdiff_t>(sizeof(Head) + first.size()));
  return packet;
}

bool HasNul(std::string_view text) { return text.find('\0') != text.npos; }

// 8-4-4-4-12 hexadecimal digits.
bool IsRuleId(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    const char c = text[i];
    const bool is_digit =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (is_dash ? c != '-' : !is_digit) return false;
  }
  return true;
}

const char* CheckAnswer(const AnswerHead& head, size_t size) {
  if (head.policy_bytes > kMaxAnswerPolicy) return "a policy's name that is too long";
  if (head.rule_name_bytes > kMaxAnswerRuleName) return "a rule's name that is too long";
  if (size != sizeof(AnswerHead) + head.policy_bytes + head.rule_name_bytes) {
    return "texts of another size";
  }
  if (head.error > 0 || head.error < -4095) return "no error number";
  if (head.verdict > PORTCULLIS_VERDICT_DENIED_BY_DEFAULT) return "no verdict";
  if (head.enforcement > PORTCULLIS_MODE_AUDIT_ONLY) return "no mode";
  if (head.would_block > 1) return "neither yes nor no";
  return nullptr;
}

}  // namespace

std::string_view CutText(std::string_view text, size_t limit) {
  if (text.size() <= limit) return text;
  size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

AskPacket EncodeAsk(const AskRequest& request) {
  AskHead head{};
  head.magic = kAskMagic;
  head.version = kAskVersion;
  head.head_bytes = sizeof(AskHead);
  head.packet_bytes = static_cast<uint32_t>(sizeof(AskHead) + request.path.size());
  head.flags = request.has_hash ? kAskHasHash : 0;
  head.number = request.number;
  head.fd = request.fd;
  head.url_zone = request.url_zone;
  head.path_bytes = static_cast<uint16_t>(request.path.size());
  head.ask_for = static_cast<uint8_t>(request.ask_for);
  if (request.has_hash) head.hash = request.hash;
  return Pack(head, request.path);
}

const char* DecodeAsk(const void* bytes, size_t size, AskRequest& request) {
  AskHead head{};
  if (const char* const wrong = CheckHead(bytes, size, kAskMagic, head)) return wrong;
  if ((head.flags & ~kAskHasHash) != 0) return "a flag that is not known";
  if (head.ask_for >= kAskForCount) return "no operation";
  if (head.fd < 0 || head.fd > kMaxAskDescriptor) return "no descriptor";
  if (head.url_zone > kMostUrlZone) return "no zone";
  if (head.path_bytes > kMaxAskPath) return "a path that is too long";
  if (size != sizeof(AskHead) + head.path_bytes) return "a path of another size";
  const std::string_view path(static_cast<const char*>(bytes) + sizeof(AskHead), head.path_bytes);
  if (HasNul(path)) return "a 0 in its path";
  request = {head.number,
             head.fd,
             static_cast<AskFor>(head.ask_for),
             head.url_zone,
             head.flags == kAskHasHash,
             head.hash,
             std::string(path)};
  if (!request.has_hash && request.hash != decltype(request.hash){}) {
    return "a hash that it does not speak of";
  }
  return nullptr;
}

AskPacket EncodeAskAnswer(const AskAnswer& answer) {
  const std::string_view policy = CutText(answer.policy, kMaxAnswerPolicy);
  const std::string_view rule_name = CutText(answer.rule_name, kMaxAnswerRuleName);
  AnswerHead head{};
  head.magic = kAnswerMagic;
  head.version = kAskVersion;
  head.head_bytes = sizeof(AnswerHead);
  head.packet_bytes = static_cast<uint32_t>(sizeof(AnswerHead) + policy.size() + rule_name.size());
  head.error = answer.error;
  head.number = answer.number;
  head.generation = answer.generation;
  head.level = answer.level;
  head.flags = answer.flags;
  const bool is_cut =
      policy.size() != answer.policy.size() || rule_name.size() != answer.rule_name.size();
  if (is_cut) head.flags |= PORTCULLIS_RESULT_TEXT_CUT;
  head.verdict = answer.verdict;
  head.would_block = answer.would_block;
  head.enforcement = answer.enforcement;
  head.reason = answer.reason;
  head.policy_bytes = static_cast<uint16_t>(policy.size());
  head.rule_name_bytes = static_cast<uint16_t>(rule_name.size());
  if (answer.rule_id.size() == kRuleIdBytes) {
    std::ranges::copy(answer.rule_id, head.rule_id.begin());
  }
  return Pack(head, policy, rule_name);
}

const char* DecodeAskAnswer(const void* bytes, size_t size, AskAnswer& answer) {
  AnswerHead head{};
  if (const char* const wrong = CheckHead(bytes, size, kAnswerMagic, head)) return wrong;
  if (const char* const wrong = CheckAnswer(head, size)) return wrong;
  const std::string_view texts(static_cast<const char*>(bytes) + sizeof(AnswerHead),
                               size - sizeof(AnswerHead));
  if (HasNul(texts)) return "a 0 in its texts";
  std::string_view rule_id;
  if (head.rule_id != decltype(head.rule_id){}) {
    rule_id = {head.rule_id.data(), head.rule_id.size()};
    if (!IsRuleId(rule_id)) return "no rule's id";
  }
  answer = {head.number,
            head.error,
            head.generation,
            head.level,
            head.flags,
            head.verdict,
            head.would_block,
            head.enforcement,
            head.reason,
            std::string(rule_id),
            std::string(texts.substr(0, head.policy_bytes)),
            std::string(texts.substr(head.policy_bytes))};
  return nullptr;
}

}  // namespace portcullis::api
