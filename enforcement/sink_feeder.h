// SPDX-License-Identifier: Apache-2.0
// One sink with a thread and a queue of its own, so that a reader who is frozen holds nobody else
// up.
//
// Shape:   events in, renderings out. What the sink refuses or the queue has no room for is
// counted,
//          and said twice: when it begins, and with its number when the sink takes something again.
// Limits:  kMaxFed events wait.
// Lifetime: the destructor lets the thread hand over what waits, for kFeederPatience; a sink that
//          hangs in the kernel (a file on a dead disk) keeps it, until the process is killed.
// Threads: Feed and TakeNews are for one thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "eventlog/event.h"
#include "eventlog/rendering.h"
#include "eventlog/sink.h"

namespace portcullis::enforcement {

inline constexpr size_t kMaxFed = 4096;
inline constexpr std::chrono::milliseconds kFeederPatience{500};

class SinkFeeder {
 public:
  SinkFeeder(std::string name, std::unique_ptr<eventlog::Sink> sink, eventlog::Rendering rendering,
             eventlog::Origin origin);
  ~SinkFeeder();
  SinkFeeder(const SinkFeeder&) = delete;
  SinkFeeder& operator=(const SinkFeeder&) = delete;

  void Feed(std::shared_ptr<const eventlog::Event> event);
  // A sentence about the sink; once each.
  std::optional<std::string> TakeNews();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace portcullis::enforcement
