// SPDX-License-Identifier: Apache-2.0
// The rules of one layer: all in memory, or in a compiled file from where they are fetched.
//
// Shape:   verdicts ask for one rule by its place, what prints and compares asks for all. A rule
//          that a verdict names is read from the file once and kept.
// Limits:  never more rules are kept than there are.
// Errors:  none but Load's. A rule whose record is damaged is one whose name says so; the verdict,
//          which does not rest on it, stands. Load refuses such a file beforehand.
// Lifetime: what is given lives as long as this.
// Threads: all may be called from several at once.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "policy/applocker/model.h"
#include "policy/compiled/policy_image.h"

namespace portcullis {

class LayerRules {
 public:
  explicit LayerRules(applocker::AppLockerPolicy policy);
  explicit LayerRules(std::shared_ptr<const compiled::PolicyImage> image);
  ~LayerRules();
  LayerRules(const LayerRules&) = delete;
  LayerRules& operator=(const LayerRules&) = delete;

  // Reads all rules of a compiled file, and refuses what is damaged.
  Result<void> Load();
  const applocker::AppLockerPolicy& policy() const;
  // A rule of the first collection of the type. Allocates nothing unless it is read from a file.
  const applocker::Rule* At(applocker::CollectionType type, uint32_t place) const {
    const auto& shelf = shelves_[static_cast<size_t>(type)];
    const applocker::Rule* const first = shelf.first.load(std::memory_order_acquire);
    return first != nullptr ? first + place : Fetch(type, place);
  }
  const compiled::PolicyImage* image() const { return image_.get(); }

 private:
  using Slot = std::atomic<const applocker::Rule*>;
  struct Shelf {
    std::atomic<const applocker::Rule*> first = nullptr;  // where all rules are in memory
    size_t collection = 0;
    uint32_t rules = 0;
    std::unique_ptr<Slot[]> slots;  // else one for each rule
  };
  void PutOnShelves(const applocker::AppLockerPolicy& policy) const;
  const applocker::Rule* Fetch(applocker::CollectionType type, uint32_t place) const;
  applocker::Rule ReadOrMark(size_t collection, uint32_t place) const;

  std::shared_ptr<const compiled::PolicyImage> image_;
  mutable std::array<Shelf, applocker::kCollectionTypes> shelves_;
  mutable std::mutex mutex_;  // for making policy_
  mutable std::unique_ptr<const applocker::AppLockerPolicy> policy_;
  mutable std::atomic<const applocker::AppLockerPolicy*> whole_ = nullptr;
};

}  // namespace portcullis
