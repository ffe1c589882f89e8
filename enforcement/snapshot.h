// SPDX-License-Identifier: Apache-2.0
// A value that is read by many threads and replaced whole by one.
//
// Threads: every member may be called from any thread; who holds a snapshot keeps it.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace portcullis::enforcement {

template <typename T>
class Snapshot {
 public:
  std::shared_ptr<const T> Get() const {
    const std::lock_guard lock(mutex_);
    return current_;
  }
  void Set(T value) {
    auto next = std::make_shared<const T>(std::move(value));
    const std::lock_guard lock(mutex_);
    current_.swap(next);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> current_ = std::make_shared<const T>();
};

}  // namespace portcullis::enforcement
