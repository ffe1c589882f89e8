// SPDX-License-Identifier: Apache-2.0
// Memory for a C library whose allocation functions carry no user data, up to a limit.
//
// Shape:   a Scope makes a budget the one that Allocate takes from on this thread; a block knows
//          the budget it came from.
// Errors:  null, as malloc; is_exhausted() then tells the limit from the machine's own end.
// Lifetime: a budget outlives its blocks.
// Threads: one thread a budget.
#pragma once

#include <cstddef>

namespace portcullis::xml {

class MemoryBudget {
 public:
  explicit MemoryBudget(size_t limit) : left_(limit) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  class Scope {
   public:
    explicit Scope(MemoryBudget& budget);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    MemoryBudget* outer_;
  };

  // No block is given or grown from here on: how to end a library in the middle of its work.
  void Close() { is_closed_ = true; }
  bool is_exhausted() const { return is_exhausted_; }

  static void* Allocate(size_t size);
  static void* Reallocate(void* block, size_t size);
  static void Free(void* block);

 private:
  struct Header;
  bool MayTake(size_t size);

  size_t left_;
  bool is_closed_ = false;
  bool is_exhausted_ = false;
};

}  // namespace portcullis::xml
