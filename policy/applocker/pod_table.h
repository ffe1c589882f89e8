// SPDX-License-Identifier: Apache-2.0
// A table of the fast engine: built in memory, or as it stands in a compiled file.
//
// Shape:   a view of plain values and, where it was built here, the storage behind it. Whoever asks
//          sees the view alone, so one engine decides from both.
// Lifetime: a table made by View borrows the bytes; one that was built owns them. Moving keeps the
//          values where they are.
// Threads: immutable once built.
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace portcullis::applocker {

template <typename T>
class PodTable {
  // What is written to a file must hold no padding: its bytes are unknown.
  static_assert(std::is_trivially_copyable_v<T> && std::has_unique_object_representations_v<T>);

 public:
  PodTable() = default;
  explicit PodTable(std::vector<T> values) : own_(std::move(values)) {
    own_.shrink_to_fit();
    view_ = own_;
  }
  static PodTable View(std::span<const T> values) {
    PodTable table;
    table.view_ = values;
    return table;
  }
  PodTable(PodTable&& other) noexcept
      : view_(std::exchange(other.view_, {})), own_(std::move(other.own_)) {}
  PodTable& operator=(PodTable&& other) noexcept {
    view_ = std::exchange(other.view_, {});
    own_ = std::move(other.own_);
    return *this;
  }
  PodTable(const PodTable&) = delete;
  PodTable& operator=(const PodTable&) = delete;
  ~PodTable() = default;

  // While it is built.
  void push_back(const T& value) {
    own_.push_back(value);
    view_ = own_;
  }
  void Append(std::span<const T> values) {
    own_.insert(own_.end(), values.begin(), values.end());
    view_ = own_;
  }
  void Finish() {
    own_.shrink_to_fit();
    view_ = own_;
  }

  const T& operator[](size_t i) const { return view_[i]; }
  const T* data() const { return view_.data(); }
  size_t size() const { return view_.size(); }
  bool empty() const { return view_.empty(); }
  auto begin() const { return view_.begin(); }
  auto end() const { return view_.end(); }
  const T& front() const { return view_.front(); }
  const T& back() const { return view_.back(); }
  std::span<const T> values() const { return view_; }
  size_t size_bytes() const { return view_.size_bytes(); }

 private:
  std::span<const T> view_;
  std::vector<T> own_;
};

}  // namespace portcullis::applocker
