// SPDX-License-Identifier: Apache-2.0
// What the control process is as a child of the supervisor: its socket, its sandbox, its page.
#include <fmt/core.h>
#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "enforcement/control.h"
#include "enforcement/shared_state.h"

namespace portcullis::enforcement {
namespace {

constexpr mode_t kSocketMode = 0666;  // who may ask what is decided by who asks
constexpr int kControlCalls[] = {SYS_accept4, SYS_getsockopt};

struct Place {
  const std::string& path;
  const char* name;  // "control socket"
};

Unexpected Refused(const Place& place, const char* what) {
  return Fail(ErrorCode::kIo,
              fmt::format("the {} {}: {}: errno {}", place.name, place.path, what, errno));
}

// A folder in which others could put a socket of their own in the service's place is none for it.
Result<void> PrepareFolder(const Place& place) {
  const std::string folder = place.path.substr(0, place.path.rfind('/'));
  const mode_t former = umask(0);
  const int made = mkdir(folder.c_str(), 0755);
  umask(former);
  if (made != 0 && errno != EEXIST) return Refused(place, "its folder can not be made");
  struct stat status {};
  if (lstat(folder.c_str(), &status) != 0) return Refused(place, "its folder");
  if (S_ISDIR(status.st_mode) && status.st_uid == geteuid() && (status.st_mode & 022) == 0) {
    return {};
  }
  return Fail(ErrorCode::kUntrusted,
              fmt::format("the {} {}: others may write its folder", place.name, place.path));
}

Result<sockaddr_un> AddressOf(const Place& place) {
  const std::string& path = place.path;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("the {}'s path has {} bytes; at most {} are allowed", place.name,
                            path.size(), sizeof(address.sun_path) - 1));
  }
  path.copy(address.sun_path, path.size());
  return address;
}

// Only what is a socket at which nobody listens goes.
Result<void> RemoveStale(const Place& place, const sockaddr_un& address) {
  const std::string& path = place.path;
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) {
    return errno == ENOENT ? Result<void>() : Refused(place, "can not be looked at");
  }
  if (!S_ISSOCK(status.st_mode)) {
    return Fail(ErrorCode::kIo, fmt::format("the {} {}: there is another file", place.name, path));
  }
  const UniqueFd probe(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 ||
      errno != ECONNREFUSED) {
    return Fail(ErrorCode::kIo,
                fmt::format("the {} {}: another service listens there", place.name, path));
  }
  if (unlink(path.c_str()) != 0) return Refused(place, "the former one can not be removed");
  return {};
}

}  // namespace

Result<UniqueFd> ListenAt(const std::string& path, const char* name) {
  const Place place{path, name};
  const sockaddr_un address = TRY(AddressOf(place));
  TRY_VOID(PrepareFolder(place));
  TRY_VOID(RemoveStale(place, address));
  UniqueFd listener(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener.valid()) return Refused(place, "socket");
  const mode_t former = umask(0777 & ~kSocketMode);
  const int bound =
      bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  umask(former);
  if (bound != 0) return Refused(place, "bind");
  if (listen(listener.get(), kControlBacklog) != 0) return Refused(place, "listen");
  return listener;
}

Result<Control> MakeControl(const ControlConfig& config, const std::string& version,
                            const MetricsPages& metrics) {
  Control control;
  control.listener = TRY(ListenAt(config.socket));
  ControlSetup setup{version, std::nullopt, control.listener.get(), metrics.read};
  if (!config.group.empty()) {
    const group* const found = getgrnam(config.group.c_str());
    if (found != nullptr) setup.group = found->gr_gid;
    if (found == nullptr) {
      control.note = "control-group names no group of this machine: root alone may ask";
    }
  }
  ChildKind& kind = control.kind;
  kind.name = "control";
  kind.kept = {control.listener.get()};
  kind.pulse = TRY(MapShared<ChildPulse>());
  kind.kept_pages = {metrics.read};
  kind.sandbox.account = NobodysAccount(Nobody::kControl);
  kind.sandbox.more_calls.assign(std::begin(kControlCalls), std::end(kControlCalls));
  kind.run = [setup = std::move(setup)](ChildSelf self) {
    return RunControl(setup, std::move(self));
  };
  control.desk = std::make_unique<ControlDesk>(kind.pulse);
  kind.heard = [desk = control.desk.get()](const Packet& packet) { desk->Hear(packet.bytes); };
  kind.ended = [desk = control.desk.get()] { desk->Clear(); };
  return control;
}

}  // namespace portcullis::enforcement
