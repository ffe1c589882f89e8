// SPDX-License-Identifier: Apache-2.0
// Which of the reloads that were asked for are done.
//
// Shape:   each request has a ticket. The supervisor first reads the trust anchors, then orders the
//          gate to reload; one reading and one order at a time, and what is asked for meanwhile is
//          for the next. A gate that begins reads everything itself: when it is ready, what was
//          asked for before it began is done, whatever became of the order to its predecessor.
// Limits:  a few numbers, however much is asked for.
// Lifetime: a supervisor's; its successor reloads before anything else, for what it may have left.
// Threads: for the supervisor's thread.
// Source:  docs/control.md "Reload".
#pragma once

#include <cstdint>
#include <utility>

namespace portcullis::enforcement {

class ReloadTurns {
 public:
  // The ticket of one more request.
  uint64_t Want() { return ++wanted_; }

  // False while anchors are being read: then they are read once more.
  bool BeginReading() {
    reads_again_ = is_reading_;
    if (is_reading_) return false;
    is_reading_ = true;
    reading_ = wanted_;
    return true;
  }
  // True where they are to be read once more.
  bool EndReading() {
    is_reading_ = false;
    read_ = reading_;
    return std::exchange(reads_again_, false);
  }

  // False while the gate obeys another order: then there is one more behind it.
  bool BeginOrder() {
    orders_again_ = is_ordered_;
    if (is_ordered_) return false;
    is_ordered_ = true;
    ordered_ = read_;
    return true;
  }
  // The last ticket whose outcome the gate told.
  uint64_t EndOrder() {
    is_ordered_ = false;
    return ordered_;
  }
  // Once, whether there is to be one more order.
  bool TakeNextOrder() { return std::exchange(orders_again_, false); }

  void GateBegins() {
    is_ordered_ = orders_again_ = false;
    began_with_ = read_;
  }
  // The last ticket that the gate's own beginning is the outcome of.
  uint64_t began_with() const { return began_with_; }

 private:
  uint64_t wanted_ = 0, reading_ = 0, read_ = 0, ordered_ = 0, began_with_ = 0;
  bool is_reading_ = false, reads_again_ = false;
  bool is_ordered_ = false, orders_again_ = false;
};

}  // namespace portcullis::enforcement
