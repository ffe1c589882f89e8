// SPDX-License-Identifier: Apache-2.0
#include "enforcement/desktop_notifier.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/capability.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <iterator>
#include <utility>

#include "enforcement/desktop_bus.h"
#include "enforcement/shared_state.h"
#include "enforcement/socket_message.h"

namespace portcullis::enforcement {
namespace {

constexpr int kIdleMs = 500;
constexpr size_t kUidBytes = 4;
constexpr int kNotifierCalls[] = {SYS_setresuid, SYS_shutdown, SYS_recvfrom, SYS_geteuid};

// The effective id of the calling process, as long as this lives. The real and the saved one stay,
// so that the user can neither signal nor trace it.
class As {
 public:
  explicit As(uid_t uid) : own_(geteuid()), is_(Set(uid)) {}
  ~As() {
    if (is_ && !Set(own_)) _exit(1);
  }
  As(const As&) = delete;
  As& operator=(const As&) = delete;
  bool is() const { return is_; }

 private:
  static bool Set(uid_t uid) {
    return syscall(SYS_setresuid, static_cast<uid_t>(-1), uid, static_cast<uid_t>(-1)) == 0;
  }
  const uid_t own_;
  const bool is_;
};

void Show(const DesktopNotice& notice) {
  if (notice.uid == 0) return;
  const size_t line = std::min(notice.text.find('\n'), notice.text.size());
  const Notification notification{notice.text.substr(0, line),
                                  notice.text.substr(std::min(line + 1, notice.text.size()))};
  const As user(notice.uid);
  if (!user.is()) return;
  [[maybe_unused]] const auto shown =
      NotifyOnBus(fmt::format("{}/{}/bus", kSessionBusses, notice.uid), notice.uid, notification);
}

int Run(const NoticeLink& link, const ChildSelf& self) {
  for (;;) {
    self.Beat();
    std::array<pollfd, 2> waited = {{{self.link.get(), POLLIN, 0}, {link.reader.get(), POLLIN, 0}}};
    poll(waited.data(), waited.size(), kIdleMs);
    // Nothing is ever said on the link: it ends.
    if (waited[0].revents != 0) return 0;
    if (waited[1].revents == 0) continue;
    const auto packet = ReceivePacket(link.reader.get(), kMaxNoticePacket);
    if (!packet) continue;
    if (const auto notice = DecodeNotice(packet->bytes)) Show(*notice);
  }
}

}  // namespace

std::string EncodeNotice(const DesktopNotice& notice) {
  std::string packet;
  for (size_t i = 0; i < kUidBytes; ++i) packet += static_cast<char>(notice.uid >> (8 * i) & 0xFF);
  return packet + notice.text.substr(0, kMaxNoticePacket - kUidBytes);
}

std::optional<DesktopNotice> DecodeNotice(Bytes packet) {
  if (packet.size() <= kUidBytes || packet.size() > kMaxNoticePacket) return std::nullopt;
  DesktopNotice notice;
  for (size_t i = 0; i < kUidBytes; ++i) notice.uid |= uint32_t{packet[i]} << (8 * i);
  notice.text = AsText(packet.subspan(kUidBytes));
  return notice;
}

Result<NoticeLink> MakeNoticeLink() {
  auto [writer, reader] = TRY(MakeSocketPair());
  for (const int fd : {writer.get(), reader.get()}) {
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  }
  return NoticeLink{std::move(writer), std::move(reader)};
}

Result<ChildKind> MakeDesktopNotifier(const NoticeLink& link) {
  ChildKind kind;
  kind.name = "notifier";
  kind.kept = {link.reader.get()};
  kind.pulse = TRY(MapShared<ChildPulse>());
  kind.sandbox.account = NobodysAccount(Nobody::kNotifier);
  // Who logs in gets a file system of his own for his bus, which a root of its own would not show.
  kind.sandbox.has_own_root = false;
  kind.sandbox.capabilities = {CAP_SETUID};
  kind.sandbox.more_calls.assign(std::begin(kNotifierCalls), std::end(kNotifierCalls));
  kind.run = [&link](ChildSelf self) { return Run(link, self); };
  return kind;
}

}  // namespace portcullis::enforcement
