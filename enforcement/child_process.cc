// SPDX-License-Identifier: Apache-2.0
#include "enforcement/child_process.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

#include "enforcement/asker_trace.h"
#include "enforcement/heartbeat.h"
#include "enforcement/pidfd.h"
#include "enforcement/privileges.h"
#include "enforcement/service_processes.h"

namespace portcullis::enforcement {
namespace {

using Kind = ServiceEvent::Kind;

enum ExitStatus : int { kNoSandbox = 10 };
constexpr uint8_t kLastWords = 0;
constexpr int kPacketsAtOnce = 16;

int64_t Ns(std::chrono::nanoseconds duration) { return duration.count(); }

// In ticks since boot, which tells a process from a later one with its number; 0: it is gone.
uint64_t StartTimeOf(pid_t pid) {
  const std::string path = fmt::format("/proc/{}/stat", pid);
  const std::unique_ptr<FILE, int (*)(FILE*)> file(fopen(path.c_str(), "re"),
                                                   [](FILE* f) { return f ? fclose(f) : 0; });
  char text[1024] = {};
  if (!file || fgets(text, sizeof(text), file.get()) == nullptr) return 0;
  return strtoull(std::string(StatField(text, 22)).c_str(), nullptr, 10);
}

// How it ended, where it is the caller's own child and was not reaped yet.
std::string EndOf(const UniqueFd& pidfd) {
  siginfo_t info{};
  constexpr auto kByPidfd = static_cast<idtype_t>(3);  // P_PIDFD, as glibc before 2.36 lacks it
  if (waitid(kByPidfd, static_cast<id_t>(pidfd.get()), &info, WEXITED | WNOHANG) != 0 ||
      info.si_pid == 0) {
    return "";
  }
  return info.si_code == CLD_EXITED ? fmt::format(" (exit status {})", info.si_status)
                                    : fmt::format(" (signal {})", info.si_status);
}

void SetNonBlocking(const UniqueFd& fd) {
  fcntl(fd.get(), F_SETFL, fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
}

// Libraries write there, and open other files only with higher numbers.
void TakeNullAsStandard() {
  for (int fd = 0; fd <= 2; ++fd) {
    [[maybe_unused]] const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  }
}

}  // namespace

void ChildSelf::Beat() const { pulse->beat_ns = MonotonicNs(); }

ChildProcess::ChildProcess(const Service& service, const ChildKind& kind)
    : service_(service), kind_(kind) {
  if (kind_.pulse->pid != 0) TakeOver();
}

void ChildProcess::TakeOver() {
  const pid_t pid = kind_.pulse->pid;
  UniqueFd pidfd = OpenPidfd(pid);
  if (!pidfd.valid() || StartTimeOf(pid) != kind_.pulse->start_time) {
    kind_.pulse->pid = 0;
    if (kind_.ended) kind_.ended();
    return;
  }
  pidfd_ = std::move(pidfd);
  started_ns_ = MonotonicNs();
  is_former_ = true;
}

void ChildProcess::Tick(int64_t now, bool may_fork) {
  if (!lives()) {
    if (may_fork && !ends_ && now >= next_start_ns_) Start(now);
    return;
  }
  if (killed_ns_ != 0) return;
  if (is_former_) {
    if (now - started_ns_ > Ns(kFormerChildPatience)) Kill("its supervisor is gone");
    return;
  }
  const int64_t alive_ns = std::max<int64_t>(started_ns_, kind_.pulse->beat_ns);
  if (now - alive_ns > Ns(kind_.patience)) Kill("its heart stands still");
}

void ChildProcess::Start(int64_t now) {
  started_ns_ = now;
  killed_ns_ = 0;
  is_former_ = false;
  auto ends = MakeSocketPair();
  if (!ends) return BackOff(now);
  const pid_t pid = fork();
  if (pid == 0) {
    ends->first.Reset();
    RunChild(std::move(ends->second));
  }
  UniqueFd pidfd = pid > 0 ? OpenPidfd(pid) : UniqueFd();
  if (!pidfd.valid()) {
    service_.Report(
        {Kind::kNote, fmt::format("the {} can not be started: errno {}", kind_.name, errno)});
    return BackOff(now);  // without its link it ends
  }
  pidfd_ = std::move(pidfd);
  link_ = std::move(ends->first);
  SetNonBlocking(link_);
  ++kind_.pulse->starts;
}

void ChildProcess::RunChild(UniqueFd link) const {
  // By itself, and first: a supervisor that is killed now leaves nobody whom its successor does not
  // know.
  kind_.pulse->start_time = StartTimeOf(getpid());
  kind_.pulse->pid = getpid();
  prctl(PR_SET_NAME, kind_.name.c_str());
  for (const SharedMemory& page : service_.SharedPages()) {
    const bool is_kept = page.at == kind_.pulse ||
                         std::ranges::find(kind_.kept_pages, page.at) != kind_.kept_pages.end();
    if (!is_kept && !Hide(page)) _exit(kNoSandbox);
  }
  // The groups first: an open that waited for an answer while this process holds them would wait
  // for ever, were the gate gone.
  std::vector<int> kept = kind_.kept;
  kept.push_back(link.get());
  CloseDescriptorsBut(std::move(kept));
  TakeNullAsStandard();
  OfferToOomKiller();
  SetNonBlocking(link);
  const auto entered = EnterChildSandbox(kind_.sandbox);
  if (!entered) {
    const std::string words = std::string(1, '\0') + entered.error().message;
    [[maybe_unused]] const auto sent = SendPacket(link.get(), AsBytes(words));
    _exit(kNoSandbox);
  }
  _exit(kind_.run({std::move(link), kind_.pulse}));
}

void ChildProcess::Hear() {
  for (int i = 0; i < kPacketsAtOnce; ++i) {
    const auto packet = ReceivePacket(link_.get(), kMaxChildPacket, 1);
    if (!packet) {
      // Ending: its pidfd tells. What breaks the protocol is cut off, which ends it as well.
      if (packet.error().code != ErrorCode::kIo) link_.Reset();
      return;
    }
    if (packet->bytes.front() == kLastWords) {
      const std::string_view text = AsText(Bytes(packet->bytes).subspan(1));
      service_.Report({Kind::kNote, fmt::format("the {}: {}", kind_.name, text)});
    } else if (kind_.heard) {
      kind_.heard(*packet);
    }
  }
}

void ChildProcess::Ended() {
  if (link_.valid()) Hear();
  const std::string how = EndOf(pidfd_);
  const bool was_told = ends_ || is_former_;
  pidfd_.Reset();
  link_.Reset();
  kind_.pulse->pid = 0;
  if (kind_.ended) kind_.ended();
  if (was_told) return;
  service_.Report(
      {Kind::kProcessReplaced, fmt::format("the {} ended{}; another is started", kind_.name, how)});
  BackOff(MonotonicNs());
}

void ChildProcess::BackOff(int64_t now) {
  const bool was_well = now - started_ns_ > Ns(kChildWasWell);
  back_off_ns_ = was_well || back_off_ns_ == 0 ? Ns(kFirstChildBackOff)
                                               : std::min(back_off_ns_ * 2, Ns(kMaxChildBackOff));
  next_start_ns_ = now + back_off_ns_;
}

bool ChildProcess::Tell(Bytes packet) const {
  return link_.valid() && SendPacket(link_.get(), packet).has_value();
}

void ChildProcess::TellToEnd() {
  ends_ = true;
  if (link_.valid()) shutdown(link_.get(), SHUT_WR);
}

void ChildProcess::Kill(std::string_view why) {
  SignalPidfd(pidfd_, SIGKILL);
  killed_ns_ = MonotonicNs();
  service_.Report({Kind::kNote, fmt::format("the {} is killed: {}", kind_.name, why)});
}

void EndChildren(std::vector<ChildProcess>& children, std::chrono::milliseconds patience) {
  for (ChildProcess& child : children) child.TellToEnd();
  const int64_t until = MonotonicNs() + Ns(patience);
  for (;;) {
    std::vector<pollfd> waited;
    for (const ChildProcess& child : children) {
      if (child.lives()) waited.push_back({child.pidfd(), POLLIN, 0});
    }
    const int64_t left_ms = (until - MonotonicNs()) / 1'000'000;
    if (waited.empty() || left_ms <= 0) break;
    poll(waited.data(), waited.size(), static_cast<int>(left_ms));
    for (ChildProcess& child : children) {
      if (child.lives() && WaitReadable(child.pidfd(), 0)) child.Ended();
    }
  }
  for (ChildProcess& child : children) {
    if (child.lives()) child.Kill("it does not end");
  }
}

}  // namespace portcullis::enforcement
