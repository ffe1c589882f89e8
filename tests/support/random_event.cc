// SPDX-License-Identifier: Apache-2.0
#include "tests/support/random_event.h"

#include <array>
#include <limits>

#include "base/bytes.h"
#include "eventlog/event_limits.h"

namespace portcullis::testing {
namespace {

using eventlog::EventId;

class Maker {
 public:
  explicit Maker(Choices& choices) : choices_(choices) {}

  eventlog::Event Event() {
    eventlog::Event event;
    event.id = choices_.Of(kIds);
    event.sequence = Number<uint64_t>();
    event.time_ns = Number<int64_t>();
    event.last_time_ns = Number<int64_t>();
    event.count = Number<uint64_t>() | 1;
    event.request_id = Text(eventlog::kMaxEventName);
    event.generation = Number<uint64_t>();
    if (!choices_.OneIn(4)) event.decision = Decision();
    event.text = Text(eventlog::kMaxEventText);
    return event;
  }

 private:
  inline static const std::vector<EventId> kIds = {
      EventId::kNote,           EventId::kStoreTrimmed,  EventId::kSrpPathRule,
      EventId::kPolicyApplied,  EventId::kProgramDenied, EventId::kScriptAllowed,
      EventId::kInstallAudited, EventId::kNoPackageRules};

  eventlog::DecisionEvent Decision() {
    eventlog::DecisionEvent decision;
    decision.operation = Enum(Operation::kOpen);
    decision.verdict = Enum(Verdict::kDeniedByDefault);
    if (Bool()) decision.collection = Enum(applocker::CollectionType::kManagedInstaller);
    decision.enforcement = Enum(applocker::EnforcementMode::kAuditOnly);
    decision.reason = Enum(Reason::kSrpDefault);
    decision.blocked = Bool();
    decision.answered_by = Enum(eventlog::AnsweredBy::kObserved);
    if (Bool()) decision.rule = Rule();
    decision.file = File();
    decision.process = Process();
    return decision;
  }
  eventlog::EventRule Rule() {
    return {Text(eventlog::kMaxEventName), Text(eventlog::kMaxEventText),
            Text(eventlog::kMaxEventText), Text(eventlog::kMaxEventText), Bool()};
  }
  eventlog::EventFile File() {
    eventlog::EventFile file;
    file.path = Text(eventlog::kMaxEventPath);
    file.path_verified = Bool();
    file.macro_path = Text(eventlog::kMaxEventPath);
    file.size = Number<uint64_t>();
    file.inode = Number<uint64_t>();
    file.device = Number<uint64_t>();
    file.owner_uid = MaybeNumber<uint32_t>();
    file.owner_gid = MaybeNumber<uint32_t>();
    file.mode = MaybeNumber<uint32_t>();
    file.mtime_ns = MaybeNumber<int64_t>();
    if (Bool()) file.sha256 = Hash();
    if (Bool()) file.rule_sha256 = Hash();
    if (Bool()) {
      file.publisher = {Text(eventlog::kMaxEventText),
                        Text(eventlog::kMaxEventText),
                        Text(eventlog::kMaxEventText),
                        {Number<uint64_t>()}};
    }
    file.unknown = {Bool(), Bool()};
    file.unknown = {Bool(), Bool()};
    return file;
  }
  eventlog::EventProcess Process() {
    eventlog::EventProcess process;
    process.pid = Number<uint32_t>();
    process.thread_id = Number<uint32_t>();
    process.parent_pid = Number<uint32_t>();
    process.program = Text(eventlog::kMaxEventPath);
    const size_t arguments = choices_.OneIn(8) ? eventlog::kMaxEventArguments : choices_.Below(4);
    for (size_t i = 0; i < arguments; ++i) {
      process.command_line.push_back(Text(eventlog::kMaxEventArgument));
    }
    process.uid = MaybeNumber<uint32_t>();
    process.gid = MaybeNumber<uint32_t>();
    process.login_uid = MaybeNumber<uint32_t>();
    process.session_id = MaybeNumber<uint32_t>();
    process.terminal = Number<uint32_t>();
    process.user = Text(eventlog::kMaxEventName);
    if (Bool()) {
      process.user_sid = Sid{choices_.Below(65536) << 32 | choices_.Below(65536),
                             {Number<uint32_t>(), Number<uint32_t>()}};
    }
    process.is_service = Bool();
    return process;
  }

  bool Bool() { return choices_.OneIn(2); }
  template <typename E>
  E Enum(E last) {
    return static_cast<E>(choices_.Below(static_cast<size_t>(last) + 1));
  }
  // Often the ends of its type's range, where a sign or a width goes wrong.
  template <typename T>
  T Number() {
    if (choices_.OneIn(4)) return std::numeric_limits<T>::max();
    if (choices_.OneIn(4)) return std::numeric_limits<T>::min();
    uint64_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 16 | choices_.Below(65536);
    return static_cast<T>(value);
  }
  template <typename T>
  std::optional<T> MaybeNumber() {
    return Bool() ? std::optional(Number<T>()) : std::nullopt;
  }
  std::string Text(size_t limit) {
    std::string text(choices_.OneIn(8) ? limit : choices_.Below(40), '\0');
    for (char& c : text) c = static_cast<char>(choices_.Below(256));
    return text;
  }
  std::string Hash() {
    std::array<uint8_t, 32> bytes;
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(choices_.Below(256));
    return HexLower(bytes);
  }

  Choices& choices_;
};

}  // namespace

eventlog::Event RandomEvent(Choices& choices) { return Maker(choices).Event(); }

}  // namespace portcullis::testing
