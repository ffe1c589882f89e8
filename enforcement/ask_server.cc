// SPDX-License-Identifier: Apache-2.0
#include "enforcement/ask_server.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "api/portcullis.h"
#include "base/clock.h"
#include "enforcement/ask_answer.h"

namespace portcullis::enforcement {
namespace {

constexpr int kEventsAtOnce = 64;
constexpr int kAcceptedAtOnce = 16;
constexpr int64_t kMs = 1'000'000;
constexpr useconds_t kPauseUs = 1000;

int64_t PatienceNs(const ServiceConfig& service) {
  const int64_t budget_ns = std::chrono::nanoseconds(service.budget).count();
  return budget_ns - budget_ns / 10;
}

// With who the kernel says sent it; process 0: it does not say, or says more.
struct Message {
  ssize_t size = 0;
  ucred sender{};
};

// There is room for the sender alone: descriptors that come along are dropped by the kernel,
// without ever being this process's.
Message Receive(int socket, char* bytes, size_t size) {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred))> control{};
  iovec data{bytes, size};
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  Message message;
  message.size = recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (message.size < 0 || (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) return message;
  const cmsghdr* const first = CMSG_FIRSTHDR(&header);
  if (first == nullptr || first->cmsg_level != SOL_SOCKET || first->cmsg_type != SCM_CREDENTIALS) {
    return message;
  }
  std::memcpy(&message.sender, CMSG_DATA(first), sizeof(message.sender));
  return message;
}

bool PassSenders(int socket) {
  const int yes = 1;
  return setsockopt(socket, SOL_SOCKET, SO_PASSCRED, &yes, sizeof(yes)) == 0;
}

bool Watch(const UniqueFd& epoll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  return epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

}  // namespace

AskServer::AskServer(int listener, JudgeContext context)
    : listener_(listener),
      judge_(std::move(context)),
      source_{judge_.context().accounts, judge_.context().host, judge_.context().service},
      patience_ns_(PatienceNs(judge_.context().service)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

AskServer::~AskServer() { Stop(); }

void AskServer::Start() {
  // Inherited by what is accepted: from its first message on the kernel says who sends.
  PassSenders(listener_);
  static_cast<void>(Watch(epoll_, wake_.get()));
  static_cast<void>(Watch(epoll_, listener_));
  for (unsigned i = 0; i < kAskWorkers; ++i) workers_.emplace_back([this] { Work(); });
  server_ = std::thread([this] { Serve(); });
}

void AskServer::Stop() {
  if (ends_.exchange(true)) return;
  eventfd_write(wake_.get(), 1);
  queue_.Stop();
  if (server_.joinable()) server_.join();
  for (std::thread& worker : workers_) worker.join();
  workers_.clear();
}

// ---- The server's thread.

void AskServer::Serve() {
  prctl(PR_SET_NAME, "gate-asks");
  while (!ends_) {
    std::array<epoll_event, kEventsAtOnce> events{};
    const int count = epoll_wait(epoll_.get(), events.data(), kEventsAtOnce, NextDeadlineMs());
    bool has_come = false;
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<size_t>(i)].data.fd;
      has_come = has_come || fd == listener_;
      if (fd != listener_ && fd != wake_.get()) Hear(fd);
    }
    // Last, so that no number of a descriptor is another's within one round.
    if (has_come) Accept();
    EndOverdue();
  }
  connections_.clear();
  connection_count_ = 0;
}

int AskServer::NextDeadlineMs() const {
  if (waiting_.empty()) return -1;
  const int64_t left_ns = waiting_.front().deadline_ns - MonotonicNs();
  return static_cast<int>(std::clamp<int64_t>(left_ns / kMs + 1, 0, 60'000));
}

void AskServer::EndOverdue() {
  if (waiting_.empty()) return;
  const int64_t now = MonotonicNs();
  while (!waiting_.empty()) {
    const AskPtr job = waiting_.front().job.lock();
    if (job != nullptr && !job->answered) {
      if (waiting_.front().deadline_ns > now) return;
      judge_.Overdue(job);
    }
    waiting_.pop_front();
  }
}

void AskServer::Accept() {
  for (int i = 0; i < kAcceptedAtOnce; ++i) {
    UniqueFd socket(accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket.valid()) {
      // No descriptor is left: who waits is still there.
      if (errno == EMFILE || errno == ENFILE) usleep(kPauseUs);
      return;
    }
    Add(std::move(socket));
  }
}

void AskServer::Add(UniqueFd socket) {
  if (!PassSenders(socket.get())) return;
  auto peer = AskPeer::Of(socket.get(), source_, MonotonicNs());
  if (!peer || !MakeRoomFor(peer->asker()->principal)) return;
  const int fd = socket.get();
  if (!Watch(epoll_, fd)) return;
  auto connection = std::make_shared<Connection>(std::move(socket), *std::move(peer));
  ++connections_of_[connection->principal];
  connections_[fd] = std::move(connection);
  connection_count_ = connections_.size();
}

bool AskServer::MakeRoomFor(uint32_t principal) {
  const auto own = connections_of_.find(principal);
  const size_t count = own == connections_of_.end() ? 0 : own->second;
  if (principal != 0 && count >= kMaxAskConnectionsPerUser) return EvictSilent(principal);
  const size_t limit = kMaxAskConnections - (principal == 0 ? 0 : kAskConnectionsForRoot);
  return connections_.size() < limit || EvictSilent(std::nullopt);
}

// The one that has been silent the longest, of whoever has the most where all may go.
bool AskServer::EvictSilent(std::optional<uint32_t> principal) {
  Connection* silent = nullptr;
  const auto weight = [&](const Connection& connection) {
    return std::pair(principal ? size_t{0} : connections_of_[connection.principal],
                     -connection.asked_ns);
  };
  for (const auto& [fd, connection] : connections_) {
    if (connection->in_flight > 0 || (principal && connection->principal != *principal)) continue;
    if (silent == nullptr || weight(*connection) > weight(*silent)) silent = connection.get();
  }
  if (silent == nullptr) return false;
  Drop(silent->socket.get());
  return true;
}

void AskServer::Drop(int fd) {
  const auto found = connections_.find(fd);
  if (found == connections_.end()) return;
  const ConnectionPtr connection = found->second;
  connections_.erase(found);
  connection_count_ = connections_.size();
  const auto own = connections_of_.find(connection->principal);
  if (--own->second == 0) connections_of_.erase(own);
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  shutdown(fd, SHUT_RDWR);
}

void AskServer::Hear(int fd) {
  const auto found = connections_.find(fd);
  if (found == connections_.end()) return;
  const ConnectionPtr connection = found->second;
  std::array<char, api::kMaxAskBytes + 1> bytes;  // NOLINT: filled by the kernel
  const Message message = Receive(fd, bytes.data(), bytes.size());
  if (message.size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  const bool is_own = message.size > 0 && message.sender.pid == connection->peer.pid();
  if (!is_own) return Drop(fd);
  const std::string_view packet(bytes.data(), static_cast<size_t>(message.size));
  if (!Take(connection, message.sender, packet)) Drop(fd);
}

// False where the connection is of no more use.
bool AskServer::Take(const ConnectionPtr& connection, const ucred& sender,
                     std::string_view packet) {
  AskQuestion question;
  if (api::DecodeAsk(packet.data(), packet.size(), question.request) != nullptr) return false;
  question.arrived_ns = connection->asked_ns = MonotonicNs();
  auto asker = connection->peer.Look(sender, source_, question.arrived_ns);
  if (!asker) return false;
  question.asker = *std::move(asker);
  question.pid = connection->peer.pid();
  question.reply = [connection](const api::AskAnswer& answer) { Send(*connection, answer); };
  Answer(connection, std::move(question));
  return true;
}

void AskServer::Answer(const ConnectionPtr& connection, AskQuestion question) {
  AskPeer& peer = connection->peer;
  const int fd = question.request.fd;
  const auto refuse = [&] {
    Send(*connection, api::ErrorAnswer(question.request.number, PORTCULLIS_E_BAD_FILE));
  };
  std::string path = peer.PathOf(fd);
  if (judge_.context().places.Get()->around.slow.StandAbove(path)) {
    question.slow_path = std::move(path);
    return HandOn(connection, std::move(question), {});
  }
  const auto status = peer.StatusOf(fd);
  if (!status || !status->is_regular()) return refuse();
  if (question.request.has_hash && !peer.IsOpenToRead(fd)) return refuse();
  const InForce now = judge_.context().force.Now();
  const bool is_answered =
      now.policy != nullptr &&
      judge_.TryAtOnce(question, std::move(path), *status, now, peer.ClassUnder(now.policy));
  if (is_answered) return;
  UniqueFd handle = peer.Find(fd);
  if (!handle.valid()) return refuse();
  HandOn(connection, std::move(question), std::move(handle));
}

// To a worker, who is waited for no longer than the budget says.
void AskServer::HandOn(const ConnectionPtr& connection, AskQuestion question, UniqueFd handle) {
  const uint32_t principal = question.asker->principal;
  const uint64_t number = question.request.number;
  if (!Admit(*connection, principal)) {
    return Send(*connection, api::ErrorAnswer(number, PORTCULLIS_E_BUSY));
  }
  const int64_t deadline_ns = question.arrived_ns + patience_ns_;
  question.reply = [this, connection, principal](const api::AskAnswer& answer) {
    Leave(*connection, principal);
    if (!ends_) Send(*connection, answer);
  };
  const auto job = std::make_shared<AskJob>(std::move(question), std::move(handle));
  const auto admission = queue_.Push(principal, job);
  if (admission.displaced) AskJudge::Refuse(*admission.displaced, PORTCULLIS_E_BUSY);
  if (admission.pushed != Pushed::kQueued) return AskJudge::Refuse(job, PORTCULLIS_E_BUSY);
  waiting_.push_back({deadline_ns, job});
}

bool AskServer::Admit(Connection& connection, uint32_t principal) {
  const std::lock_guard lock(flight_mutex_);
  const auto own = in_flight_.find(principal);
  const size_t count = own == in_flight_.end() ? 0 : own->second;
  if (connection.in_flight >= kMaxAsksPerConnection || count >= kMaxAsksPerUser ||
      in_flight_in_all_ >= kMaxAsksInFlight) {
    return false;
  }
  ++connection.in_flight;
  ++in_flight_[principal];
  ++in_flight_in_all_;
  return true;
}

// ---- Any thread.

void AskServer::Leave(Connection& connection, uint32_t principal) {
  const std::lock_guard lock(flight_mutex_);
  --connection.in_flight;
  --in_flight_in_all_;
  const auto own = in_flight_.find(principal);
  if (--own->second == 0) in_flight_.erase(own);
}

// Who does not read his answers is not waited for: the server's thread hears the end of it.
void AskServer::Send(Connection& connection, const api::AskAnswer& answer) {
  const api::AskPacket packet = api::EncodeAskAnswer(answer);
  const ssize_t sent =
      send(connection.socket.get(), packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0) shutdown(connection.socket.get(), SHUT_RDWR);
}

void AskServer::Work() {
  while (const auto taken = queue_.Pop()) {
    if (!ends_) judge_.Look(taken->item);
    queue_.Done(taken->principal);
  }
}

}  // namespace portcullis::enforcement
