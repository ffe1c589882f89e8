// SPDX-License-Identifier: Apache-2.0
// A sink's end of a local datagram socket, whose reader may be frozen, gone or started anew.
//
// Shape:   Send takes a datagram whole or refuses it; connects when there is none.
// Limits:  waits at most kSinkPatience for a full queue, and not at all again until a datagram went
//          through: however many follow each other, a reader that takes nothing costs that once.
// Errors:  kLimitExceeded: too large for a datagram; kIo: nobody reads, with the reason.
// Threads: for one thread at a time.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace portcullis::eventlog {

class DatagramSocket {
 public:
  explicit DatagramSocket(std::string path) : path_(std::move(path)) {}
  // `descriptor` goes along, where there is one.
  Result<void> Send(std::string_view bytes, int descriptor = -1);

 private:
  Result<void> Connect();
  // 0 or errno.
  int TrySend(std::string_view bytes, int descriptor) const;

  std::string path_;
  UniqueFd socket_;
  bool is_stuck_ = false;
};

}  // namespace portcullis::eventlog
