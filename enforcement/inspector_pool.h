// SPDX-License-Identifier: Apache-2.0
// The gate's side of the inspectors: hands an open descriptor over, gets a FileIdentity back.
//
// Shape:   Inspect queues a job and returns at once; its callback runs on the pool's thread,
// exactly
//          once: with the identity, or with the reason why there is none. A job goes on after the
//          asker gave up, so that the next exec finds it done. A file that is queued or being
//          inspected already is not inspected twice: every callback gets the one answer.
// Limits:  `max_jobs_per_user` waiting for one uid: kLimitExceeded at once (the caller denies for
//          that user); `max_jobs` in all: kIo at once (the service's own failure). An inspector
//          that is silent for `job_timeout` is killed; the file is tried once more by a new one,
//          unless it was the inspector's first. Of two or more inspectors one takes only files
//          below kSmallFileBytes; when all of them are held up, up to kSpareInspectors more look at
//          the files of users who have none in work.
// Errors:  to the callback: those of Identify (the file's own); kIo when the inspector died over
// the
//          file or was killed over it (the file's own as well); kUnsupported when no inspector can
//          be had (the service's).
// Lifetime: the destructor runs the callbacks that are left, with kUnsupported.
// Threads: Inspect is thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "enforcement/identity_evidence.h"
#include "identity/file_identity.h"

namespace portcullis::enforcement {

inline constexpr uint64_t kSmallFileBytes = 1 << 20;
inline constexpr unsigned kSpareInspectors = 4;

// A new inspector as the gate holds it.
struct StartedInspector {
  UniqueFd socket;  // SOCK_SEQPACKET, the gate's end
  UniqueFd pidfd;   // to kill it by; may be invalid in tests
};

struct InspectionJob {
  UniqueFd file;          // own duplicate, open for reading
  std::string name_hint;  // the file's name
  uint32_t uid = 0;       // who asked: jobs are bounded and taken in turn by user
  // Of the file as it was when the job was made; says what is to be hashed. Jobs of one file are
  // one where the evidence of the first covers the others'.
  IdentityEvidence evidence;
};

class InspectorPool {
 public:
  // Makes a new inspector; called on the pool's thread, at start and after each loss.
  using Starter = std::function<Result<StartedInspector>()>;
  using Done = std::function<void(Result<FileIdentity>)>;
  struct Limits {
    unsigned inspectors = 2;
    size_t max_jobs = 4096;
    size_t max_jobs_per_user = 256;
    std::chrono::milliseconds job_timeout{60'000};
  };

  InspectorPool(Starter starter, Limits limits);
  ~InspectorPool();
  InspectorPool(const InspectorPool&) = delete;
  InspectorPool& operator=(const InspectorPool&) = delete;

  Result<void> Inspect(InspectionJob job, Done done);
  // Replaces every inspector, each after the job it has: for trust anchors that changed.
  void Renew();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace portcullis::enforcement
