// SPDX-License-Identifier: Apache-2.0
#include "enforcement/inspector.h"

#include <fmt/core.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <utility>

#include "base/byte_source.h"
#include "enforcement/inspector_protocol.h"
#include "enforcement/pidfd.h"
#include "enforcement/privileges.h"
#include "enforcement/sandbox.h"
#include "enforcement/socket_message.h"
#include "host/catalog_files.h"
#include "identity/identify.h"

namespace portcullis::enforcement {
namespace {

enum ExitStatus : int { kDone = 0, kNoSandbox = 10, kBadMessage = 11, kNoGate = 12 };

// What signatures are judged by.
struct Vouchers {
  const TrustStore& trust;
  const CatalogStore* catalogs = nullptr;
};

Result<FileIdentity> Inspect(const InspectionRequest& request, int file, const Vouchers& vouchers) {
  const FdSource source = TRY(FdSource::Create(file));
  if (source.size() != request.size) {
    return Fail(ErrorCode::kIo,
                fmt::format("the file changed from {} to {} bytes before it was read", request.size,
                            source.size()));
  }
  const IdentifyOptions options{.trust = &vouchers.trust,
                                .catalogs = vouchers.catalogs,
                                .at = time(nullptr),
                                .hashing = request.hashing,
                                .max_threads = 1};
  return Identify(source, request.name_hint, options);
}

// The process's exit status.
int ServeJobs(int socket, const Vouchers& vouchers) {
  if (!SendPacket(socket, EncodeReady())) return kNoGate;
  for (;;) {
    const auto packet = ReceivePacket(socket, kMaxMessageBytes, 1);
    if (!packet) return packet.error().code == ErrorCode::kNotFound ? kDone : kNoGate;
    const auto request = DecodeRequest(packet->bytes);
    if (!request || packet->descriptors.size() != 1) return kBadMessage;
    const InspectionReply reply{request->job,
                                Inspect(*request, packet->descriptors.front().get(), vouchers)};
    if (!SendPacket(socket, EncodeReply(reply))) return kNoGate;
  }
}

// OpenSSL breaks times down with a libc that looks at /etc/localtime over and over, unless it is
// told.
void FixTimeZone() {
  setenv("TZ", "UTC0", 1);
  tzset();
}

[[noreturn]] void RunInspector(UniqueFd socket, const Vouchers& vouchers,
                               std::span<const SharedMemory> hidden) {
  prctl(PR_SET_NAME, "inspector");
  if (!std::ranges::all_of(hidden, &Hide)) _exit(kNoSandbox);
  FixTimeZone();
  OfferToOomKiller();
  const uint64_t mapped = vouchers.catalogs != nullptr ? MappedBytes(*vouchers.catalogs) : 0;
  const auto kept = EnterSandbox(std::move(socket), mapped);
  _exit(kept ? ServeJobs(kept->get(), vouchers) : kNoSandbox);
}

}  // namespace

void PrepareForInspectors() {
  // Digests of both kinds: OpenSSL reads its configuration and finds its providers.
  const MemorySource source(AsBytes("#!/bin/sh\n"));
  [[maybe_unused]] const auto identity = Identify(source, "x.sh", {.max_threads = 1});
}

Result<InspectorChild> StartInspector(const TrustStore& trust, std::span<const SharedMemory> hidden,
                                      const CatalogStore* catalogs) {
  auto [ours, theirs] = TRY(MakeSocketPair());
  const pid_t pid = fork();
  if (pid < 0) return Fail(ErrorCode::kIo, fmt::format("fork: errno {}", errno));
  if (pid == 0) RunInspector(std::move(theirs), {trust, catalogs}, hidden);
  InspectorChild child{{std::move(ours), OpenPidfd(pid)}, pid};
  if (child.handle.pidfd.valid()) return child;
  // Without a handle it could not be killed; closing the socket ends it.
  return Fail(ErrorCode::kIo, fmt::format("pidfd_open: errno {}", errno));
}

}  // namespace portcullis::enforcement
