// SPDX-License-Identifier: Apache-2.0
#include "enforcement/control.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "api/control_message.h"
#include "base/clock.h"
#include "enforcement/control_access.h"
#include "enforcement/socket_message.h"

namespace portcullis::enforcement {
namespace {

using api::ControlAnswer;
using api::ControlRequest;
using Word = ControlAnswer::Word;

constexpr int kIdleMs = 500;  // more often than a beat is wanted
constexpr int kAcceptedAtOnce = 16;
constexpr size_t kMaxPeerGroups = 1024;

int64_t Ns(std::chrono::nanoseconds duration) { return duration.count(); }

ControlPeer PeerOf(const UniqueFd& socket) {
  ControlPeer peer;
  ucred credentials{};
  socklen_t size = sizeof(credentials);
  if (getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return peer;
  peer.uid = credentials.uid;
  peer.gid = credentials.gid;
  peer.groups.resize(kMaxPeerGroups);
  socklen_t bytes = static_cast<socklen_t>(kMaxPeerGroups * sizeof(gid_t));
  const bool known =
      getsockopt(socket.get(), SOL_SOCKET, SO_PEERGROUPS, peer.groups.data(), &bytes) == 0;
  peer.groups.resize(known ? bytes / sizeof(gid_t) : 0);
  return peer;
}

struct Client {
  UniqueFd socket;
  ControlPeer peer;
  int64_t since_ns = 0;    // it came, or asked
  uint64_t waits_for = 0;  // the number of a reload; 0: it has not asked yet
};

class ControlProcess {
 public:
  ControlProcess(const ControlSetup& setup, ChildSelf self)
      : setup_(setup), self_(std::move(self)) {}

  int Run() {
    while (!ended_) {
      self_.Beat();
      Turn();
      EndOverdue();
    }
    return 0;
  }

 private:
  void Turn();
  void HearSupervisor();
  void Accept();
  bool MakeRoomFor(const ControlPeer& peer);
  bool EvictSilent(std::optional<uid_t> of);
  size_t CountOf(std::optional<uid_t> uid) const;
  void HearClient(Client& client);
  ControlAnswer AnswerTo(Client& client, ControlRequest request);
  void TellOutcome(const ReloadOutcome& outcome);
  void EndOverdue();
  void Forget();

  const ControlSetup& setup_;
  const ChildSelf self_;
  std::vector<Client> clients_;  // in the order of coming
  uint64_t last_number_ = 0;
  bool ended_ = false;
};

// At once or not at all: nobody is waited for. Then the connection has served.
void Say(Client& client, const ControlAnswer& answer) {
  [[maybe_unused]] const auto sent =
      SendPacket(client.socket.get(), AsBytes(api::EncodeAnswer(answer)));
  client.socket.Reset();
}

void ControlProcess::Turn() {
  std::vector<pollfd> waited = {{self_.link.get(), POLLIN, 0}, {setup_.listener, POLLIN, 0}};
  const size_t own = waited.size();
  for (const Client& client : clients_) waited.push_back({client.socket.get(), POLLIN, 0});
  poll(waited.data(), waited.size(), kIdleMs);
  if (waited[0].revents != 0) HearSupervisor();
  for (size_t i = 0; i < clients_.size(); ++i) {
    if (waited[own + i].revents != 0 && clients_[i].socket.valid()) HearClient(clients_[i]);
  }
  Forget();
  if (waited[1].revents != 0) Accept();
}

void ControlProcess::HearSupervisor() {
  for (;;) {
    const auto packet = ReceivePacket(self_.link.get(), kMaxChildPacket);
    if (!packet) {
      ended_ = packet.error().code == ErrorCode::kNotFound;
      return;
    }
    if (const auto outcome = DecodeOutcome(packet->bytes)) TellOutcome(*outcome);
  }
}

void ControlProcess::TellOutcome(const ReloadOutcome& outcome) {
  for (Client& client : clients_) {
    if (client.waits_for == 0 || client.waits_for > outcome.number) continue;
    Say(client, outcome.is_done
                    ? ControlAnswer{Word::kDone, fmt::format("generation {}\n", outcome.generation)}
                    : ControlAnswer{Word::kRefused, outcome.why});
  }
}

void ControlProcess::Accept() {
  for (int i = 0; i < kAcceptedAtOnce; ++i) {
    Client client;
    client.socket.Reset(accept4(setup_.listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!client.socket.valid()) return;
    client.peer = PeerOf(client.socket);
    client.since_ns = MonotonicNs();
    if (!MayAskAnything(client.peer, setup_.group)) {
      // Read first: a connection that is closed with something unread is reset.
      static_cast<void>(ReceivePacket(client.socket.get(), api::kMaxRequestBytes));
      Say(client, {Word::kNotPermitted,
                   "root alone may ask the service, and for its status the group that "
                   "control-group names in service.conf"});
    } else if (!MakeRoomFor(client.peer)) {
      Say(client, {Word::kBusy, "too many ask at once; ask again"});
    } else {
      clients_.push_back(std::move(client));
    }
  }
}

// Silent ones give way to who comes, so that no number of them keeps anybody out for long.
bool ControlProcess::MakeRoomFor(const ControlPeer& peer) {
  if (CountOf(peer.uid) >= kMaxClientsOfUser && !EvictSilent(peer.uid)) return false;
  const size_t but_root = CountOf(std::nullopt) - CountOf(0);
  if (peer.uid != 0 && but_root >= kMaxClientsButRoot) return false;
  return CountOf(std::nullopt) < kMaxClients || (peer.uid == 0 && EvictSilent(std::nullopt));
}

size_t ControlProcess::CountOf(std::optional<uid_t> uid) const {
  return static_cast<size_t>(std::ranges::count_if(
      clients_, [&](const Client& client) { return !uid || client.peer.uid == *uid; }));
}

// The one that has been silent the longest.
bool ControlProcess::EvictSilent(std::optional<uid_t> of) {
  const auto silent = std::ranges::find_if(clients_, [&](const Client& client) {
    return client.waits_for == 0 && (!of || client.peer.uid == *of);
  });
  if (silent == clients_.end()) return false;
  clients_.erase(silent);
  return true;
}

// What is malformed or too long gets no answer.
void ControlProcess::HearClient(Client& client) {
  const auto packet = ReceivePacket(client.socket.get(), api::kMaxRequestBytes);
  // Who waits has nothing more to say: it has gone.
  if (!packet || client.waits_for != 0) return client.socket.Reset();
  const auto request = api::DecodeRequest(AsText(packet->bytes));
  if (!request) return client.socket.Reset();
  const ControlAnswer answer = AnswerTo(client, *request);
  if (client.waits_for == 0) Say(client, answer);
}

ControlAnswer ControlProcess::AnswerTo(Client& client, ControlRequest request) {
  if (!MayAsk(client.peer, request, setup_.group)) {
    return {Word::kNotPermitted, fmt::format("root alone may ask for a {}", ToString(request))};
  }
  if (request == ControlRequest::kStatus) {
    api::ServiceStatus status = setup_.metrics->Read();
    status.version = setup_.version;
    return {Word::kDone, EncodeStatus(status)};
  }
  if (!SendPacket(self_.link.get(), AsBytes(EncodeReloadRequest(last_number_ + 1)))) {
    return {Word::kBusy, "the supervisor takes no requests now; ask again"};
  }
  client.waits_for = ++last_number_;
  client.since_ns = MonotonicNs();
  return {};
}

void ControlProcess::EndOverdue() {
  const int64_t now = MonotonicNs();
  for (Client& client : clients_) {
    const bool waits = client.waits_for != 0;
    if (now - client.since_ns <= Ns(waits ? kReloadAnswerPatience : kRequestPatience)) continue;
    if (waits) {
      Say(client, {Word::kBusy, "the service has not come to it yet; the request stands"});
    }
    client.socket.Reset();
  }
  Forget();
}

void ControlProcess::Forget() {
  std::erase_if(clients_, [](const Client& client) { return !client.socket.valid(); });
}

}  // namespace

int RunControl(const ControlSetup& setup, ChildSelf self) {
  return ControlProcess(setup, std::move(self)).Run();
}

}  // namespace portcullis::enforcement
