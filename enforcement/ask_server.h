// SPDX-License-Identifier: Apache-2.0
// The gate's socket on which anybody asks whether a file may be run (libportcullis).
//
// Shape:   one thread for all connections. It answers what the caches know itself, since to hand a
//          question on costs more than to answer it; the rest goes to workers of its own, and by
//          them to the inspectors. Nothing it does waits for a client, a file system or a disk.
//          A file is named by its descriptor's number in the asking process, and fetched through
//          /proc (ask_peer.h). Descriptors that come with a message are never taken in: to close
//          one of a FUSE file system waits for its server, whom nobody can kill the gate away from.
// Limits:  the constants below, for each principal and in all. A silent connection gives way to a
// new
//          one of the same principal, or, where all are taken, to anybody's; of those that nobody
//          logged in for root's last kAskConnectionsForRoot are root's alone.
// Errors:  a malformed message, one with descriptors, or one of another process than the one that
//          connected ends the connection, as does an answer that the client leaves no room for.
//          More in flight than the limits: PORTCULLIS_E_BUSY.
// Lifetime: what `context` borrows outlives it. After Stop no answer is sent; the inspectors' last
//          callbacks may still come until it is destroyed.
// Threads: Start and Stop once each, from one thread.
// Source:  docs/safer-api.md "The service's side".
#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/unique_fd.h"
#include "enforcement/ask_judge.h"
#include "enforcement/ask_peer.h"
#include "enforcement/fair_queue.h"

namespace portcullis::enforcement {

inline constexpr size_t kMaxAskConnections = 1024;
inline constexpr size_t kAskConnectionsForRoot = 64;
inline constexpr size_t kMaxAskConnectionsPerUser = 128;
// Questions that the caches do not answer at once.
inline constexpr size_t kMaxAsksInFlight = 1024;
inline constexpr size_t kMaxAsksPerUser = 128;
inline constexpr size_t kMaxAsksPerConnection = 8;
inline constexpr unsigned kAskWorkers = 2;

class AskServer {
 public:
  // `listener` is borrowed.
  AskServer(int listener, JudgeContext context);
  ~AskServer();
  AskServer(const AskServer&) = delete;
  AskServer& operator=(const AskServer&) = delete;

  void Start();
  void Stop();
  size_t connections() const { return connection_count_; }

 private:
  // Answers may be sent from any thread: the socket lives as long as anybody has one to send.
  struct Connection {
    Connection(UniqueFd made, AskPeer asker)
        : socket(std::move(made)), peer(std::move(asker)), principal(peer.asker()->principal) {}

    UniqueFd socket;
    AskPeer peer;
    const uint32_t principal;  // it is counted for
    int64_t asked_ns = 0;
    std::atomic<size_t> in_flight{0};
  };
  using ConnectionPtr = std::shared_ptr<Connection>;
  struct Waiting {
    int64_t deadline_ns = 0;
    std::weak_ptr<AskJob> job;  // gone once it is answered: with its descriptors
  };

  void Serve();
  void Work();
  int NextDeadlineMs() const;
  void EndOverdue();
  void Accept();
  void Add(UniqueFd socket);
  bool MakeRoomFor(uint32_t principal);
  bool EvictSilent(std::optional<uint32_t> principal);
  void Drop(int fd);
  void Hear(int fd);
  bool Take(const ConnectionPtr& connection, const ucred& sender, std::string_view packet);
  void Answer(const ConnectionPtr& connection, AskQuestion question);
  void HandOn(const ConnectionPtr& connection, AskQuestion question, UniqueFd handle);
  bool Admit(Connection& connection, uint32_t principal);
  void Leave(Connection& connection, uint32_t principal);
  static void Send(Connection& connection, const api::AskAnswer& answer);

  const int listener_;
  const AskJudge judge_;
  const TokenSource source_;
  const int64_t patience_ns_;
  UniqueFd epoll_;
  UniqueFd wake_;
  std::unordered_map<int, ConnectionPtr> connections_;
  std::unordered_map<uint32_t, size_t> connections_of_;  // by principal
  std::atomic<size_t> connection_count_{0};
  std::deque<Waiting> waiting_;  // the oldest first
  FairQueue<AskPtr> queue_{{kMaxAsksInFlight, kMaxAsksPerUser, kAskWorkers / 2}};
  std::mutex flight_mutex_;
  std::unordered_map<uint32_t, size_t> in_flight_;
  size_t in_flight_in_all_ = 0;
  std::atomic<bool> ends_{false};
  std::thread server_;
  std::vector<std::thread> workers_;
};

}  // namespace portcullis::enforcement
