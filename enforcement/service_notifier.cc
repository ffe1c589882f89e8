// SPDX-License-Identifier: Apache-2.0
#include "enforcement/service_notifier.h"

#include <sys/socket.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace portcullis::enforcement {

ServiceNotifier::ServiceNotifier() {
  const char* const named = std::getenv("NOTIFY_SOCKET");
  const std::string_view path = named == nullptr ? "" : named;
  if ((!path.starts_with('/') && !path.starts_with('@')) ||
      path.size() >= sizeof(address_.sun_path)) {
    return;
  }
  address_.sun_family = AF_UNIX;
  std::memcpy(address_.sun_path, path.data(), path.size());
  if (path.starts_with('@')) address_.sun_path[0] = '\0';  // an abstract name
  address_size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  socket_.Reset(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));

  const char* const period = std::getenv("WATCHDOG_USEC");
  const std::string_view text = period == nullptr ? "" : period;
  int64_t microseconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), microseconds);
  if (microseconds > 0) watchdog_period_ = std::chrono::microseconds(microseconds / 2);
}

void ServiceNotifier::Say(std::string_view message) {
  if (!socket_.valid()) return;
  sendto(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL,
         reinterpret_cast<const sockaddr*>(&address_), address_size_);
}

}  // namespace portcullis::enforcement
