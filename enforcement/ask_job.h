// SPDX-License-Identifier: Apache-2.0
// A question that a host asked over the socket, on its way to the answer.
//
// Lifetime: shared by the queue, the thread that works on it, and the inspection it waits for.
// Threads: `event` is for who holds `mutex`, which nobody holds while he waits for a disk: its
// facts
//          are complete when it is set. The rest is constant, or locks itself.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "api/ask_protocol.h"
#include "enforcement/ask_peer.h"
#include "enforcement/event_job.h"

namespace portcullis::enforcement {

// Not the connection's: it lives in the file's thread alone.
struct AskQuestion {
  api::AskRequest request;
  AskerPtr asker;
  pid_t pid = 0;
  int64_t arrived_ns = 0;
  // Sends the answer, and never waits. Called once, on any thread.
  std::function<void(const api::AskAnswer&)> reply;
  // Where the kernel says that the file is, if a look at it could wait for a server: then there is
  // no handle.
  std::string slow_path;

  Operation operation() const;
};

struct AskJob {
  AskJob(AskQuestion asked, UniqueFd file) : question(std::move(asked)), handle(std::move(file)) {}

  const AskQuestion question;
  const UniqueFd handle;  // of the file, O_PATH
  std::mutex mutex;
  // Its file is the gate's own description, to be read; invalid where it is not read.
  JobPtr event;
  std::atomic<bool> answered{false};
};
using AskPtr = std::shared_ptr<AskJob>;

}  // namespace portcullis::enforcement
