// SPDX-License-Identifier: Apache-2.0
// A digest is bound by one core, reading a cached file is not: below kThreadingBytes one pass feeds
// every digest while the piece is in the processor's cache; above it the digests are shared out
// over threads that each read for themselves.
#include "identity/file_hasher.h"

#include <algorithm>
#include <memory>
#include <system_error>
#include <thread>

namespace portcullis {
namespace {

using authenticode::Digest;

constexpr size_t kPieceBytes = 256 << 10;
constexpr uint64_t kThreadingBytes = 4 << 20;

struct RunningDigest {
  Digest digest;
  std::span<const pe::FileRange> left;  // ranges that are not wholly digested yet
  size_t job = 0;
};

// Feeds the part of `piece`, which stands at `offset`, that the job covers.
void UpdateCovered(RunningDigest& running, Bytes piece, uint64_t offset) {
  const uint64_t piece_end = offset + piece.size();
  while (!running.left.empty()) {
    const pe::FileRange& range = running.left.front();
    const uint64_t begin = std::max(range.offset, offset);
    const uint64_t end = std::min(range.offset + range.size, piece_end);
    if (begin < end) running.digest.Update(piece.subspan(begin - offset, end - begin));
    if (range.offset + range.size > piece_end) return;
    running.left = running.left.subspan(1);
  }
}

class Hasher {
 public:
  Hasher(const ByteSource& source, std::span<const DigestJob> jobs)
      : source_(source), jobs_(jobs), digests_(jobs.size()) {}

  // Takes the digests of jobs `first`, `first + step`, ... in one pass.
  Result<void> Run(size_t first, size_t step) {
    std::vector<RunningDigest> running;
    for (size_t i = first; i < jobs_.size(); i += step) {
      running.push_back({TRY(Digest::Create(jobs_[i].algorithm)), jobs_[i].coverage.ranges, i});
    }
    const auto piece_size = static_cast<size_t>(std::min<uint64_t>(source_.size(), kPieceBytes));
    const auto buffer = std::make_unique_for_overwrite<uint8_t[]>(piece_size);
    for (uint64_t offset = 0; offset < source_.size();) {
      const auto size =
          static_cast<size_t>(std::min<uint64_t>(source_.size() - offset, piece_size));
      const std::span<uint8_t> piece(buffer.get(), size);
      TRY_VOID(source_.ReadAt(offset, piece));
      for (RunningDigest& each : running) UpdateCovered(each, piece, offset);
      offset += size;
    }
    for (RunningDigest& each : running) Finish(each);
    return {};
  }

  std::vector<std::vector<uint8_t>> TakeResult() { return std::move(digests_); }

 private:
  void Finish(RunningDigest& running) {
    const std::vector<uint8_t> zeros(jobs_[running.job].coverage.zero_padding, 0);
    running.digest.Update(zeros);
    digests_[running.job] = running.digest.Finish();
  }

  const ByteSource& source_;
  std::span<const DigestJob> jobs_;
  std::vector<std::vector<uint8_t>> digests_;  // each written by one thread
};

size_t ThreadsFor(const ByteSource& source, size_t jobs, unsigned max_threads) {
  // Before the number of cores is asked for, which opens a file: a sandbox has none.
  if (source.size() < kThreadingBytes || max_threads <= 1) return 1;
  const size_t cores = std::max(1U, std::thread::hardware_concurrency());
  return std::max<size_t>(1, std::min({jobs, size_t{max_threads}, cores}));
}

}  // namespace

DigestJob WholeFileJob(authenticode::DigestAlgorithm algorithm, uint64_t file_size) {
  return {algorithm, {.ranges = {{0, file_size}}, .zero_padding = 0}};
}

Result<std::vector<std::vector<uint8_t>>> TakeDigests(const ByteSource& source,
                                                      std::span<const DigestJob> jobs,
                                                      unsigned max_threads) {
  Hasher hasher(source, jobs);
  const size_t threads = ThreadsFor(source, jobs.size(), max_threads);
  std::vector<Result<void>> results(threads);
  std::vector<std::thread> workers;
  const auto run = [&](size_t index) { results[index] = hasher.Run(index, threads); };
  for (size_t i = 1; i < threads; ++i) {
    try {
      workers.emplace_back(run, i);
    } catch (const std::system_error&) {
      run(i);  // no thread to be had: slower, not wrong
    }
  }
  run(0);
  for (std::thread& worker : workers) worker.join();
  for (Result<void>& result : results) TRY_VOID(std::move(result));
  return hasher.TakeResult();
}

}  // namespace portcullis
