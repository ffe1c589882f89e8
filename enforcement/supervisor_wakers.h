// SPDX-License-Identifier: Apache-2.0
// What wakes a supervisor beside its processes: signals, the tick, and its loader's word.
//
// Shape:   descriptors to be polled. The signals are blocked for the whole process and taken from
//          `signals`; those that stop a process of the terminal's are ignored.
// Lifetime: as long as the supervisor; they close on exec and are never inherited by a gate.
// Threads: for the supervisor's thread, but for `loaded`, which its loader signals.
// Source:  signalfd(2), timerfd_create(2), eventfd(2).
#pragma once

#include <chrono>
#include <csignal>

#include "base/result.h"
#include "base/unique_fd.h"

namespace portcullis::enforcement {

struct SupervisorWakers {
  UniqueFd signals;  // signalfd_siginfo
  UniqueFd timer;    // readable once a tick
  UniqueFd loaded;   // an eventfd

  static Result<SupervisorWakers> Open(std::chrono::nanoseconds tick);
};

// Before the first process is forked: each inherits it. Returns what was blocked before.
sigset_t BlockTakenSignals();
// A terminal sends them to all processes of the service at once: who waits for an answer would wait
// for whoever has the keyboard.
void IgnoreSignalsThatStop();

}  // namespace portcullis::enforcement
