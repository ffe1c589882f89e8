// SPDX-License-Identifier: Apache-2.0
// A queue in which no principal can stand in another's way.
//
// Shape:   items in the order of their principals' turns; one's own in the order of coming. Each
//          Pop is followed by a Done, which says that a thread is free of that principal again.
// Limits:  `per_principal` items that wait and `in_work` that are taken, of one principal. Where
//          `in_all` wait already, the newest of whoever has the most places gives way to a
//          principal who has at least two less: only where all have one each is the queue full for
//          somebody.
// Lifetime: Stop lets every Pop return, with nothing once there is no item that may be taken.
// Threads: every member may be called from any thread.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

namespace portcullis::enforcement {

enum class Pushed : uint8_t { kQueued, kUserIsFull, kFull };

struct FairQueueLimits {
  size_t in_all = 0;
  size_t per_principal = 0;
  size_t in_work = 0;
};

template <typename T>
class FairQueue {
 public:
  struct Admission {
    Pushed pushed = Pushed::kQueued;
    std::optional<T> displaced;  // another's, which had to give way
  };
  struct Taken {
    uint32_t principal = 0;
    T item;
  };
  explicit FairQueue(const FairQueueLimits& limits) : limits_(limits) {}

  Admission Push(uint32_t principal, T item) {
    Admission admission;
    {
      const std::lock_guard lock(mutex_);
      Line& own = lines_[principal];
      admission = Admit(own);
      if (admission.pushed == Pushed::kQueued) {
        if (own.waiting.empty() && own.in_work < limits_.in_work) own.was_held_up = false;
        own.waiting.push_back(std::move(item));
        most_ = std::max(most_, ++size_);
        GiveTurn(principal, own);
      }
      ForgetIfEmpty(principal);
    }
    has_turn_.notify_one();
    return admission;
  }

  std::optional<Taken> Pop() {
    std::unique_lock lock(mutex_);
    has_turn_.wait(lock, [this] { return !turns_.empty() || stopped_; });
    if (turns_.empty()) return std::nullopt;
    const uint32_t principal = turns_.front();
    turns_.pop_front();
    Line& line = lines_.at(principal);
    Taken taken{principal, std::move(line.waiting.front())};
    line.waiting.pop_front();
    line.has_turn = false;
    ++line.in_work;
    --size_;
    GiveTurn(principal, line);
    return taken;
  }

  void Done(uint32_t principal) {
    {
      const std::lock_guard lock(mutex_);
      Line& line = lines_.at(principal);
      --line.in_work;
      GiveTurn(principal, line);
      ForgetIfEmpty(principal);
    }
    has_turn_.notify_one();
  }

  void Stop() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    has_turn_.notify_all();
  }

  // How many wait.
  size_t size() const {
    const std::lock_guard lock(mutex_);
    return size_;
  }
  // How many have waited at most.
  size_t most() const {
    const std::lock_guard lock(mutex_);
    return most_;
  }
  // Whether one waits that a thread may take now.
  bool has_turn() const {
    const std::lock_guard lock(mutex_);
    return !turns_.empty();
  }
  // Whether what waits of this principal has had to wait for its own.
  bool WasHeldUp(uint32_t principal) const {
    const std::lock_guard lock(mutex_);
    const auto line = lines_.find(principal);
    return line != lines_.end() && line->second.was_held_up;
  }

 private:
  struct Line {
    std::deque<T> waiting;
    size_t in_work = 0;
    bool has_turn = false;
    bool was_held_up = false;  // since it last was not
  };

  Admission Admit(const Line& own) {
    if (own.waiting.size() >= limits_.per_principal) return {Pushed::kUserIsFull, {}};
    if (size_ < limits_.in_all) return {};
    Line& fullest = std::max_element(lines_.begin(), lines_.end(), [](auto& a, auto& b) {
                      return a.second.waiting.size() < b.second.waiting.size();
                    })->second;
    if (fullest.waiting.size() < own.waiting.size() + 2) {
      return {own.waiting.empty() ? Pushed::kFull : Pushed::kUserIsFull, {}};
    }
    Admission admission{Pushed::kQueued, std::move(fullest.waiting.back())};
    fullest.waiting.pop_back();
    --size_;
    return admission;
  }

  void GiveTurn(uint32_t principal, Line& line) {
    if (line.has_turn || line.waiting.empty()) return;
    line.has_turn = line.in_work < limits_.in_work;
    if (line.has_turn) {
      turns_.push_back(principal);
    } else {
      line.was_held_up = true;
    }
  }

  void ForgetIfEmpty(uint32_t principal) {
    const auto line = lines_.find(principal);
    if (line->second.waiting.empty() && line->second.in_work == 0) lines_.erase(line);
  }

  const FairQueueLimits limits_;
  mutable std::mutex mutex_;
  std::condition_variable has_turn_;
  std::unordered_map<uint32_t, Line> lines_;
  std::deque<uint32_t> turns_;  // who has something that may be taken, each once
  size_t size_ = 0;
  size_t most_ = 0;
  bool stopped_ = false;
};

}  // namespace portcullis::enforcement
