// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <utility>

#include "authoring/simulate/fact_blocks.h"
#include "authoring/simulate/fact_worker.h"
#include "authoring/simulate/packed_input.h"
#include "authoring/simulate/simulate.h"
#include "base/unique_fd.h"
#include "host/ordered_pool.h"

namespace portcullis::simulation {
namespace {

struct Block {
  FactBlock text;
  size_t file = 0;
};

struct JudgedBlock {
  BlockTally tally;
  size_t file = 0;
  FactBlock used;  // given back, for the next block
};

// Workers that wait for a block. A worker keeps its memory of lines from one block to the next.
class WorkerShelf {
 public:
  explicit WorkerShelf(const FactJudge& judge) : judge_(judge) {}

  JudgedBlock Judge(Block block) {
    std::unique_ptr<FactWorker> worker = Take();
    JudgedBlock judged{worker->Judge({block.text.data(), block.text.size()}), block.file,
                       std::move(block.text)};
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(worker));
    return judged;
  }

 private:
  std::unique_ptr<FactWorker> Take() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return std::make_unique<FactWorker>(judge_);
    std::unique_ptr<FactWorker> worker = std::move(idle_.back());
    idle_.pop_back();
    return worker;
  }

  const FactJudge& judge_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<FactWorker>> idle_;
};

Result<UniqueFd> OpenFacts(const std::string& path) {
  // A pipe without a writer must not be waited for.
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd.valid()) return Fail(ErrorCode::kIo, std::strerror(errno));
  fcntl(fd.get(), F_SETFL, 0);
  return fd;
}

struct Feeder {
  OrderedPool<Block, JudgedBlock>& pool;
  std::vector<FactBlock>& spare;  // blocks whose memory may be used again
};

FactBlock TakeSpare(std::vector<FactBlock>& spare) {
  if (spare.empty()) return {};
  FactBlock block = std::move(spare.back());
  spare.pop_back();
  return block;
}

Result<void> ReadBlocks(int fd, size_t file, Feeder& feeder) {
  FactBlocks blocks(TRY(PackedInput::Begin(FeedOf(fd))));
  while (true) {
    FactBlock text = TRY(blocks.Next(TakeSpare(feeder.spare)));
    if (text.empty()) return {};
    feeder.pool.Add({std::move(text), file});
  }
}

Result<void> ReadFile(const std::string& path, int in_fd, size_t file, Feeder& feeder) {
  if (path == "-") return ReadBlocks(in_fd, file, feeder);
  const UniqueFd fd = TRY(OpenFacts(path));
  return ReadBlocks(fd.get(), file, feeder);
}

}  // namespace

void SimulateFacts(const std::vector<std::string>& files, int in_fd, const Setup& setup,
                   SimulationTally& tally) {
  const FactJudge judge(setup);
  WorkerShelf workers(judge);
  std::vector<uint64_t> lines(files.size());
  std::vector<FactBlock> spare;
  OrderedPool<Block, JudgedBlock> pool(
      setup.threads, setup.threads * kBlocksWaiting,
      [&](Block block) { return workers.Judge(std::move(block)); },
      [&](JudgedBlock judged) {
        uint64_t& before = lines[judged.file];
        const uint64_t more = judged.tally.lines;
        tally.Add(std::move(judged.tally), files[judged.file], before);
        before += more;
        spare.push_back(std::move(judged.used));
      });
  Feeder feeder{pool, spare};
  for (size_t i = 0; i < files.size(); ++i) {
    if (auto read = ReadFile(files[i], in_fd, i, feeder); !read) {
      tally.problems.push_back({files[i], std::move(read).error()});
    }
  }
  pool.Finish();
}

}  // namespace portcullis::simulation
