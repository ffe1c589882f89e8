// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "eventlog/datagram_socket.h"
#include "eventlog/sink.h"

namespace portcullis::eventlog {
namespace {

// journald takes a memory file only if nobody can change it any more.
Result<UniqueFd> SealedFile(std::string_view content) {
  UniqueFd file(memfd_create("portcullis-event", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file.valid()) return Fail(ErrorCode::kIo, fmt::format("a memory file: errno {}", errno));
  while (!content.empty()) {
    const ssize_t written = write(file.get(), content.data(), content.size());
    if (written <= 0) return Fail(ErrorCode::kIo, fmt::format("a memory file: errno {}", errno));
    content.remove_prefix(static_cast<size_t>(written));
  }
  constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  if (fcntl(file.get(), F_ADD_SEALS, kSeals) != 0) {
    return Fail(ErrorCode::kIo, fmt::format("sealing a memory file: errno {}", errno));
  }
  return file;
}

class JournaldSink final : public Sink {
 public:
  explicit JournaldSink(std::string path) : socket_(std::move(path)) {}

  Result<void> Put(std::string_view rendered) override {
    auto sent = socket_.Send(rendered);
    if (sent || sent.error().code != ErrorCode::kLimitExceeded) return sent;
    const UniqueFd file = TRY(SealedFile(rendered));
    return socket_.Send({}, file.get());
  }

 private:
  DatagramSocket socket_;
};

}  // namespace

std::unique_ptr<Sink> MakeJournaldSink(std::string socket_path) {
  return std::make_unique<JournaldSink>(std::move(socket_path));
}

}  // namespace portcullis::eventlog
