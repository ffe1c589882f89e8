// SPDX-License-Identifier: Apache-2.0
// Who asks over a connection: the process that made it, and nobody else.
//
// Shape:   the kernel says which process connected, and of each message which process sent it. What
//          is read of the process is read through handles that no later process of the same
//          number has: its pidfd, and its folder in /proc.
//          The token is that of the process's first thread. It is read when the process connects,
//          when a message comes from other real ids than the one before, and when it is
//          kTokenAgeNs old. A process whose effective ids or groups change connects anew, as
//          libportcullis does; else it is taken for who it was until then. It asks for itself.
//          What is read at two moments (status and path of a descriptor) may be of two files,
//          where the asker puts another in its place meanwhile: he is the one who is told
//          about neither. What is remembered or recorded is read by one handle (Find).
// Errors:  kNotFound: the process is gone. Any other: the connection is of no use.
// Threads: for the server's thread; an AskerPtr is immutable.
// Source:  unix(7) SO_PEERCRED, SO_PEERPIDFD, SCM_CREDENTIALS; docs/safer-api.md.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "enforcement/event_job.h"
#include "enforcement/policy_in_force.h"
#include "enforcement/service_config.h"
#include "enforcement/snapshot.h"
#include "host/host_config.h"
#include "host/thread_token.h"

namespace portcullis::enforcement {

inline constexpr int64_t kTokenAgeNs = 1'000'000'000;

// Who asks, as one question sees him.
struct AskerView {
  Asker asker;
  uint32_t principal = kNobodysPrincipal;
};
using AskerPtr = std::shared_ptr<const AskerView>;

struct TokenSource {
  const Snapshot<AccountTable>& accounts;
  const HostConfig& host;
  const ServiceConfig& service;
};

class AskPeer {
 public:
  static Result<AskPeer> Of(int socket, const TokenSource& source, int64_t now_ns);

  pid_t pid() const { return pid_; }
  // As of now; `sender` is what the kernel says of the message.
  Result<AskerPtr> Look(const ucred& sender, const TokenSource& source, int64_t now_ns);
  // As of the last look.
  const AskerPtr& asker() const { return asker_; }
  // The class of its token under `force`.
  const std::string& ClassUnder(const ForcePtr& force);
  // A handle of the file that is open there as `fd`, by which it can be neither read nor written;
  // an invalid one where none is. Asks no file system but those that revalidate (network ones).
  UniqueFd Find(int fd) const;
  // The path of that file as the kernel has it, without a look at the file; empty: there is none.
  std::string PathOf(int fd) const;
  Result<FileStatus> StatusOf(int fd) const;
  // Whether it is open there to be read: who could not read it may not learn of its content.
  bool IsOpenToRead(int fd) const;

 private:
  AskPeer() = default;
  Result<void> Read(const TokenSource& source, int64_t now_ns);
  bool IsGone() const;

  pid_t pid_ = 0;
  UniqueFd pidfd_;   // invalid before Linux 6.5
  UniqueFd folder_;  // /proc/PID
  AskerPtr asker_;
  std::optional<uid_t> sender_uid_;  // of the last message
  std::optional<gid_t> sender_gid_;
  int64_t read_ns_ = 0;
  ForcePtr class_of_;
  std::string class_;
};

}  // namespace portcullis::enforcement
