// SPDX-License-Identifier: Apache-2.0
// Work done by several threads, answers in the order of the questions.
//
// Shape:   Add(job) hands a job to the threads; `emit` gets each result on the thread that adds and
//          finishes, in the order of adding.
// Limits:  at most `window` jobs are unanswered or unemitted: Add waits, so memory is bounded
//          however slow one job is.
// Errors:  none; a result can carry one.
// Threads: Add and Finish belong to one thread; `work` runs on all others, or on that one where
//          `threads` is 0 or 1.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace portcullis {

template <typename Job, typename Answer>
class OrderedPool {
 public:
  OrderedPool(unsigned threads, size_t window, std::function<Answer(Job)> work,
              std::function<void(Answer)> emit)
      : window_(window), work_(std::move(work)), emit_(std::move(emit)) {
    for (unsigned i = 0; threads > 1 && i < threads; ++i) {
      threads_.emplace_back([this] { Serve(); });
    }
  }
  OrderedPool(const OrderedPool&) = delete;
  OrderedPool& operator=(const OrderedPool&) = delete;
  ~OrderedPool() { Stop(); }

  void Add(Job job) {
    if (threads_.empty()) {
      emit_(work_(std::move(job)));
      return;
    }
    {
      const std::lock_guard lock(mutex_);
      slots_.push_back(Slot{std::move(job), std::nullopt, State::kWaiting});
    }
    has_work_.notify_one();
    EmitReady();
    while (slots_in_use() >= window_) EmitFirst();
  }

  // Waits for every job and emits what is left.
  void Finish() {
    while (slots_in_use() > 0) EmitFirst();
    Stop();
  }

 private:
  enum class State : unsigned char { kWaiting, kTaken, kDone };
  struct Slot {
    std::optional<Job> job;
    std::optional<Answer> answer;
    State state = State::kWaiting;
  };

  size_t slots_in_use() {
    const std::lock_guard lock(mutex_);
    return slots_.size();
  }

  void Serve() {
    std::unique_lock lock(mutex_);
    while (true) {
      has_work_.wait(lock, [this] { return stopping_ || next_ < first_ + slots_.size(); });
      if (next_ >= first_ + slots_.size()) return;
      const size_t number = next_++;
      Job job = *std::move(slots_[number - first_].job);
      slots_[number - first_].job.reset();
      lock.unlock();
      Answer answer = work_(std::move(job));
      lock.lock();
      Slot& slot = slots_[number - first_];
      slot.answer = std::move(answer);
      slot.state = State::kDone;
      if (number == first_) has_first_.notify_one();
    }
  }

  void EmitReady() {
    std::unique_lock lock(mutex_);
    while (!slots_.empty() && slots_.front().state == State::kDone) PopAndEmit(lock);
  }

  void EmitFirst() {
    std::unique_lock lock(mutex_);
    has_first_.wait(lock, [this] { return slots_.front().state == State::kDone; });
    PopAndEmit(lock);
  }

  void PopAndEmit(std::unique_lock<std::mutex>& lock) {
    Answer answer = *std::move(slots_.front().answer);
    slots_.pop_front();
    ++first_;
    lock.unlock();
    emit_(std::move(answer));
    lock.lock();
  }

  void Stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      next_ = first_ + slots_.size();  // what nobody took yet is given up
    }
    has_work_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  const size_t window_;
  const std::function<Answer(Job)> work_;
  const std::function<void(Answer)> emit_;
  std::mutex mutex_;
  std::condition_variable has_work_;
  std::condition_variable has_first_;
  // Jobs are numbered; slots_[0] is number first_, and next_ is the next that a thread takes.
  std::deque<Slot> slots_;
  size_t first_ = 0;
  size_t next_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace portcullis
