// SPDX-License-Identifier: Apache-2.0
#include "enforcement/supervisor_wakers.h"

#include <fmt/core.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#include <cerrno>

namespace portcullis::enforcement {
namespace {

sigset_t TakenSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGCHLD}) sigaddset(&signals, signal);
  return signals;
}

}  // namespace

Result<SupervisorWakers> SupervisorWakers::Open(std::chrono::nanoseconds tick) {
  constexpr int64_t kSecondNs = 1'000'000'000;
  SupervisorWakers wakers;
  const sigset_t taken = TakenSignals();
  wakers.signals.Reset(signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK));
  wakers.timer.Reset(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  wakers.loaded.Reset(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wakers.signals.valid() || !wakers.timer.valid() || !wakers.loaded.valid()) {
    return Fail(ErrorCode::kIo, fmt::format("the supervisor's descriptors: errno {}", errno));
  }
  const timespec period{tick.count() / kSecondNs, tick.count() % kSecondNs};
  const itimerspec timer{period, period};
  timerfd_settime(wakers.timer.get(), 0, &timer, nullptr);
  return wakers;
}

sigset_t BlockTakenSignals() {
  const sigset_t taken = TakenSignals();
  sigset_t former;
  sigprocmask(SIG_BLOCK, &taken, &former);
  return former;
}

void IgnoreSignalsThatStop() {
  for (const int signal : {SIGTSTP, SIGTTIN, SIGTTOU}) std::signal(signal, SIG_IGN);
}

}  // namespace portcullis::enforcement
