// SPDX-License-Identifier: Apache-2.0
#include "enforcement/user_notice.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>

#include "base/unique_fd.h"
#include "eventlog/visible_text.h"

namespace portcullis::enforcement {
namespace {

constexpr unsigned kPseudoTerminals = 136;  // the major number of their slaves
constexpr size_t kMaxShown = 200;           // characters of a path or a rule's name

// Nothing that a terminal would obey, or that turns what stands beside it.
std::string Cleaned(std::string_view text, size_t most) {
  return eventlog::CutUtf16(eventlog::VisibleLine(text), most);
}

std::string WhyText(const eventlog::DecisionEvent& decision) {
  if (decision.rule) {
    const std::string& name = decision.rule->name.empty() ? decision.rule->id : decision.rule->name;
    return "by the rule \"" + Cleaned(name, kMaxShown) + "\"";
  }
  switch (decision.answered_by) {
    case eventlog::AnsweredBy::kBusyFile:
      return "because somebody has it open for writing";
    case eventlog::AnsweredBy::kFailurePolicy:
    case eventlog::AnsweredBy::kDeadline:
      return "because it could not be judged in time";
    case eventlog::AnsweredBy::kDecision:
    case eventlog::AnsweredBy::kObserved:
      break;
  }
  return "by default: no rule allows it";
}

// One that the asker, or who logged in, owns.
UniqueFd OpenTerminal(const std::string& directory, const eventlog::EventProcess& process) {
  if (process.terminal == 0 || major(process.terminal) != kPseudoTerminals) return UniqueFd();
  const std::string path = fmt::format("{}/{}", directory, minor(process.terminal));
  UniqueFd terminal(open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status {};
  if (!terminal.valid() || fstat(terminal.get(), &status) != 0 || !S_ISCHR(status.st_mode) ||
      status.st_rdev != process.terminal) {
    return UniqueFd();
  }
  const bool is_askers = status.st_uid == process.uid || status.st_uid == process.login_uid;
  return is_askers ? std::move(terminal) : UniqueFd();
}

// Lines end as a terminal in raw mode wants them too.
void WriteTo(const UniqueFd& terminal, const std::string& text) {
  std::string shown = "\r\n";
  for (const char c : text) shown += c == '\n' ? "\r\n" : std::string(1, c);
  [[maybe_unused]] const ssize_t written = write(terminal.get(), shown.data(), shown.size());
}

// A container's terminals have numbers of their own, which may be another's here.
bool IsOfThisHost(const eventlog::DecisionEvent& decision) {
  return decision.file.path_verified && decision.file.path.starts_with('/');
}

}  // namespace

UserNotices::UserNotices(NoticeSettings settings, ToDesktop to_desktop, std::string terminals)
    : settings_(std::move(settings)),
      to_desktop_(std::move(to_desktop)),
      terminals_(std::move(terminals)) {}

std::string UserNotices::Text(const NoticeSettings& settings, const eventlog::Event& event,
                              const std::string& request_id) {
  const eventlog::DecisionEvent& decision = *event.decision;
  std::string text = fmt::format("portcullis: {} was blocked {}.\n",
                                 Cleaned(decision.file.path, kMaxShown), WhyText(decision));
  for (const std::string& line : {settings.text, settings.link}) {
    if (!line.empty()) text += Cleaned(line, kMaxNoticeText) + "\n";
  }
  return text + fmt::format("Request {}\n", Cleaned(request_id, kMaxShown));
}

void UserNotices::Tell(const eventlog::Event& event, const std::string& request_id,
                       int64_t now_ns) {
  if (!event.decision || !event.decision->blocked) return;
  const eventlog::EventProcess& process = event.decision->process;
  if (!process.uid || !IsOfThisHost(*event.decision)) return;
  UniqueFd terminal;
  if (settings_.to_terminal) terminal = OpenTerminal(terminals_, process);
  const bool to_desktop = settings_.to_desktop && to_desktop_;
  const uint32_t person = process.login_uid.value_or(*process.uid);
  if ((!terminal.valid() && !to_desktop) || !MayTell(person, now_ns)) return;
  const std::string text = Text(settings_, event, request_id);
  if (terminal.valid()) WriteTo(terminal, text);
  if (to_desktop) to_desktop_(person, text);
}

bool UserNotices::MayTell(uint32_t uid, int64_t now_ns) {
  if (free_from_ns_.size() >= kMaxNoticedUsers && !free_from_ns_.contains(uid)) {
    free_from_ns_.clear();
  }
  int64_t& free_from = free_from_ns_[uid];
  free_from = std::max(free_from, now_ns);
  if (free_from > now_ns + (kNoticesAtOnce - 1) * kNoticePeriodNs) return false;
  free_from += kNoticePeriodNs;
  return true;
}

}  // namespace portcullis::enforcement
