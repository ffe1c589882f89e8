// SPDX-License-Identifier: Apache-2.0
#include "eventlog/datagram_socket.h"
#include "eventlog/sink.h"

namespace portcullis::eventlog {
namespace {

constexpr size_t kLeastSyslogBytes = 1024;  // what every receiver takes

class SyslogSink final : public Sink {
 public:
  explicit SyslogSink(std::string path) : socket_(std::move(path)) {}

  // Syslog has no way to send what is too large but to cut it.
  Result<void> Put(std::string_view rendered) override {
    for (;;) {
      auto sent = socket_.Send(rendered);
      const bool is_too_large = !sent && sent.error().code == ErrorCode::kLimitExceeded;
      if (!is_too_large || rendered.size() <= kLeastSyslogBytes) return sent;
      rendered = rendered.substr(0, rendered.size() / 2);
    }
  }

 private:
  DatagramSocket socket_;
};

}  // namespace

std::unique_ptr<Sink> MakeSyslogSink(std::string socket_path) {
  return std::make_unique<SyslogSink>(std::move(socket_path));
}

}  // namespace portcullis::eventlog
