// SPDX-License-Identifier: Apache-2.0
// In the order of event.h. An optional value stands behind one byte, 1 or 0, and is left out where
// that is 0; an enumeration is one byte; a text is u16 length and bytes; a hash is its 32 bytes; a
// SID is its text.
#include "eventlog/event_codec.h"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/bytes.h"

namespace portcullis::eventlog {
namespace {

constexpr uint8_t kVersion = 2;
constexpr size_t kHashBytes = 32;

// Three paths, the arguments, seven longer texts and three names, their lengths and all numbers.
static_assert(3 * kMaxEventPath + kMaxEventArguments * (kMaxEventArgument + 2) + 7 * kMaxEventText +
                  4 * kMaxEventName + 512 <=
              kMaxEventBytes);

class Writer {
 public:
  template <typename T>
  void Number(T value) {
    for (size_t i = 0; i < sizeof(T); ++i) {
      out_.push_back(static_cast<char>(static_cast<uint64_t>(value) >> (8 * i)));
    }
  }
  template <typename E>
  void Enum(E value) {
    Number(static_cast<uint8_t>(value));
  }
  void Bool(bool value) { Number(static_cast<uint8_t>(value ? 1 : 0)); }
  void Text(std::string_view text, size_t limit) {
    if (text.size() > limit) return Text(CutText(text, limit), limit);
    Number(static_cast<uint16_t>(text.size()));
    out_.append(text);
  }
  // Writes whether there is a value, then the value.
  template <typename T, typename Write>
  void Optional(const std::optional<T>& value, Write write) {
    Bool(value.has_value());
    if (value) write(*value);
  }
  template <typename T>
  void OptionalNumber(const std::optional<T>& value) {
    Optional(value, [this](T number) { Number(number); });
  }
  void Hash(const std::optional<std::string>& hex) {
    const auto bytes = FromHex(hex.value_or(""));
    const bool is_hash = bytes && bytes->size() == kHashBytes;
    Bool(is_hash);
    if (is_hash) out_.append(*bytes);
  }
  std::string Take() && { return std::move(out_); }

 private:
  std::string out_;
};

class Reader {
 public:
  explicit Reader(Bytes bytes) : bytes_(bytes, "event") {}

  template <typename T>
  Result<T> Number() {
    using Unsigned = std::make_unsigned_t<T>;
    return static_cast<T>(TRY(bytes_.Read<LittleEndian<Unsigned>>()).value());
  }
  // `last` is the enumeration's last member.
  template <typename E>
  Result<E> Enum(E last, std::string_view what) {
    const auto value = TRY(Number<uint8_t>());
    if (value <= static_cast<uint8_t>(last)) return static_cast<E>(value);
    return Fail(ErrorCode::kMalformed, fmt::format("event: {} is {}, at most {}", what, value,
                                                   static_cast<unsigned>(last)));
  }
  Result<bool> Bool(std::string_view what) {
    const auto value = TRY(Number<uint8_t>());
    if (value <= 1) return value == 1;
    return Fail(ErrorCode::kMalformed, fmt::format("event: {} is {}, 0 or 1", what, value));
  }
  Result<std::string> Text(size_t limit, std::string_view what) {
    const auto size = TRY(Number<uint16_t>());
    if (size <= limit) return std::string(AsText(TRY(bytes_.ReadBytes(size))));
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("event: {} has {} bytes, at most {}", what, size, limit));
  }
  template <typename T>
  Result<std::optional<T>> OptionalNumber(std::string_view what) {
    if (!TRY(Bool(what))) return std::optional<T>();
    return std::optional<T>(TRY(Number<T>()));
  }
  Result<std::optional<std::string>> Hash(std::string_view what) {
    if (!TRY(Bool(what))) return std::optional<std::string>();
    return std::optional(HexLower(TRY(bytes_.ReadBytes(kHashBytes))));
  }
  Result<void> End() const {
    if (bytes_.empty()) return {};
    return Fail(ErrorCode::kMalformed,
                fmt::format("event: {} bytes follow its end", bytes_.remaining()));
  }

 private:
  ByteReader bytes_;
};

void WriteRule(const EventRule& rule, Writer& writer) {
  writer.Text(rule.id, kMaxEventName);
  writer.Text(rule.name, kMaxEventText);
  writer.Text(rule.sddl, kMaxEventText);
  writer.Text(rule.policy, kMaxEventText);
  writer.Bool(rule.is_deny);
}

Result<EventRule> ReadRule(Reader& reader) {
  EventRule rule;
  rule.id = TRY(reader.Text(kMaxEventName, "the rule's id"));
  rule.name = TRY(reader.Text(kMaxEventText, "the rule's name"));
  rule.sddl = TRY(reader.Text(kMaxEventText, "the rule's SDDL"));
  rule.policy = TRY(reader.Text(kMaxEventText, "the rule's policy"));
  rule.is_deny = TRY(reader.Bool("whether the rule denies"));
  return rule;
}

void WritePublisher(const FullyQualifiedBinaryName& name, Writer& writer) {
  writer.Text(name.publisher, kMaxEventText);
  writer.Text(name.product, kMaxEventText);
  writer.Text(name.binary, kMaxEventText);
  writer.Number(name.version.packed);
}

Result<FullyQualifiedBinaryName> ReadPublisher(Reader& reader) {
  FullyQualifiedBinaryName name;
  name.publisher = TRY(reader.Text(kMaxEventText, "the publisher"));
  name.product = TRY(reader.Text(kMaxEventText, "the product"));
  name.binary = TRY(reader.Text(kMaxEventText, "the binary's name"));
  name.version.packed = TRY(reader.Number<uint64_t>());
  return name;
}

void WriteFile(const EventFile& file, Writer& writer) {
  writer.Text(file.path, kMaxEventPath);
  writer.Bool(file.path_verified);
  writer.Text(file.macro_path, kMaxEventPath);
  writer.Number(file.size);
  writer.Number(file.inode);
  writer.Number(file.device);
  writer.OptionalNumber(file.owner_uid);
  writer.OptionalNumber(file.owner_gid);
  writer.OptionalNumber(file.mode);
  writer.OptionalNumber(file.mtime_ns);
  writer.Hash(file.sha256);
  writer.Hash(file.rule_sha256);
  writer.Optional(file.publisher, [&writer](const auto& name) { WritePublisher(name, writer); });
  writer.Bool(file.unknown.hash);
  writer.Bool(file.unknown.publisher);
  writer.Bool(file.unknown.hash);
  writer.Bool(file.unknown.publisher);
}

Result<EventFile> ReadFile(Reader& reader) {
  EventFile file;
  file.path = TRY(reader.Text(kMaxEventPath, "the path"));
  file.path_verified = TRY(reader.Bool("whether the path is verified"));
  file.macro_path = TRY(reader.Text(kMaxEventPath, "the path with a macro"));
  file.size = TRY(reader.Number<uint64_t>());
  file.inode = TRY(reader.Number<uint64_t>());
  file.device = TRY(reader.Number<uint64_t>());
  file.owner_uid = TRY(reader.OptionalNumber<uint32_t>("whether there is an owner"));
  file.owner_gid = TRY(reader.OptionalNumber<uint32_t>("whether there is a group"));
  file.mode = TRY(reader.OptionalNumber<uint32_t>("whether there is a mode"));
  file.mtime_ns = TRY(reader.OptionalNumber<int64_t>("whether there is a time of change"));
  file.sha256 = TRY(reader.Hash("whether there is a hash"));
  file.rule_sha256 = TRY(reader.Hash("whether there is a hash for rules"));
  if (TRY(reader.Bool("whether there is a publisher"))) file.publisher = TRY(ReadPublisher(reader));
  file.unknown.hash = TRY(reader.Bool("whether the hash is unknown"));
  file.unknown.publisher = TRY(reader.Bool("whether the publisher is unknown"));
  file.unknown.hash = TRY(reader.Bool("whether the hash is unknown"));
  file.unknown.publisher = TRY(reader.Bool("whether the publisher is unknown"));
  return file;
}

void WriteCommandLine(const std::vector<std::string>& command_line, Writer& writer) {
  if (command_line.size() > kMaxEventArguments) {
    return WriteCommandLine(CutArguments(command_line), writer);
  }
  writer.Number(static_cast<uint8_t>(command_line.size()));
  for (const std::string& argument : command_line) writer.Text(argument, kMaxEventArgument);
}

Result<std::vector<std::string>> ReadCommandLine(Reader& reader) {
  const auto count = TRY(reader.Number<uint8_t>());
  if (count > kMaxEventArguments) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("event: {} arguments, at most {}", count, kMaxEventArguments));
  }
  std::vector<std::string> command_line(count);
  for (std::string& argument : command_line) {
    argument = TRY(reader.Text(kMaxEventArgument, "an argument"));
  }
  return command_line;
}

Result<Sid> ReadSid(Reader& reader) {
  const auto text = TRY(reader.Text(kMaxEventName, "the user's SID"));
  const Sid sid = TRY(Sid::Parse(text));
  if (sid.ToString() == text) return sid;
  return Fail(ErrorCode::kMalformed, "event: the user's SID is not written as this program does");
}

void WriteProcess(const EventProcess& process, Writer& writer) {
  writer.Number(process.pid);
  writer.Number(process.thread_id);
  writer.Number(process.parent_pid);
  writer.Text(process.program, kMaxEventPath);
  WriteCommandLine(process.command_line, writer);
  writer.OptionalNumber(process.uid);
  writer.OptionalNumber(process.gid);
  writer.OptionalNumber(process.login_uid);
  writer.OptionalNumber(process.session_id);
  writer.Number(process.terminal);
  writer.Text(process.user, kMaxEventName);
  writer.Optional(process.user_sid,
                  [&writer](const Sid& sid) { writer.Text(sid.ToString(), kMaxEventName); });
  writer.Bool(process.is_service);
}

Result<EventProcess> ReadProcess(Reader& reader) {
  EventProcess process;
  process.pid = TRY(reader.Number<uint32_t>());
  process.thread_id = TRY(reader.Number<uint32_t>());
  process.parent_pid = TRY(reader.Number<uint32_t>());
  process.program = TRY(reader.Text(kMaxEventPath, "the program"));
  process.command_line = TRY(ReadCommandLine(reader));
  process.uid = TRY(reader.OptionalNumber<uint32_t>("whether there is a uid"));
  process.gid = TRY(reader.OptionalNumber<uint32_t>("whether there is a gid"));
  process.login_uid = TRY(reader.OptionalNumber<uint32_t>("whether there is a login uid"));
  process.session_id = TRY(reader.OptionalNumber<uint32_t>("whether there is a session"));
  process.terminal = TRY(reader.Number<uint32_t>());
  process.user = TRY(reader.Text(kMaxEventName, "the user's name"));
  if (TRY(reader.Bool("whether there is a SID"))) process.user_sid = TRY(ReadSid(reader));
  process.is_service = TRY(reader.Bool("whether it is a service"));
  return process;
}

void WriteDecision(const DecisionEvent& decision, Writer& writer) {
  writer.Enum(decision.operation);
  writer.Enum(decision.verdict);
  writer.Optional(decision.collection, [&writer](auto collection) { writer.Enum(collection); });
  writer.Enum(decision.enforcement);
  writer.Enum(decision.reason);
  writer.Bool(decision.blocked);
  writer.Enum(decision.answered_by);
  writer.Optional(decision.rule, [&writer](const EventRule& rule) { WriteRule(rule, writer); });
  WriteFile(decision.file, writer);
  WriteProcess(decision.process, writer);
}

Result<DecisionEvent> ReadDecision(Reader& reader) {
  using applocker::CollectionType;
  using applocker::EnforcementMode;
  DecisionEvent decision;
  decision.operation = TRY(reader.Enum(Operation::kOpen, "the operation"));
  decision.verdict = TRY(reader.Enum(Verdict::kDeniedByDefault, "the verdict"));
  if (TRY(reader.Bool("whether there is a collection"))) {
    decision.collection = TRY(reader.Enum(CollectionType::kManagedInstaller, "the collection"));
  }
  decision.enforcement = TRY(reader.Enum(EnforcementMode::kAuditOnly, "the enforcement mode"));
  decision.reason = TRY(reader.Enum(Reason::kSrpDefault, "the reason"));
  decision.blocked = TRY(reader.Bool("whether it was blocked"));
  decision.answered_by = TRY(reader.Enum(AnsweredBy::kObserved, "who answered"));
  if (TRY(reader.Bool("whether there is a rule"))) decision.rule = TRY(ReadRule(reader));
  decision.file = TRY(ReadFile(reader));
  decision.process = TRY(ReadProcess(reader));
  return decision;
}

void WriteSrp(const EventSrp& srp, Writer& writer) {
  writer.Number(static_cast<uint32_t>(srp.level));
  writer.Optional(srp.kind, [&writer](auto kind) { writer.Enum(kind); });
}

Result<EventSrp> ReadSrp(Reader& reader) {
  const auto number = TRY(reader.Number<uint32_t>());
  const auto level = srp::LevelOf(number);
  if (!level) {
    return Fail(ErrorCode::kMalformed, fmt::format("event: {} is no security level", number));
  }
  EventSrp srp{*level, std::nullopt};
  if (TRY(reader.Bool("whether a rule decided"))) {
    srp.kind = TRY(reader.Enum(srp::RuleKind::kUrlZone, "the kind of rule"));
  }
  return srp;
}

Result<EventId> ReadId(Reader& reader) {
  const auto id = static_cast<EventId>(TRY(reader.Number<uint16_t>()));
  if (KindOf(id) != nullptr) return id;
  return Fail(ErrorCode::kMalformed,
              fmt::format("event: {} is no event's number", static_cast<unsigned>(id)));
}

Result<uint64_t> ReadCount(Reader& reader) {
  const auto count = TRY(reader.Number<uint64_t>());
  if (count > 0) return count;
  return Fail(ErrorCode::kMalformed, "event: it happened 0 times, at least 1");
}

Result<void> CheckVersion(Reader& reader) {
  const auto version = TRY(reader.Number<uint8_t>());
  if (version == kVersion) return {};
  return Fail(ErrorCode::kMalformed,
              fmt::format("event: version {}, this program writes {}", version, kVersion));
}

}  // namespace

std::string EncodeEvent(const Event& event) {
  Writer writer;
  writer.Number(kVersion);
  writer.Number(static_cast<uint16_t>(event.id));
  writer.Number(event.sequence);
  writer.Number(event.time_ns);
  writer.Number(event.last_time_ns);
  writer.Number(std::max<uint64_t>(event.count, 1));
  writer.Text(event.request_id, kMaxEventName);
  writer.Number(event.generation);
  writer.Optional(event.decision, [&writer](const auto& it) { WriteDecision(it, writer); });
  writer.Text(event.text, kMaxEventText);
  writer.Optional(event.decision ? event.decision->srp : std::nullopt,
                  [&writer](const EventSrp& srp) { WriteSrp(srp, writer); });
  return std::move(writer).Take();
}

Result<Event> DecodeEvent(std::span<const uint8_t> bytes) {
  if (bytes.size() > kMaxEventBytes) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("event: {} bytes, at most {}", bytes.size(), kMaxEventBytes));
  }
  Reader reader(bytes);
  TRY_VOID(CheckVersion(reader));
  Event event;
  event.id = TRY(ReadId(reader));
  event.sequence = TRY(reader.Number<uint64_t>());
  event.time_ns = TRY(reader.Number<int64_t>());
  event.last_time_ns = TRY(reader.Number<int64_t>());
  event.count = TRY(ReadCount(reader));
  event.request_id = TRY(reader.Text(kMaxEventName, "the request id"));
  event.generation = TRY(reader.Number<uint64_t>());
  if (TRY(reader.Bool("whether there is a decision"))) event.decision = TRY(ReadDecision(reader));
  event.text = TRY(reader.Text(kMaxEventText, "the text"));
  const bool has_srp = TRY(reader.Bool("whether Software Restriction Policies decided"));
  if (has_srp && !event.decision) {
    return Fail(ErrorCode::kMalformed, "event: a level without a decision");
  }
  if (has_srp) event.decision->srp = TRY(ReadSrp(reader));
  TRY_VOID(reader.End());
  return event;
}

}  // namespace portcullis::eventlog
