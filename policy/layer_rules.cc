// SPDX-License-Identifier: Apache-2.0
#include "policy/layer_rules.h"

#include <utility>

namespace portcullis {

using applocker::AppLockerPolicy;
using applocker::CollectionType;
using applocker::Rule;
using applocker::RuleCollection;

LayerRules::LayerRules(AppLockerPolicy policy)
    : policy_(std::make_unique<const AppLockerPolicy>(std::move(policy))) {
  PutOnShelves(*policy_);
  whole_ = policy_.get();
}

LayerRules::LayerRules(std::shared_ptr<const compiled::PolicyImage> image)
    : image_(std::move(image)) {
  const AppLockerPolicy& outline = image_->outline();
  for (size_t i = outline.collections.size(); i-- > 0;) {
    const auto type = outline.collections[i].type;
    if (!type) continue;
    // The first of two of one type, which is the one that is judged by, comes last here.
    Shelf& shelf = shelves_.at(static_cast<size_t>(*type));
    shelf.collection = i;
    shelf.rules = image_->rules(i);
    shelf.slots = std::make_unique<Slot[]>(shelf.rules);
  }
}

LayerRules::~LayerRules() {
  for (const Shelf& shelf : shelves_) {
    for (uint32_t i = 0; shelf.slots != nullptr && i < shelf.rules; ++i)
      delete shelf.slots[i].load();
  }
}

void LayerRules::PutOnShelves(const AppLockerPolicy& policy) const {
  for (size_t i = 0; i < applocker::kCollectionTypes; ++i) {
    const RuleCollection* const collection = policy.Find(static_cast<CollectionType>(i));
    if (collection == nullptr || collection->rules.empty()) continue;
    shelves_[i].first.store(collection->rules.data(), std::memory_order_release);
  }
}

Result<void> LayerRules::Load() {
  if (image_ == nullptr || whole_ != nullptr) return {};
  TRY_VOID(image_->CheckDigest());
  policy_ = std::make_unique<const AppLockerPolicy>(TRY(image_->ReadPolicy()));
  PutOnShelves(*policy_);
  whole_ = policy_.get();
  return {};
}

const AppLockerPolicy& LayerRules::policy() const {
  if (const AppLockerPolicy* const whole = whole_.load(std::memory_order_acquire)) return *whole;
  const std::lock_guard lock(mutex_);
  if (policy_ != nullptr) return *policy_;
  AppLockerPolicy policy = image_->outline();
  for (size_t i = 0; i < policy.collections.size(); ++i) {
    const uint32_t rules = image_->rules(i);
    for (uint32_t place = 0; place < rules; ++place) {
      policy.collections[i].rules.push_back(ReadOrMark(i, place));
    }
  }
  policy_ = std::make_unique<const AppLockerPolicy>(std::move(policy));
  PutOnShelves(*policy_);
  whole_.store(policy_.get(), std::memory_order_release);
  return *policy_;
}

Rule LayerRules::ReadOrMark(size_t collection, uint32_t place) const {
  auto rule = image_->ReadRule(collection, place);
  if (rule) return *std::move(rule);
  Rule damaged;
  damaged.name = "(damaged) " + rule.error().message;
  damaged.action = applocker::Action::kDeny;
  damaged.condition = applocker::FilePathCondition{"*"};
  return damaged;
}

const Rule* LayerRules::Fetch(CollectionType type, uint32_t place) const {
  const Shelf& shelf = shelves_[static_cast<size_t>(type)];
  Slot& slot = shelf.slots[place];
  if (const Rule* const known = slot.load(std::memory_order_acquire)) return known;
  auto read = std::make_unique<const Rule>(ReadOrMark(shelf.collection, place));
  const Rule* expected = nullptr;
  // Of two that read it at once one is first.
  if (slot.compare_exchange_strong(expected, read.get(), std::memory_order_acq_rel)) {
    return read.release();
  }
  return expected;
}

}  // namespace portcullis
