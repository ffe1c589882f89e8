// SPDX-License-Identifier: Apache-2.0
// The store's promises: a million events written, then asked for by each filter alone and in pairs,
// in a store of its ordinary limits. The store is made where $TMPDIR says.
#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "eventlog/event_folding.h"
#include "eventlog/event_store.h"

namespace {

using namespace portcullis;
using namespace portcullis::eventlog;

constexpr size_t kEvents = 1'000'000;
constexpr size_t kBatch = 1000;
constexpr int64_t kSecond = 1'000'000'000;
constexpr const char* kRarePath = "/home/mallory/once";
constexpr const char* kNeverPath = "/home/mallory/never";

// Programs that differ much in how often they run, and `new_files` in a hundred that run once.
class Events {
 public:
  explicit Events(size_t new_files) : new_files_(new_files) {}

  Event Next() {
    Event event;
    const size_t file = random_() % 100 < new_files_ ? 100'000 + number_ : Skewed(5000);
    const size_t user = number_ % 333'333 == 7 ? 999 : Skewed(40);
    Fill(event, file, user);
    ++number_;
    return event;
  }
  size_t number() const { return number_; }

 private:
  size_t Skewed(size_t end) {
    const double at = std::uniform_real_distribution<double>(0, 1)(random_);
    return static_cast<size_t>(static_cast<double>(end) * at * at * at);
  }

  void Fill(Event& event, size_t file, size_t user) {
    event.id = user == 999         ? EventId::kScriptDenied
               : number_ % 50 == 0 ? EventId::kProgramDenied
                                   : EventId::kProgramAllowed;
    event.time_ns = event.last_time_ns = first_ns_ + static_cast<int64_t>(number_) * (kSecond / 50);
    event.request_id = fmt::format("R{}", number_);
    event.generation = 3;
    DecisionEvent& decision = event.decision.emplace();
    decision.verdict = Verdict::kAllowed;
    decision.collection = applocker::CollectionType::kExe;
    decision.enforcement = applocker::EnforcementMode::kEnabled;
    decision.reason = Reason::kRule;
    decision.rule = EventRule{fmt::format("921cc481-6e17-4653-8f75-050b80acc{}", 100 + file % 20),
                              "(Default Rule) All files located in the Windows folder",
                              "D:(XA;;FX;;;S-1-1-0;(APPID://PATH Contains \"%WINDIR%\\*\"))",
                              "corp.xml", false};
    decision.file.path = user == 999 ? kRarePath : fmt::format("/usr/lib/program/{}", file);
    decision.file.path_verified = true;
    decision.file.macro_path = fmt::format("%WINDIR%\\lib\\program\\{}", file);
    decision.file.inode = file;
    decision.file.owner_uid = decision.file.owner_gid = 0;
    decision.file.mode = 0100755;
    decision.file.mtime_ns = first_ns_;
    decision.file.sha256 = decision.file.rule_sha256 = std::string(64, 'a');
    EventProcess& process = decision.process;
    process.pid = process.thread_id = static_cast<uint32_t>(number_ % 4'000'000);
    process.parent_pid = process.pid - 1;
    process.program = "/usr/bin/bash";
    process.uid = process.gid = process.login_uid = static_cast<uint32_t>(1000 + user);
    process.session_id = static_cast<uint32_t>(user + number_ / 100'000);
    process.user = fmt::format("user{}", user);
    process.user_sid = Sid{22, {1, *process.uid}};
    if (event.id != EventId::kProgramAllowed) process.command_line = {"program", "--verbose", "x"};
  }

  const size_t new_files_;
  const int64_t first_ns_ = 1'780'000'000 * kSecond;
  size_t number_ = 0;
  std::mt19937_64 random_{20261125};
};

class Folder {
 public:
  Folder() {
    path_ = (std::filesystem::temp_directory_path() / "store-bench-XXXXXX").string();
    if (mkdtemp(path_.data()) == nullptr) std::abort();
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string store() const { return path_ + "/events.db"; }

 private:
  std::string path_;
};

StoreLimits Limits() {
  return {.max_bytes = uint64_t{256} << 20, .max_age = std::chrono::hours(24 * 36500)};
}

EventStore OpenStore(const Folder& folder) {
  auto store = EventStore::OpenForWriting(folder.store(), Limits());
  if (!store) std::abort();
  return *std::move(store);
}

void WriteBatch(EventStore& store, const std::vector<Event>& batch) {
  const auto written = store.Write(batch, {});
  if (!written) {
    fprintf(stderr, "%s\n", written.error().message.c_str());
    std::abort();
  }
}

// events/s of a million; the largest the store ever was.
void BM_Write(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    const Folder folder;
    EventStore store = OpenStore(folder);
    Events events(static_cast<size_t>(state.range(0)));
    uint64_t largest = 0;
    state.ResumeTiming();
    for (size_t i = 0; i < kEvents; i += kBatch) {
      state.PauseTiming();
      std::vector<Event> batch(kBatch);
      std::ranges::generate(batch, [&events] { return events.Next(); });
      state.ResumeTiming();
      WriteBatch(store, batch);
      largest = std::max(largest, *store.Bytes());
    }
    state.counters["largest_MiB"] = static_cast<double>(largest) / (1 << 20);
    state.counters["kept"] =
        static_cast<double>(*store.LastSequence() - store.Read({.limit = 1})->at(0).sequence + 1);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kEvents));
}
BENCHMARK(BM_Write)
    ->Arg(0)
    ->Arg(10)
    ->Arg(100)
    ->Unit(benchmark::kSecond)
    ->Iterations(1)
    ->UseRealTime();

struct Filled {
  Filled() {
    EventStore store = OpenStore(folder);
    Events events(10);
    std::vector<Event> batch(kBatch);
    for (size_t i = 0; i < kEvents; i += kBatch) {
      std::ranges::generate(batch, [&events] { return events.Next(); });
      if (i == 500'000) middle_ns = batch.front().time_ns;
      WriteBatch(store, batch);
    }
  }
  Folder folder;
  int64_t middle_ns = 0;
};

const Filled& FilledStore() {
  static const Filled filled;
  return filled;
}

struct Question {
  const char* name;
  EventFilter filter;
};

std::vector<Question> Questions() {
  const int64_t middle = FilledStore().middle_ns;
  const std::string common = "/usr/lib/program/1";
  return {
      {"all, newest", {.newest_first = true}},
      {"id, of many", {.ids = {EventId::kProgramAllowed}}},
      {"id, of 3", {.ids = {EventId::kScriptDenied}}},
      {"user, of many", {.user = "user1"}},
      {"user, of 3", {.user = "user999"}},
      {"user, of none", {.user = "nobody"}},
      {"path, of many", {.path = common}},
      {"path, of 3", {.path = kRarePath}},
      {"path, of none", {.path = kNeverPath}},
      {"path, spread thin", {.path = "/usr/lib/program/4000"}},
      {"since the middle", {.since_ns = middle}},
      {"a minute in the middle", {.since_ns = middle, .until_ns = middle + 60 * kSecond}},
      {"request", {.request_id = "R654321"}},
      {"request, of none", {.request_id = "none"}},
      {"user and id, of none", {.ids = {EventId::kScriptDenied}, .user = "user1"}},
      {"user and path, of none", {.user = "user999", .path = common}},
      {"id and path, of none", {.ids = {EventId::kScriptDenied}, .path = common}},
      {"user and time", {.since_ns = middle, .until_ns = middle + 60 * kSecond, .user = "user1"}},
      {"path and time, of none", {.since_ns = middle, .until_ns = middle + 1, .path = common}},
      {"denied of a user", {.ids = {EventId::kProgramDenied}, .user = "user3"}},
  };
}

// A question asked by a process that just opened the store, as the command is.
void BM_Question(benchmark::State& state) {
  const Question question = Questions()[static_cast<size_t>(state.range(0))];
  size_t found = 0;
  for (auto _ : state) {
    const auto store = EventStore::OpenForReading(FilledStore().folder.store());
    if (!store) std::abort();
    const auto events = store->Read(question.filter);
    if (!events) std::abort();
    found = events->size();
  }
  state.SetLabel(question.name);
  state.counters["found"] = static_cast<double>(found);
}
BENCHMARK(BM_Question)->DenseRange(0, 19)->Unit(benchmark::kMillisecond)->UseRealTime();

void BM_Fold(benchmark::State& state) {
  Events events(10);
  std::vector<Event> some(100'000);
  std::ranges::generate(some, [&events] { return events.Next(); });
  EventFolding folding;
  size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(folding.Fold(some[i++ % some.size()]));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Fold);

}  // namespace

BENCHMARK_MAIN();
