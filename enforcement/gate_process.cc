// SPDX-License-Identifier: Apache-2.0
// The gate's process beside the gate itself: one thread that obeys the supervisor, and one that
// watches it and forks another when it is gone.
#include <fmt/core.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "enforcement/file_lease.h"
#include "enforcement/heartbeat.h"
#include "enforcement/journal_writer.h"
#include "enforcement/pidfd.h"
#include "enforcement/service_processes.h"
#include "enforcement/socket_message.h"

namespace portcullis::enforcement {
namespace {

constexpr int kInspectorPatienceMs = 2000;
constexpr int kKillPatienceMs = 1000;

// The supervisor of the moment, shared by the threads that speak with it.
class SupervisorLink {
 public:
  explicit SupervisorLink(Peer peer) : peer_(std::make_shared<Peer>(std::move(peer))) {}

  std::shared_ptr<Peer> Get() const {
    const std::lock_guard lock(mutex_);
    return peer_;
  }
  void Replace(Peer peer) {
    const std::lock_guard lock(mutex_);
    peer_ = std::make_shared<Peer>(std::move(peer));
    changed_.notify_all();
  }
  // The one after `old`; null once the gate ends.
  std::shared_ptr<Peer> AwaitOther(const std::shared_ptr<Peer>& old) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return peer_ != old || ends_; });
    return ends_ ? nullptr : peer_;
  }
  void End() {
    const std::lock_guard lock(mutex_);
    ends_ = true;
    changed_.notify_all();
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<Peer> peer_;
  bool ends_ = false;
};

class GateProcess {
 public:
  GateProcess(Service& service, Peer supervisor)
      : service_(service), self_(OpenPidfd(getpid())), link_(std::move(supervisor)) {}

  int Run();

 private:
  DecisionLog::Sink LogSink(JournalWriter* journal) const;
  GateSetup SetupFor(DecisionLog& log);
  Result<StartedInspector> AskForInspector();
  void Obey(GateBody& gate);
  void Do(GateBody& gate, const Peer& supervisor, ServiceWord order);
  void Watch();
  bool SupervisorIsGone(HeartbeatWatch& heartbeat, int timeout_ms);
  void ReplaceSupervisor();

  Service& service_;
  const UniqueFd self_;
  SupervisorLink link_;
  std::mutex asking_;  // for an inspector, one thread at a time
  std::atomic<bool> ends_{false};
};

int GateProcess::Run() {
  BlockLeaseSignals();  // before any thread: each has the mask of the one that made it
  std::optional<JournalWriter> journal;
  if (service_.setup.journal != nullptr) journal.emplace(*service_.setup.journal);
  auto log = std::make_unique<DecisionLog>(LogSink(journal ? &*journal : nullptr),
                                           service_.setup.service.record_allowed);
  auto gate = service_.make_gate(SetupFor(*log));
  std::thread watcher([this] { Watch(); });
  std::thread commander([&] { Obey(*gate); });

  const Result<void> ended = gate->Run();
  const auto supervisor = link_.Get();
  if (!ended) {
    [[maybe_unused]] const auto told =
        Tell(supervisor->ends.orders.get(), ServiceWord::kFailed, ended.error().message);
  }
  ends_ = true;
  link_.End();
  shutdown(supervisor->ends.orders.get(), SHUT_RD);  // wakes the commander
  commander.join();
  watcher.join();
  gate.reset();
  log.reset();
  journal.reset();
  if (ended && service_.setup.at_end) service_.setup.at_end();
  return ended ? 0 : 1;
}

// The journal's first: whoever reads standard error may keep the log's thread waiting.
DecisionLog::Sink GateProcess::LogSink(JournalWriter* journal) const {
  const DecisionLog::Sink& printed = service_.setup.records;
  if (journal == nullptr) return printed;
  return {[journal, &printed](const DecisionRecord& record) {
            journal->Add(record);
            printed.record(record);
          },
          [journal, &printed](uint64_t dropped) {
            journal->Lose(dropped);
            printed.lost(dropped);
          },
          [journal, &printed](const std::string& text) {
            journal->Note(text);
            if (printed.note) printed.note(text);
          }};
}

GateSetup GateProcess::SetupFor(DecisionLog& log) {
  GateSetup setup;
  setup.service = service_.setup.service;
  setup.host = service_.setup.host;
  setup.permission = &service_.permission;
  setup.notification = &service_.notification;
  setup.shared = service_.shared;
  setup.start_inspector = [this] { return AskForInspector(); };
  setup.log = &log;
  setup.meter = {service_.setup.metrics.written};
  setup.load_policies = service_.setup.load_policies;
  return setup;
}

Result<StartedInspector> GateProcess::AskForInspector() {
  const std::lock_guard lock(asking_);
  const auto supervisor = link_.Get();
  const int socket = supervisor->ends.inspectors.get();
  // An answer that came too late is not taken for this one's.
  while (WaitReadable(socket, 0)) TRY_VOID(Listen(socket));
  TRY_VOID(Tell(socket, ServiceWord::kWantInspector));
  if (!WaitReadable(socket, kInspectorPatienceMs)) {
    return Fail(ErrorCode::kIo, "the supervisor does not answer");
  }
  ServiceMessage answer = TRY(Listen(socket));
  if (answer.word != ServiceWord::kInspector) return Fail(ErrorCode::kIo, std::move(answer.text));
  return StartedInspector{std::move(answer.first), std::move(answer.second)};
}

void GateProcess::Obey(GateBody& gate) {
  auto supervisor = link_.Get();
  while (supervisor != nullptr && !ends_) {
    const auto message = Listen(supervisor->ends.orders.get());
    if (message) {
      Do(gate, *supervisor, message->word);
    } else {
      supervisor = link_.AwaitOther(supervisor);
    }
  }
}

void GateProcess::Do(GateBody& gate, const Peer& supervisor, ServiceWord order) {
  if (order == ServiceWord::kStop) return gate.Stop();
  if (order != ServiceWord::kReload) return;
  const auto generation = gate.Reload();
  [[maybe_unused]] const auto told =
      generation ? Tell(supervisor.ends.orders.get(), ServiceWord::kReloaded,
                        fmt::format("generation {}", *generation))
                 : Tell(supervisor.ends.orders.get(), ServiceWord::kReloadFailed,
                        generation.error().message);
}

void GateProcess::Watch() {
  HeartbeatWatch heartbeat;
  const auto tick_ms =
      static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(service_.tick()).count());
  while (!ends_) {
    if (!SupervisorIsGone(heartbeat, tick_ms) || ends_) continue;
    ReplaceSupervisor();
    heartbeat.Restart();
  }
}

// Waits a tick. A supervisor that stands still is killed, and then gone.
bool GateProcess::SupervisorIsGone(HeartbeatWatch& heartbeat, int timeout_ms) {
  const auto supervisor = link_.Get();
  if (WaitReadable(supervisor->pidfd.get(), timeout_ms)) return true;
  const int64_t beat = service_.shared->supervisor_heartbeat_ns;
  if (heartbeat.Look(beat, MonotonicNs()) < kTicksUntilStopped) return false;
  SignalPidfd(supervisor->pidfd, SIGKILL);
  return WaitReadable(supervisor->pidfd.get(), kKillPatienceMs);
}

void GateProcess::ReplaceSupervisor() {
  const pid_t old = link_.Get()->pid;
  service_.shared->RemoveOwn(old);
  waitpid(old, nullptr, WNOHANG);  // where it was forked here
  auto forked = ForkSupervisor(service_, self_);
  if (forked) {
    link_.Replace(*std::move(forked));
  } else {
    usleep(100'000);
  }
}

}  // namespace

int RunGateProcess(Service& service, Peer supervisor) {
  return GateProcess(service, std::move(supervisor)).Run();
}

}  // namespace portcullis::enforcement
