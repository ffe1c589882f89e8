// SPDX-License-Identifier: Apache-2.0
#include "enforcement/supervisor.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <span>
#include <thread>
#include <utility>

#include "enforcement/descriptor_limit.h"
#include "enforcement/heartbeat.h"
#include "enforcement/inspector.h"
#include "enforcement/pidfd.h"
#include "enforcement/reload_turns.h"
#include "enforcement/service_notifier.h"
#include "enforcement/service_processes.h"
#include "enforcement/socket_message.h"
#include "enforcement/stand_in.h"
#include "enforcement/supervisor_wakers.h"

namespace portcullis::enforcement {
namespace {

using Kind = ServiceEvent::Kind;

constexpr int64_t kSecondNs = 1'000'000'000;
constexpr int64_t kFirstStartPatienceNs = 60 * kSecondNs;  // name services may be slow
constexpr int64_t kRestartPatienceNs = 10 * kSecondNs;     // and somebody waits
constexpr int64_t kStopPatienceNs = 5 * kSecondNs;
// How long forks are put off for trust anchors that are being read. What takes longer waits for the
// file, and holds no lock.
constexpr int64_t kLoadPatienceNs = 2 * kSecondNs;
constexpr int64_t kControlPauseNs = kSecondNs;  // between reloads that the control process wants
constexpr std::chrono::milliseconds kChildrensEndPatience{3000};
constexpr int64_t kFirstBackOffNs = kSecondNs / 10;
constexpr int64_t kMaxBackOffNs = 5 * kSecondNs;
// While nothing is enforced a gate that stands still hurts nobody.
constexpr unsigned kTicksUntilStoppedObserving = 10 * kTicksABudget;

class Supervisor {
 public:
  Supervisor(Service& service, Peer gate)
      : service_(service),
        shared_(*service.shared),
        gate_(std::move(gate)),
        stand_in_(service.permission, *service.shared, service.setup.service.failure_policy,
                  {service.setup.metrics.written}),
        has_run_(gate_.pid != 0) {
    children_.reserve(service.children.size());
    for (const ChildKind& kind : service.children) children_.emplace_back(service, kind);
    if (service.setup.control != nullptr) service.setup.control->Clear();
  }

  Result<void> Run();

 private:
  Result<void> Prepare();
  void Wait();
  void HearChildren(std::span<const pollfd> waited);
  bool StandsIn() const;

  void TakeSignals();
  void ReapChildren();
  void BeginStop();
  void TellToStop();
  void Reload();
  void TakeTrust();
  void ReadTrust();
  void TellReload();
  void HearControl();
  void TellControl(uint64_t ticket, bool is_done, const std::string& why);
  void TellTrials(const TrialNews& news);

  void Tick();
  void Count() const;
  void WatchHeartbeat(int64_t now);
  void NoticeReadiness();

  void StartGate();
  void KillGate(std::string_view why);
  void GateEnded();
  void ScheduleGate(bool it_had_run);
  void EndService();

  void HearGate();
  void ReloadEnded(bool is_done, const std::string& why);
  void ServeInspectorRequest();

  bool has_gate() const { return gate_.pid != 0; }
  // What the loader's thread has locked would stay locked in a child.
  bool may_fork() const { return !loader_.joinable() || MonotonicNs() > forks_from_ns_; }
  int64_t budget_ns() const {
    return std::chrono::nanoseconds(service_.setup.service.budget).count();
  }

  Service& service_;
  SharedState& shared_;
  Peer gate_;
  StandIn stand_in_;
  std::vector<ChildProcess> children_;
  ServiceNotifier notifier_;
  HeartbeatWatch heartbeat_;
  SupervisorWakers wakers_;
  UniqueFd self_;
  std::thread loader_;
  int64_t forks_from_ns_ = 0;  // while the loader runs
  ReloadTurns turns_;
  int64_t control_from_ns_ = 0;  // the control process is not heard before
  Result<TrustStore> loaded_;
  Result<std::shared_ptr<const CatalogStore>> loaded_catalogs_;
  TrialNews trials_;                      // of the loader's thread, likewise
  std::optional<int64_t> trial_ends_ns_;  // CLOCK_BOOTTIME

  int64_t started_ns_ = 0;  // the gate
  int64_t first_beat_ = 0;  // what the heartbeat was then
  int64_t killed_ns_ = 0;   // 0: it was not
  int64_t next_start_ns_ = 0;
  int64_t stand_in_from_ns_ = 0;
  int64_t last_watchdog_ns_ = 0;
  unsigned failed_starts_ = 0;
  bool has_run_;            // a gate was ready once
  bool was_ready_ = false;  // this gate was
  bool ended_ = false;
  std::string failure_;  // why the gate could not start
};

Result<void> Supervisor::Run() {
  TRY_VOID(Prepare());
  if (has_gate()) {
    stand_in_.TakeOver(service_.descriptor_limit);
    notifier_.Say(fmt::format("MAINPID={}", getpid()));
    ++shared_.supervisor_restarts;
    service_.Report({Kind::kNote, "the supervisor was replaced"});
    was_ready_ = shared_.gate_is_ready;
    Reload();  // the anchors are those of when this gate was forked
    if (shared_.stop_by_ns != 0) TellToStop();  // the one before may not have come to it
  } else {
    TellTrials(std::exchange(service_.trials, {}));
    StartGate();
  }
  while (!ended_) Wait();
  // After the gate, whose last records they take.
  EndChildren(children_, kChildrensEndPatience);
  shared_.RemoveOwn(getpid());
  if (loader_.joinable()) loader_.join();  // no mark is left that it could wait for
  if (failure_.empty()) return {};
  return Fail(ErrorCode::kIo, failure_);
}

Result<void> Supervisor::Prepare() {
  prctl(PR_SET_NAME, "supervisor");
  shared_.supervisor = getpid();
  shared_.AddOwn(getpid());
  shared_.supervisor_heartbeat_ns = MonotonicNs();
  self_ = OpenPidfd(getpid());
  if (!self_.valid()) return Fail(ErrorCode::kIo, fmt::format("pidfd_open: errno {}", errno));
  wakers_ = TRY(SupervisorWakers::Open(service_.tick()));
  return {};
}

void Supervisor::Wait() {
  const int group = StandsIn() ? service_.permission.fd() : -1;
  std::vector<pollfd> waited = {{wakers_.signals.get(), POLLIN, 0},
                                {wakers_.timer.get(), POLLIN, 0},
                                {gate_.pidfd.get(), POLLIN, 0},
                                {gate_.ends.orders.get(), POLLIN, 0},
                                {may_fork() ? gate_.ends.inspectors.get() : -1, POLLIN, 0},
                                {group, POLLIN, 0},
                                {wakers_.loaded.get(), POLLIN, 0}};
  const size_t own = waited.size();
  for (const ChildProcess& child : children_) {
    waited.push_back({child.pidfd(), POLLIN, 0});
    waited.push_back({child.link(), POLLIN, 0});
  }
  if (poll(waited.data(), waited.size(), -1) <= 0) return;
  if (waited[5].revents != 0) stand_in_.AnswerWaiting();
  // What the gate said last is heard before its end is seen.
  if (waited[3].revents != 0) HearGate();
  if (waited[4].revents != 0) ServeInspectorRequest();
  if (waited[2].revents != 0) GateEnded();
  if (waited[6].revents != 0) TakeTrust();
  if (waited[0].revents != 0) TakeSignals();
  HearChildren(std::span(waited).subspan(own));
  uint64_t expirations = 0;
  if (waited[1].revents != 0 && read(wakers_.timer.get(), &expirations, sizeof(expirations)) > 0)
    Tick();
}

// A pidfd and a link of each.
void Supervisor::HearChildren(std::span<const pollfd> waited) {
  for (size_t i = 0; i < children_.size(); ++i) {
    ChildProcess& child = children_[i];
    if (waited[2 * i + 1].revents != 0 && child.link() >= 0) child.Hear();
    if (waited[2 * i].revents != 0 && child.lives()) child.Ended();
  }
  HearControl();
}

bool Supervisor::StandsIn() const {
  return shared_.has_asked && !shared_.gate_reads && MonotonicNs() >= stand_in_from_ns_;
}

void Supervisor::TakeSignals() {
  signalfd_siginfo info;
  while (read(wakers_.signals.get(), &info, sizeof(info)) == sizeof(info)) {
    switch (static_cast<int>(info.ssi_signo)) {
      case SIGCHLD:
        ReapChildren();
        break;
      case SIGHUP:
        Reload();
        break;
      default:
        BeginStop();
    }
  }
}

// A number that is reaped may be another's at once, so it is not the service's own before that.
void Supervisor::ReapChildren() {
  for (ChildProcess& child : children_) {  // they want to know how they ended
    if (child.lives() && WaitReadable(child.pidfd(), 0)) child.Ended();
  }
  for (;;) {
    siginfo_t info{};
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) return;
    shared_.RemoveOwn(info.si_pid);
    waitpid(info.si_pid, nullptr, WNOHANG);
  }
}

// The second time the gate is not waited for.
void Supervisor::BeginStop() {
  const bool is_first = shared_.stop_by_ns == 0;
  shared_.stop_by_ns = MonotonicNs() + (is_first ? budget_ns() + kStopPatienceNs : 0);
  if (!has_gate()) return EndService();
  if (!is_first) return;
  TellToStop();
  notifier_.Say("STOPPING=1");
  service_.Report({Kind::kStopping, "the service stops"});
}

void Supervisor::TellToStop() {
  if (!Tell(gate_.ends.orders.get(), ServiceWord::kStop)) KillGate("it takes no orders");
}

void Supervisor::Reload() {
  turns_.Want();
  ReadTrust();
}

// Files are read by a thread: an open may have to wait for the gate, and the gate for this
// process.
void Supervisor::ReadTrust() {
  // What is under way may have read already what has changed since.
  if (!turns_.BeginReading()) return;
  if (!service_.setup.load_trust) {
    turns_.EndReading();
    return TellReload();
  }
  forks_from_ns_ = MonotonicNs() + kLoadPatienceNs;
  loader_ = std::thread([this] {
    // First, so that the gate reads the policy that is to be in force.
    if (service_.setup.settle_trial) trials_ = service_.setup.settle_trial();
    loaded_ = service_.setup.load_trust();
    if (service_.setup.load_catalogs) loaded_catalogs_ = service_.setup.load_catalogs();
    eventfd_write(wakers_.loaded.get(), 1);
  });
}

void Supervisor::TakeTrust() {
  eventfd_t count = 0;
  eventfd_read(wakers_.loaded.get(), &count);
  loader_.join();
  TellTrials(std::exchange(trials_, {}));
  if (loaded_) {
    service_.trust = *std::move(loaded_);
  } else {
    service_.Report({Kind::kNote, "the former trust anchors stay: " + loaded_.error().message});
  }
  if (loaded_catalogs_) {
    service_.catalogs = *std::move(loaded_catalogs_);
  } else {
    service_.Report({Kind::kNote, "the former catalogs stay: " + loaded_catalogs_.error().message});
  }
  const bool reads_again = turns_.EndReading();
  TellReload();
  if (reads_again) ReadTrust();
}

void Supervisor::TellTrials(const TrialNews& news) {
  for (const ServiceEvent& event : news.events) service_.Report(event);
  trial_ends_ns_ = news.look_again_ns;
}

void Supervisor::TellReload() {
  if (!has_gate()) return;  // the next one reads everything anew
  if (!turns_.BeginOrder()) return;
  notifier_.Say("RELOADING=1");
  [[maybe_unused]] const auto told = Tell(gate_.ends.orders.get(), ServiceWord::kReload);
}

// Not more often than kControlPauseNs, whatever becomes of the control process.
void Supervisor::HearControl() {
  ControlDesk* const desk = service_.setup.control;
  const int64_t now = MonotonicNs();
  if (desk == nullptr || !desk->is_asked() || now < control_from_ns_) return;
  control_from_ns_ = now + kControlPauseNs;
  desk->Ticket(turns_.Want());
  ReadTrust();
}

// What is in force now is the outcome for whoever has a ticket up to this one.
void Supervisor::TellControl(uint64_t ticket, bool is_done, const std::string& why) {
  ControlDesk* const desk = service_.setup.control;
  const uint64_t number = desk == nullptr ? 0 : desk->TakeUpTo(ticket);
  if (number == 0) return;
  const std::string packet = EncodeOutcome({number, shared_.generation, is_done, why});
  for (size_t i = 0; i < children_.size(); ++i) {
    if (service_.children[i].pulse == desk->pulse()) children_[i].Tell(AsBytes(packet));
  }
}

void Supervisor::Tick() {
  const int64_t now = MonotonicNs();
  shared_.supervisor_heartbeat_ns = now;
  const auto watchdog = notifier_.watchdog_period();
  if (watchdog && now - last_watchdog_ns_ >= std::chrono::nanoseconds(*watchdog).count() / 2) {
    last_watchdog_ns_ = now;
    notifier_.Say("WATCHDOG=1");
  }
  if (service_.ends_at_ns && now >= *service_.ends_at_ns && shared_.stop_by_ns == 0) BeginStop();
  if (ended_) return;
  Count();
  HearControl();
  if (trial_ends_ns_ && ReadClockNs(CLOCK_BOOTTIME) >= *trial_ends_ns_) {
    trial_ends_ns_.reset();
    Reload();
  }
  for (ChildProcess& child : children_) child.Tick(now, may_fork());
  if (!has_gate()) {
    if (now >= next_start_ns_) StartGate();
    return;
  }
  NoticeReadiness();
  WatchHeartbeat(now);
}

// What is not counted where it happens.
void Supervisor::Count() const {
  using api::Metric;
  const Meter meter{service_.setup.metrics.written};
  meter.Set(Metric::kGateRestarts, shared_.gate_restarts);
  meter.Set(Metric::kSupervisorRestarts, shared_.supervisor_restarts);
  meter.Set(Metric::kEnforcing, shared_.enforcing ? 1 : 0);
  meter.Set(Metric::kGateReady, shared_.gate_is_ready ? 1 : 0);
  for (const ChildKind& kind : service_.children) {
    const uint32_t starts = kind.pulse->starts;
    const Metric restarts = kind.name == "journal"    ? Metric::kJournalRestarts
                            : kind.name == "notifier" ? Metric::kNotifierRestarts
                                                      : Metric::kControlRestarts;
    meter.Set(restarts, starts > 0 ? starts - 1 : 0);
  }
  if (service_.setup.journal == nullptr) return;
  const JournalCounters& journal = *service_.setup.journal->counters;
  meter.Set(Metric::kEventsStored, journal.stored);
  meter.Set(Metric::kEventsDropped, journal.lost_in_all);
  meter.Set(Metric::kEventStoreBytes, journal.store_bytes);
  meter.Set(Metric::kEventWritesFailed, journal.failed_writes);
}

void Supervisor::WatchHeartbeat(int64_t now) {
  // A killed gate that the kernel does not let go is as good as gone: none of its threads answers.
  if (killed_ns_ != 0) {
    if (now - killed_ns_ > budget_ns() / 4) GateEnded();
    return;
  }
  if (shared_.stop_by_ns != 0 && now > shared_.stop_by_ns) return KillGate("it did not stop");
  const int64_t beat = shared_.heartbeat_ns;
  const unsigned unchanged = heartbeat_.Look(beat, now);
  const bool is_enforcing = shared_.enforcing;
  if (beat == first_beat_) {
    const int64_t patience = is_enforcing ? kRestartPatienceNs : kFirstStartPatienceNs;
    if (!was_ready_ && now - started_ns_ > patience) KillGate("it does not get ready");
    if (!was_ready_) return;
  }
  if (unchanged >= (is_enforcing ? kTicksUntilStopped : kTicksUntilStoppedObserving)) {
    KillGate("its heart stands still");
  }
}

void Supervisor::NoticeReadiness() {
  if (was_ready_ || !shared_.gate_is_ready) return;
  was_ready_ = true;
  failed_starts_ = 0;
  if (std::exchange(has_run_, true)) {
    service_.Report({Kind::kGateReplaced, "the new gate is ready", shared_.generation});
  } else {
    notifier_.Say("READY=1");
    service_.Report({Kind::kReady, "the service is ready", shared_.generation});
  }
  Count();
  TellControl(turns_.began_with(), true, "");
}

void Supervisor::StartGate() {
  const int64_t now = MonotonicNs();
  next_start_ns_ = now;
  if (!may_fork()) return;  // the next tick tries again
  started_ns_ = now;
  first_beat_ = shared_.heartbeat_ns;
  killed_ns_ = 0;
  was_ready_ = false;
  turns_.GateBegins();
  heartbeat_.Restart();
  auto gate = ForkGate(service_, self_);
  if (!gate) {
    failure_ = has_run_ ? "" : gate.error().message;
    ended_ = !has_run_;
    ScheduleGate(false);
    return service_.Report({Kind::kNote, gate.error().message});
  }
  gate_ = *std::move(gate);
  stand_in_from_ns_ = now + budget_ns() / 4;
}

void Supervisor::KillGate(std::string_view why) {
  SignalPidfd(gate_.pidfd, SIGKILL);
  killed_ns_ = MonotonicNs();
  service_.Report({Kind::kNote, fmt::format("the gate is killed: {}", why)});
}

void Supervisor::GateEnded() {
  NoticeReadiness();
  shared_.RemoveOwn(gate_.pid);
  shared_.gate = 0;
  shared_.gate_is_ready = shared_.gate_reads = false;
  gate_ = {};
  if (service_.setup.journal != nullptr) service_.setup.journal->counters->GateEnded();
  ReapChildren();
  if (shared_.stop_by_ns != 0) return EndService();
  if (!has_run_) {
    if (failure_.empty()) failure_ = "the gate ended before it was ready";
    ended_ = true;
    return;
  }
  // What the dead gate told the kernel to ask no more about may stand against another policy.
  [[maybe_unused]] const auto dropped = service_.permission.DropIgnoredInodes();
  if (shared_.has_asked) stand_in_.Sweep(service_.descriptor_limit);
  ++shared_.gate_restarts;
  ScheduleGate(was_ready_);
  service_.Report({Kind::kNote, "the gate ended; another is started"});
}

// At once after one that had worked, ever later after those that had not.
void Supervisor::ScheduleGate(bool it_had_run) {
  const int64_t now = MonotonicNs();
  stand_in_from_ns_ = now + budget_ns() / 4;
  if (it_had_run) return StartGate();
  next_start_ns_ =
      now + std::min(kFirstBackOffNs << std::min(failed_starts_++, 10U), kMaxBackOffNs);
  stand_in_from_ns_ = now;
}

// Whatever still waits is answered before the groups close, which would allow it.
void Supervisor::EndService() {
  [[maybe_unused]] const auto removed = service_.permission.RemoveAllMarks();
  if (shared_.has_asked) {
    stand_in_.Sweep(service_.descriptor_limit);
    while (stand_in_.AnswerWaiting() > 0) {
    }
  }
  shared_.EndAsking();
  ended_ = true;
}

void Supervisor::HearGate() {
  const auto message = Listen(gate_.ends.orders.get());
  if (!message) return gate_.ends.orders.Reset();  // it is about to end
  switch (message->word) {
    case ServiceWord::kFailed:
      if (!has_run_) {
        failure_ = message->text;
        return;
      }
      service_.Report({Kind::kNote, "the gate can not start: " + message->text});
      return TellControl(turns_.began_with(), false, "the gate can not start: " + message->text);
    case ServiceWord::kReloaded:
    case ServiceWord::kReloadFailed:
      return ReloadEnded(message->word == ServiceWord::kReloaded, message->text);
    default:
      return KillGate("it does not keep to the protocol");
  }
}

void Supervisor::ReloadEnded(bool is_done, const std::string& why) {
  const Meter meter{service_.setup.metrics.written};
  notifier_.Say("READY=1");
  if (is_done) {
    service_.Report({Kind::kReloaded, "the policies were loaded anew", shared_.generation});
  } else {
    service_.Report({Kind::kReloadFailed, "the former policies stay: " + why, shared_.generation});
  }
  meter.Add(is_done ? api::Metric::kReloadsDone : api::Metric::kReloadsRefused);
  if (meter.page != nullptr) meter.page->SetRefused(is_done ? "" : why);
  TellControl(turns_.EndOrder(), is_done, why);
  if (turns_.TakeNextOrder()) TellReload();
}

void Supervisor::ServeInspectorRequest() {
  const auto request = Listen(gate_.ends.inspectors.get());
  if (!request) return gate_.ends.inspectors.Reset();
  if (request->word != ServiceWord::kWantInspector) {
    return KillGate("it does not keep to the protocol");
  }
  const auto child =
      StartInspector(service_.trust, service_.SharedPages(), service_.catalogs.get());
  [[maybe_unused]] const auto told =
      child ? TellInspector(gate_.ends.inspectors.get(), child->handle.socket, child->handle.pidfd)
            : Tell(gate_.ends.inspectors.get(), ServiceWord::kNoInspector, child.error().message);
}

std::vector<int> OpenDescriptors() {
  std::vector<int> open;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", error)) {
    const std::string name = entry.path().filename();
    int number = -1;
    std::from_chars(name.data(), name.data() + name.size(), number);
    open.push_back(number);
  }
  return error ? std::vector{0, 1, 2} : open;
}

// Refused where the service has no right to it; it does without.
void KeepFromOomKiller() {
  const UniqueFd file(open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  if (!file.valid()) return;
  [[maybe_unused]] const ssize_t written = write(file.get(), "-1000", 5);
}

}  // namespace

Result<void> RunSupervisor(Service& service, Peer gate) {
  return Supervisor(service, std::move(gate)).Run();
}

Result<void> RunServiceWith(ServiceSetup setup, MakeGateBody make_gate,
                            std::vector<ChildKind> children) {
  FillStandardDescriptors();
  std::vector<int> inherited = OpenDescriptors();
  Service service{std::move(setup),
                  TRY(FanotifyGroup::Create(GroupKind::kPermission)),
                  TRY(FanotifyGroup::Create(GroupKind::kNotification)),
                  TRY(MapSharedState()),
                  TrustStore(),
                  nullptr,
                  TrialNews(),
                  std::move(make_gate),
                  std::move(children),
                  std::move(inherited),
                  RaiseDescriptorLimit(),
                  std::nullopt};
  if (service.setup.settle_trial) service.trials = service.setup.settle_trial();
  if (service.setup.load_trust) service.trust = TRY(service.setup.load_trust());
  if (service.setup.load_catalogs) service.catalogs = TRY(service.setup.load_catalogs());
  PrepareForInspectors();
  KeepFromOomKiller();
  if (service.setup.run_for) {
    service.ends_at_ns = MonotonicNs() + std::chrono::nanoseconds(*service.setup.run_for).count();
  }
  const sigset_t former = BlockTakenSignals();
  std::signal(SIGPIPE, SIG_IGN);
  IgnoreSignalsThatStop();
  Result<void> ended = RunSupervisor(service, {});
  sigprocmask(SIG_SETMASK, &former, nullptr);
  return ended;
}

}  // namespace portcullis::enforcement
