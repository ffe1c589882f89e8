// SPDX-License-Identifier: Apache-2.0
// Elements and their order are those of Windows' own events (docs/events.md "XML").
#include <fmt/core.h>

#include <algorithm>

#include "base/utc_time.h"
#include "eventlog/event_words.h"
#include "eventlog/rendering.h"
#include "eventlog/visible_text.h"
#include "formats/xml/escape.h"
#include "policy/path_text.h"

namespace portcullis::eventlog {
namespace {

constexpr std::string_view kEventNamespace =
    "http://schemas.microsoft.com/win/2004/08/events/event";
constexpr std::string_view kDataNamespace =
    "http://schemas.microsoft.com/schemas/event/Microsoft.Windows/1.0.0.0";

// Windows' Status of 8000 is a number of its own; what this service has to say stands in Text.
constexpr std::string_view kUnspecifiedFailure = "2147500037";  // 0x80004005, E_FAIL

struct Provider {
  std::string_view name;
  std::string_view guid;
};
constexpr Provider kAppLocker = {"Microsoft-Windows-AppLocker",
                                 "{cbda4dbf-8d5d-4f69-9578-be14aa540d22}"};
constexpr Provider kSrp = {"Microsoft-Windows-SoftwareRestrictionPolicies",
                           "{7d29d58a-931a-40ac-8743-48c733045548}"};
constexpr Provider kService = {"Portcullis", "{0d6c4b1e-52a7-4f6f-9c1b-6f0e8a2d7c35}"};

const Provider& ProviderOf(EventId id) {
  if (id >= EventId::kPolicyFailed) return kAppLocker;
  return id >= EventId::kSrpDefaultLevel ? kSrp : kService;
}

// The bit that Windows sets for the channel.
std::string_view KeywordsOf(EventId id) {
  if (id >= EventId::kInstallAllowed && id <= EventId::kInstallDenied) return "0x1000000000000000";
  if (id >= EventId::kPackageAllowed) return "0x2000000000000000";
  if (id >= EventId::kScriptAllowed) return "0x4000000000000000";
  return "0x8000000000000000";
}

// `bytes` as the text of an element or the value of an attribute.
void AppendText(std::string& out, std::string_view bytes) {
  xml::AppendEscaped(out, VisibleXml(bytes));
}

void AppendElement(std::string& out, std::string_view name, std::string_view bytes) {
  out.append("<").append(name).append(">");
  AppendText(out, bytes);
  out.append("</").append(name).append(">");
}

// NameLength, which counts the text as it stands here, and Name. The text is visible already.
void AppendCounted(std::string& out, std::string_view name, std::string_view visible) {
  const std::string_view text = visible.empty() ? kUnset : visible;
  out += fmt::format("<{0}Length>{1}</{0}Length><{0}>", name, Utf16Length(text));
  xml::AppendEscaped(out, text);
  out.append("</").append(name).append(">");
}

void AppendAttribute(std::string& out, std::string_view name, std::string_view bytes) {
  out.append(" ").append(name).append("=\"");
  AppendText(out, bytes);
  out.append("\"");
}

void AppendSystem(std::string& out, const Event& event, const Origin& origin) {
  const Provider& provider = ProviderOf(event.id);
  const EventKind& kind = KindOrNote(event.id);
  const EventProcess* const process = event.decision ? &event.decision->process : nullptr;
  out += fmt::format(
      R"(<System><Provider Name="{}" Guid="{}"/><EventID>{}</EventID><Version>0</Version>)"
      R"(<Level>{}</Level><Task>0</Task><Opcode>0</Opcode><Keywords>{}</Keywords>)"
      R"(<TimeCreated SystemTime="{}"/><EventRecordID>{}</EventRecordID><Correlation/>)"
      R"(<Execution ProcessID="{}" ThreadID="{}"/><Channel>{}</Channel>)",
      provider.name, provider.guid, static_cast<int>(event.id), static_cast<int>(kind.level),
      KeywordsOf(event.id), FormatUtcNanoseconds(event.time_ns, 7), event.sequence,
      process != nullptr ? process->pid : origin.service_pid,
      process != nullptr ? process->thread_id : 0, kind.channel);
  AppendElement(out, "Computer", origin.host_name.empty() ? kUnset : origin.host_name);
  out += "<Security";
  if (process == nullptr) {
    AppendAttribute(out, "UserID", well_known_sids::kLocalSystem.ToString());
  } else if (process->user_sid) {
    AppendAttribute(out, "UserID", process->user_sid->ToString());
  }
  out += "/></System>";
}

// A path of this host in the separators of a rule; what they could be taken for is written out.
std::string WindowsPath(std::string_view path) {
  std::string text;
  for (const char c : path) {
    if (c == '\\') {
      text += "_x005C_";
    } else {
      text += c == '/' ? '\\' : c;
    }
  }
  return text;
}

std::string FilePathOf(const EventFile& file) {
  const std::string_view path = file.macro_path.empty() ? file.path : file.macro_path;
  // First, so that a name's own `_x005C_` is told from a backslash.
  const std::string visible = VisibleXml(path);
  return KindOfPath(path) == PathKind::kHost ? WindowsPath(visible) : visible;
}

std::string PolicyNameOf(const DecisionEvent& decision) {
  std::string name = ToString(decision.collection.value_or(applocker::CollectionType::kExe));
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return name;
}

void AppendRule(std::string& out, const std::optional<EventRule>& rule) {
  out += "<RuleId>{";
  AppendText(out, rule ? std::string_view(rule->id) : kNoRuleId);
  out += "}</RuleId>";
  AppendCounted(out, "RuleName", rule ? VisibleXml(rule->name) : "");
  AppendCounted(out, "RuleSddl", rule ? CutUtf16(VisibleXml(rule->sddl), kMaxEventSddl) : "");
}

void AppendFile(std::string& out, const EventFile& file) {
  AppendCounted(out, "FilePath", FilePathOf(file));
  std::string hash = file.rule_sha256 ? *file.rule_sha256 : file.sha256.value_or("");
  std::ranges::transform(hash, hash.begin(), [](char c) {
    return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  out += fmt::format("<FileHashLength>{}</FileHashLength>", hash.size() / 2);  // in bytes
  AppendElement(out, "FileHash", hash);
}

bool IsPackageEvent(EventId id) {
  return id >= EventId::kPackageAllowed && id <= EventId::kInstallDenied;
}

void AppendRuleAndFileData(std::string& out, EventId id, const DecisionEvent& decision) {
  const EventFile& file = decision.file;
  const EventProcess& process = decision.process;
  out += fmt::format(R"(<UserData><RuleAndFileData xmlns="{}">)", kDataNamespace);
  AppendCounted(out, "PolicyName", PolicyNameOf(decision));
  AppendRule(out, decision.rule);
  AppendElement(out, "TargetUser", process.user_sid.value_or(Sid()).ToString());
  AppendElement(out, "TargetProcessId", fmt::format("{}", process.pid));
  if (IsPackageEvent(id)) {
    AppendCounted(out, "Package", file.publisher ? VisibleXml(file.publisher->product) : "");
  } else {
    AppendFile(out, file);
  }
  AppendCounted(out, "Fqbn", VisibleXml(FqbnOf(file)));
  if (!IsPackageEvent(id)) {
    AppendElement(out, "TargetLogonId", fmt::format("{:#x}", process.session_id.value_or(0)));
    AppendCounted(out, "FullFilePath", VisibleXml(file.path));
  }
  out += "</RuleAndFileData></UserData>";
}

// Which element holds the fields of an event of Software Restriction Policies, and how many.
struct SrpFields {
  std::string_view element;
  bool has_guid;
  bool has_rule_path;
};

SrpFields SrpFieldsOf(EventId id) {
  switch (id) {
    case EventId::kSrpPathRule:
      return {"PathGuidAndRule", true, true};
    case EventId::kSrpZoneOrHashRule:
    case EventId::kSrpPolicyRule:
      return {"PathAndGuid", true, false};
    default:
      return {"Path", false, false};
  }
}

void AppendSrpData(std::string& out, EventId id, const DecisionEvent& decision) {
  const SrpFields fields = SrpFieldsOf(id);
  out += fmt::format(R"(<UserData><{} xmlns="{}">)", fields.element, kDataNamespace);
  AppendElement(out, "AttemptedPath", decision.file.path.empty() ? kUnset : decision.file.path);
  if (fields.has_guid) {
    const std::string_view id_text =
        decision.rule ? std::string_view(decision.rule->id) : kNoRuleId;
    AppendElement(out, "SrpRuleGuid", fmt::format("{{{}}}", id_text));
  }
  // Such a rule is called by its path.
  if (fields.has_rule_path) {
    AppendElement(out, "RulePath", decision.rule ? std::string_view(decision.rule->name) : kUnset);
  }
  out += fmt::format("</{}></UserData>", fields.element);
}

void AppendData(std::string& out, std::string_view name, std::string_view bytes) {
  out += fmt::format(R"(<Data Name="{}">)", name);
  AppendText(out, bytes);
  out += "</Data>";
}

void AppendEventData(std::string& out, const Event& event) {
  out += "<EventData>";
  if (event.id == EventId::kPolicyFailed) AppendData(out, "Status", kUnspecifiedFailure);
  AppendData(out, "Generation", fmt::format("{}", event.generation));
  AppendData(out, "Count", fmt::format("{}", event.count));
  AppendData(out, "Text", event.text);
  out += "</EventData>";
}

}  // namespace

std::string RenderXml(const Event& event, const Origin& origin) {
  std::string out = fmt::format(R"(<Event xmlns="{}">)", kEventNamespace);
  AppendSystem(out, event, origin);
  const bool is_decision = event.decision && EffectOf(event.id);
  if (is_decision && event.id >= EventId::kPolicyFailed) {
    AppendRuleAndFileData(out, event.id, *event.decision);
  } else if (is_decision) {
    AppendSrpData(out, event.id, *event.decision);
  } else {
    AppendEventData(out, event);
  }
  return out + "</Event>";
}

}  // namespace portcullis::eventlog
