// SPDX-License-Identifier: Apache-2.0
#include "enforcement/service_metrics.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <new>

#include "base/unique_fd.h"

namespace portcullis::enforcement {
namespace {

static_assert(std::atomic<uint64_t>::is_always_lock_free);

Unexpected Refused(const char* what) {
  return Fail(ErrorCode::kIo, fmt::format("{}: errno {}", what, errno));
}

// Where memory files may not be executable the kernel wants to hear that this one is not; older
// ones do not know the flag.
UniqueFd MakeMemoryFile() {
  constexpr unsigned kNoExecSeal = 8;  // MFD_NOEXEC_SEAL, Linux 6.3
  constexpr const char* kName = "portcullis-metrics";
  UniqueFd file(memfd_create(kName, MFD_CLOEXEC | kNoExecSeal));
  if (!file.valid() && errno == EINVAL) file.Reset(memfd_create(kName, MFD_CLOEXEC));
  return file;
}

Result<void*> Map(int protection, const UniqueFd& file) {
  void* const at = mmap(nullptr, sizeof(ServiceMetrics), protection, MAP_SHARED, file.get(), 0);
  if (at == MAP_FAILED) return Refused("a page to count on");
  return at;
}

}  // namespace

void ServiceMetrics::AddLatency(int64_t ns) {
  const uint64_t took = ns > 0 ? static_cast<uint64_t>(ns) : 0;
  latency_[api::LatencyBucket(took)].value.fetch_add(1, std::memory_order_relaxed);
  latency_sum_ns_.value.fetch_add(took, std::memory_order_relaxed);
}

api::ServiceStatus ServiceMetrics::Read() const {
  api::ServiceStatus status;
  if (auto policy = api::DecodeStatus(policy_.Get())) status.policy = std::move(policy->policy);
  status.refused = refused_.Get();
  for (size_t i = 0; i < api::kMetrics; ++i) {
    status.values[i] = values_[i].value.load(std::memory_order_relaxed);
  }
  for (size_t i = 0; i < api::kLatencyBuckets; ++i) {
    status.latency[i] = latency_[i].value.load(std::memory_order_relaxed);
  }
  status.latency_sum_ns = latency_sum_ns_.value.load(std::memory_order_relaxed);
  return status;
}

// The kernel lets nobody write through a mapping of what was opened to read, whatever mprotect
// asks.
Result<MetricsPages> MapMetrics() {
  const UniqueFd file = MakeMemoryFile();
  if (!file.valid() || ftruncate(file.get(), sizeof(ServiceMetrics)) != 0) return Refused("memfd");
  const std::string path = fmt::format("/proc/self/fd/{}", file.get());
  const UniqueFd to_read(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!to_read.valid()) return Refused("memfd to read");
  MetricsPages pages;
  pages.written = new (TRY(Map(PROT_READ | PROT_WRITE, file))) ServiceMetrics;
  pages.read = static_cast<const ServiceMetrics*>(TRY(Map(PROT_READ, to_read)));
  return pages;
}

}  // namespace portcullis::enforcement
