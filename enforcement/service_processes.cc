// SPDX-License-Identifier: Apache-2.0
#include "enforcement/service_processes.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include "base/write_now.h"
#include "enforcement/event_of.h"
#include "enforcement/heartbeat.h"
#include "enforcement/pidfd.h"
#include "enforcement/privileges.h"

namespace portcullis::enforcement {
namespace {

Unexpected ForkFailed() { return Fail(ErrorCode::kIo, fmt::format("fork: errno {}", errno)); }

// A process without a handle could be neither watched nor killed safely: it is not kept. Its number
// is still its own, for nobody has waited for it.
Result<Peer> MakePeer(pid_t pid, ServiceEnds ends) {
  Peer peer{pid, OpenPidfd(pid), std::move(ends)};
  if (peer.pidfd.valid()) return peer;
  const int error = errno;
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  return Fail(ErrorCode::kIo, fmt::format("pidfd_open: errno {}", error));
}

}  // namespace

std::chrono::nanoseconds Service::tick() const {
  return std::chrono::nanoseconds(setup.service.budget) / kTicksABudget;
}

void Service::Report(const ServiceEvent& event) const {
  if (setup.journal != nullptr) PostEvents(*setup.journal, EventsOf(event));
  if (setup.report) return setup.report(event);
  const std::string text = fmt::format("portcullis: {}\n", event.text);
  [[maybe_unused]] const bool written = WriteNow(STDERR_FILENO, text);
}

std::vector<SharedMemory> Service::SharedPages() const {
  std::vector<SharedMemory> pages = {{shared, sizeof(*shared)}};
  for (const ChildKind& kind : children) pages.push_back({kind.pulse, sizeof(*kind.pulse)});
  if (setup.journal != nullptr) {
    pages.push_back({setup.journal->counters, sizeof(*setup.journal->counters)});
  }
  if (setup.metrics.written != nullptr) {
    pages.push_back({setup.metrics.written, sizeof(ServiceMetrics)});
    pages.push_back({const_cast<ServiceMetrics*>(setup.metrics.read), sizeof(ServiceMetrics)});
  }
  return pages;
}

void CloseAllBut(const Service& service, std::vector<int> kept) {
  kept.insert(kept.end(), service.inherited.begin(), service.inherited.end());
  kept.push_back(service.permission.fd());
  kept.push_back(service.notification.fd());
  CloseDescriptorsBut(std::move(kept));
}

void FillStandardDescriptors() {
  int fd = -1;
  do {
    fd = open("/dev/null", O_RDWR);
  } while (fd >= 0 && fd <= 2);
  if (fd >= 0) close(fd);
}

Result<Peer> ForkGate(Service& service, const UniqueFd& self) {
  ServiceLink link = TRY(MakeServiceLink());
  const pid_t supervisor = getpid();
  SharedState& shared = *service.shared;
  shared.gate_is_ready = shared.gate_reads = false;
  const pid_t pid = fork();
  if (pid < 0) return ForkFailed();
  if (pid == 0) {
    prctl(PR_SET_NAME, "gate");
    shared.gate = getpid();
    shared.AddOwn(getpid());
    CloseAllBut(service, {link.gate.orders.get(), link.gate.inspectors.get(), self.get()});
    Peer peer{supervisor, UniqueFd(self.get()), std::move(link.gate)};
    _exit(RunGateProcess(service, std::move(peer)));
  }
  return MakePeer(pid, std::move(link.supervisor));
}

Result<Peer> ForkSupervisor(Service& service, const UniqueFd& self) {
  ServiceLink link = TRY(MakeServiceLink());
  const pid_t gate = getpid();
  const pid_t pid = fork();
  if (pid < 0) return ForkFailed();
  if (pid == 0) {
    CloseAllBut(service,
                {link.supervisor.orders.get(), link.supervisor.inspectors.get(), self.get()});
    Peer peer{gate, UniqueFd(self.get()), std::move(link.supervisor)};
    const auto ended = RunSupervisor(service, std::move(peer));
    if (!ended) service.Report({ServiceEvent::Kind::kNote, ended.error().message});
    _exit(ended ? 0 : 1);
  }
  return MakePeer(pid, std::move(link.gate));
}

}  // namespace portcullis::enforcement
