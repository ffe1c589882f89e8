// SPDX-License-Identifier: Apache-2.0
#include "enforcement/control_link.h"

#include <algorithm>
#include <string_view>

namespace portcullis::enforcement {
namespace {

enum Word : uint8_t { kReloadRequest = 1, kDone = 2, kRefused = 3 };  // 0 begins last words

struct RequestForm {
  uint8_t word;
  le64 number;
};
struct OutcomeForm {
  uint8_t word;
  le64 number;
  le64 generation;
};

void Append(std::string& packet, uint64_t number) {
  for (unsigned shift = 0; shift < 64; shift += 8) packet += static_cast<char>(number >> shift);
}

Unexpected Broken() {
  return Fail(ErrorCode::kMalformed, "a message of the control process is not understood");
}

}  // namespace

std::string EncodeReloadRequest(uint64_t number) {
  std::string packet(1, static_cast<char>(kReloadRequest));
  Append(packet, number);
  return packet;
}

Result<uint64_t> DecodeReloadRequest(Bytes packet) {
  ByteReader reader(packet, "control request");
  const auto form = TRY(reader.Read<RequestForm>());
  if (form.word != kReloadRequest || !reader.empty() || form.number == 0) return Broken();
  return form.number.value();
}

std::string EncodeOutcome(const ReloadOutcome& outcome) {
  std::string packet(1, static_cast<char>(outcome.is_done ? kDone : kRefused));
  Append(packet, outcome.number);
  Append(packet, outcome.generation);
  packet += std::string_view(outcome.why).substr(0, kMaxOutcomeText);
  return packet;
}

Result<ReloadOutcome> DecodeOutcome(Bytes packet) {
  ByteReader reader(packet, "control outcome");
  const auto form = TRY(reader.Read<OutcomeForm>());
  if (form.word != kDone && form.word != kRefused) return Broken();
  const std::string_view why = AsText(TRY(reader.ReadBytes(reader.remaining())));
  return ReloadOutcome{form.number, form.generation, form.word == kDone, std::string(why)};
}

void ControlDesk::Hear(Bytes packet) {
  const auto number = DecodeReloadRequest(packet);
  if (number && *number > asked_) asked_ = *number;
}

void ControlDesk::Clear() {
  asked_ = ticketed_ = 0;
  askers_.clear();
}

void ControlDesk::Ticket(uint64_t ticket) {
  ticketed_ = asked_;
  if (askers_.size() == kMaxAskers) askers_.pop_back();
  askers_.push_back({asked_, ticket});
}

uint64_t ControlDesk::TakeUpTo(uint64_t ticket) {
  uint64_t last = 0;
  std::erase_if(askers_, [&](const Asker& asker) {
    if (asker.ticket > ticket) return false;
    last = std::max(last, asker.number);
    return true;
  });
  return last;
}

}  // namespace portcullis::enforcement
