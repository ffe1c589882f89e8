// SPDX-License-Identifier: Apache-2.0
// A queue in which no user can stand in another's way.
//
// Shape:   items in the order of their users' turns; a user's own in the order of coming.
// Limits:  `per_user` items of one uid, `capacity` in all: Push says which is reached.
// Lifetime: Stop lets every Pop return, with nothing once the queue is empty.
// Threads: every member may be called from any thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

namespace portcullis::enforcement {

enum class Pushed : uint8_t { kQueued, kUserIsFull, kFull };

template <typename T>
class FairQueue {
 public:
  FairQueue(size_t capacity, size_t per_user) : capacity_(capacity), per_user_(per_user) {}

  Pushed Push(uint32_t uid, T item) {
    {
      const std::lock_guard lock(mutex_);
      if (size_ >= capacity_) return Pushed::kFull;
      std::deque<T>& own = waiting_[uid];
      if (own.size() >= per_user_) return Pushed::kUserIsFull;
      if (own.empty()) turns_.push_back(uid);
      own.push_back(std::move(item));
      ++size_;
    }
    has_item_.notify_one();
    return Pushed::kQueued;
  }

  std::optional<T> Pop() {
    std::unique_lock lock(mutex_);
    has_item_.wait(lock, [this] { return size_ > 0 || stopped_; });
    if (size_ == 0) return std::nullopt;
    const uint32_t uid = turns_.front();
    turns_.pop_front();
    const auto own = waiting_.find(uid);
    T item = std::move(own->second.front());
    own->second.pop_front();
    --size_;
    if (own->second.empty()) {
      waiting_.erase(own);
    } else {
      turns_.push_back(uid);
    }
    return item;
  }

  void Stop() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    has_item_.notify_all();
  }

  size_t size() const {
    const std::lock_guard lock(mutex_);
    return size_;
  }

 private:
  const size_t capacity_;
  const size_t per_user_;
  mutable std::mutex mutex_;
  std::condition_variable has_item_;
  std::unordered_map<uint32_t, std::deque<T>> waiting_;
  std::deque<uint32_t> turns_;  // the users that wait, each once
  size_t size_ = 0;
  bool stopped_ = false;
};

}  // namespace portcullis::enforcement
