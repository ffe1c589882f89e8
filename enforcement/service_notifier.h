// SPDX-License-Identifier: Apache-2.0
// Tells the service manager how the service is: ready, alive, reloading, stopping.
//
// Shape:   one datagram a message, "READY=1" say, to the socket that $NOTIFY_SOCKET names; without
// it
//          nothing is said.
// Errors:  none: a manager that does not listen changes nothing.
// Threads: for one thread.
// Source:  sd_notify(3): the protocol is stable and needs no library.
#pragma once

#include <sys/un.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/unique_fd.h"

namespace portcullis::enforcement {

class ServiceNotifier {
 public:
  // Reads $NOTIFY_SOCKET and $WATCHDOG_USEC.
  ServiceNotifier();

  void Say(std::string_view message);
  // How often the manager wants to hear "WATCHDOG=1", halved; absent: never.
  std::optional<std::chrono::microseconds> watchdog_period() const { return watchdog_period_; }

 private:
  UniqueFd socket_;
  sockaddr_un address_{};
  socklen_t address_size_ = 0;
  std::optional<std::chrono::microseconds> watchdog_period_;
};

}  // namespace portcullis::enforcement
