// SPDX-License-Identifier: Apache-2.0
#include "enforcement/sink_feeder.h"

#include <fmt/core.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace portcullis::enforcement {

using Clock = std::chrono::steady_clock;

struct SinkFeeder::Impl {
  void Run();
  void Put(const eventlog::Event& event);
  void Refused(const std::string& why);
  void Taken();

  std::string name;
  std::unique_ptr<eventlog::Sink> sink;
  eventlog::Rendering rendering;
  eventlog::Origin origin;

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::shared_ptr<const eventlog::Event>> queue;
  uint64_t missed = 0;  // since it last took something
  std::optional<std::string> news;
  bool stopping = false;
  Clock::time_point ends_at;
  std::thread thread;
};

void SinkFeeder::Impl::Run() {
  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock, [&] { return !queue.empty() || stopping; });
    if (queue.empty() || (stopping && Clock::now() > ends_at)) return;
    const auto event = std::move(queue.front());
    queue.pop_front();
    lock.unlock();
    Put(*event);
    lock.lock();
  }
}

void SinkFeeder::Impl::Put(const eventlog::Event& event) {
  const std::string text = eventlog::Render(rendering, event, origin);
  if (text.empty()) return;  // this rendering has no form for it
  const auto put = sink->Put(text);
  const std::lock_guard lock(mutex);
  put ? Taken() : Refused(put.error().message);
}

void SinkFeeder::Impl::Refused(const std::string& why) {
  if (missed++ == 0) news = fmt::format("the sink {} takes nothing: {}", name, why);
}

void SinkFeeder::Impl::Taken() {
  const uint64_t count = std::exchange(missed, 0);
  if (count == 0) return;
  news = fmt::format("the sink {} takes events again; {} did not reach it", name, count);
}

SinkFeeder::SinkFeeder(std::string name, std::unique_ptr<eventlog::Sink> sink,
                       eventlog::Rendering rendering, eventlog::Origin origin)
    : impl_(std::make_unique<Impl>()) {
  impl_->name = std::move(name);
  impl_->sink = std::move(sink);
  impl_->rendering = rendering;
  impl_->origin = std::move(origin);
  impl_->thread = std::thread([this] { impl_->Run(); });
}

SinkFeeder::~SinkFeeder() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
    impl_->ends_at = Clock::now() + kFeederPatience;
  }
  impl_->changed.notify_one();
  impl_->thread.join();
}

void SinkFeeder::Feed(std::shared_ptr<const eventlog::Event> event) {
  {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->queue.size() >= kMaxFed) return impl_->Refused("its reader is too slow");
    impl_->queue.push_back(std::move(event));
  }
  impl_->changed.notify_one();
}

std::optional<std::string> SinkFeeder::TakeNews() {
  const std::lock_guard lock(impl_->mutex);
  return std::exchange(impl_->news, std::nullopt);
}

}  // namespace portcullis::enforcement
