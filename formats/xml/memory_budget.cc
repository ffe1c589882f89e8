// SPDX-License-Identifier: Apache-2.0
#include "formats/xml/memory_budget.h"

#include <cstdlib>
#include <new>
#include <utility>

namespace portcullis::xml {
namespace {

thread_local MemoryBudget* current = nullptr;

}  // namespace

// Stands before each block, and keeps the block as aligned as malloc's.
struct alignas(std::max_align_t) MemoryBudget::Header {
  MemoryBudget* owner;
  size_t size;  // of the block, without the header
};

MemoryBudget::Scope::Scope(MemoryBudget& budget) : outer_(std::exchange(current, &budget)) {}

MemoryBudget::Scope::~Scope() { current = outer_; }

// The header counts, so that many small blocks are not free.
bool MemoryBudget::MayTake(size_t size) {
  if (is_closed_) return false;
  if (left_ >= sizeof(Header) && size <= left_ - sizeof(Header)) return true;
  is_exhausted_ = true;
  return false;
}

void* MemoryBudget::Allocate(size_t size) {
  MemoryBudget* const owner = current;
  if (owner == nullptr || !owner->MayTake(size)) return nullptr;
  void* const raw = std::malloc(sizeof(Header) + size);
  if (raw == nullptr) return nullptr;
  owner->left_ -= sizeof(Header) + size;
  auto* const header = new (raw) Header{owner, size};
  return header + 1;
}

void* MemoryBudget::Reallocate(void* block, size_t size) {
  if (block == nullptr) return Allocate(size);
  Header* const old = static_cast<Header*>(block) - 1;
  MemoryBudget* const owner = old->owner;
  const size_t old_size = old->size;
  if (size > old_size && !owner->MayTake(size - old_size)) return nullptr;
  void* const raw = std::realloc(old, sizeof(Header) + size);
  if (raw == nullptr) return nullptr;
  owner->left_ = owner->left_ + old_size - size;
  auto* const header = static_cast<Header*>(raw);
  header->size = size;
  return header + 1;
}

void MemoryBudget::Free(void* block) {
  if (block == nullptr) return;
  Header* const header = static_cast<Header*>(block) - 1;
  header->owner->left_ += sizeof(Header) + header->size;
  std::free(header);
}

}  // namespace portcullis::xml
