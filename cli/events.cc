// SPDX-License-Identifier: Apache-2.0
// `portcullis events`: what the service remembers.
#include <fmt/core.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <functional>

#include "cli/commands.h"
#include "cli/event_query.h"
#include "cli/event_table.h"
#include "eventlog/event_store.h"
#include "eventlog/rendering.h"

namespace portcullis::cli {
namespace {

using eventlog::Event;
using eventlog::EventFilter;
using eventlog::EventStore;
using eventlog::Rendering;

constexpr int kFollowMilliseconds = 200;
constexpr int kMostFailures = 25;  // of looks that follow one another
constexpr uint64_t kShownBeforeFollowing = 10;

std::atomic<bool> was_interrupted = false;

// Ends following at the next look; who waits is woken.
void EndAtInterrupt() {
  struct sigaction action = {};
  action.sa_handler = [](int) { was_interrupted = true; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

// False: interrupted, or nobody reads standard output any more.
bool WaitForMore() {
  pollfd reader = {STDOUT_FILENO, 0, 0};
  if (was_interrupted) return false;
  const int ready = poll(&reader, 1, kFollowMilliseconds);
  if (was_interrupted) return false;
  if (ready > 0 && (reader.revents & POLLERR) != 0) return false;
  // A descriptor that is always ready says nothing of time.
  if (ready > 0) usleep(kFollowMilliseconds * 1000);
  return true;
}

eventlog::Origin OriginOf(const EventStore& store) {
  eventlog::Origin origin;
  std::array<char, 256> name = {};
  if (gethostname(name.data(), name.size() - 1) == 0) origin.host_name = name.data();
  std::ifstream machine_id("/etc/machine-id");
  std::getline(machine_id, origin.machine_id);
  origin.stream = store.stream();
  return origin;
}

// Prints each event as it was asked to.
class EventPrinter {
 public:
  EventPrinter(const EventOptions& options, Io& io) : io_(io) {
    if (options.format != "table") {
      rendering_ = eventlog::ParseRendering(options.format == "json" ? "ecs" : options.format);
    }
    explains_ = !rendering_ && options.request.has_value();
    if (!rendering_ && !explains_) io_.out.Write(EventTableHead());
  }

  void From(const EventStore& store) { origin_ = OriginOf(store); }
  void Print(const Event& event) {
    if (explains_) return io_.out.Write(EventExplanation(event));
    if (!rendering_) return io_.out.Write(EventTableRow(event));
    const std::string text = Render(*rendering_, event, origin_);
    if (!text.empty()) io_.out.Write(text + "\n");
  }

 private:
  Io& io_;
  std::optional<Rendering> rendering_;
  bool explains_ = false;
  eventlog::Origin origin_;
};

class EventReader {
 public:
  EventReader(EventStore store, EventFilter filter, EventPrinter& printer, Io& io)
      : store_(std::move(store)), filter_(std::move(filter)), printer_(printer), io_(io) {
    printer_.From(store_);
  }

  uint64_t printed() const { return printed_; }

  // The newest `limit`, the newest of them last.
  Result<void> PrintNewest(uint64_t limit) {
    const auto last = TRY(store_.LastSequence());
    std::vector<Event> events;
    EventFilter filter = filter_;
    filter.newest_first = true;
    while (events.size() < limit) {
      filter.limit =
          static_cast<size_t>(std::min<uint64_t>(limit - events.size(), eventlog::kMaxPage));
      auto page = TRY(store_.Read(filter));
      if (page.empty()) break;
      filter.before_sequence = page.back().sequence;
      std::ranges::move(page, std::back_inserter(events));
    }
    for (size_t i = events.size(); i-- > 0;) Print(events[i]);
    filter_.after_sequence = std::max(last, events.empty() ? 0 : events.front().sequence);
    return {};
  }

  // All after the last that was printed.
  Result<void> PrintRest() {
    while (!was_interrupted && !io_.out.failed()) {
      const auto page = TRY(store_.Read(filter_));
      for (const Event& event : page) Print(event);
      if (!page.empty()) filter_.after_sequence = page.back().sequence;
      if (page.size() < eventlog::kMaxPage) break;
    }
    return {};
  }

  // A new store at the path is read from its beginning. True: there is one.
  bool TakeUpNewStore(const std::string& path) {
    if (!store_.WasReplaced()) return false;
    auto store = EventStore::OpenForReading(path);
    if (!store) return false;  // not begun yet
    const bool is_another = store->stream() != store_.stream();
    store_ = *std::move(store);
    if (is_another) {
      printer_.From(store_);
      filter_.after_sequence = 0;
    }
    return true;
  }

 private:
  void Print(const Event& event) {
    printer_.Print(event);
    ++printed_;
  }

  EventStore store_;
  EventFilter filter_;
  EventPrinter& printer_;
  Io& io_;
  uint64_t printed_ = 0;
};

Error Explained(const Error& error, const std::string& path) {
  if (error.code == ErrorCode::kNotFound) {
    return {error.code,
            fmt::format("{}: there is no event log; the service makes it when it runs", path)};
  }
  if (geteuid() != 0 && access(path.c_str(), R_OK) != 0) {
    return {error.code, fmt::format("{}: only root may read the event log", path)};
  }
  return error;
}

Result<void> Follow(EventReader& reader, const std::string& path, Io& io) {
  EndAtInterrupt();
  io.out.Flush();
  int failures = 0;
  while (WaitForMore()) {
    const auto printed = reader.PrintRest();
    failures = printed || reader.TakeUpNewStore(path) ? 0 : failures + 1;
    // A store that is corrupt is soon set aside by the one who writes it.
    if (failures == kMostFailures) return printed;
    if (printed) reader.TakeUpNewStore(path);
    io.out.Flush();
    if (io.out.failed()) break;
  }
  return {};
}

Result<uint64_t> PrintEvents(const EventOptions& options, EventFilter filter, Io& io) {
  const std::string path = options.store.value_or(eventlog::kDefaultStore);
  auto store = EventStore::OpenForReading(path);
  if (!store) return Unexpected(Explained(store.error(), path));
  EventPrinter printer(options, io);
  const bool is_whole = !options.limit && (!options.follow || filter.since_ns);
  EventReader reader(*std::move(store), std::move(filter), printer, io);
  TRY_VOID(is_whole ? reader.PrintRest()
                    : reader.PrintNewest(options.limit.value_or(kShownBeforeFollowing)));
  if (options.follow) TRY_VOID(Follow(reader, path, io));
  return reader.printed();
}

}  // namespace

ExitStatus RunEvents(const Options& options, Io& io) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  auto filter = ParseEventFilter(options.events, std::chrono::nanoseconds(now).count());
  if (!filter) {
    PrintError(io, filter.error().message);
    return ExitStatus::kUsage;
  }
  const auto printed = PrintEvents(options.events, *std::move(filter), io);
  if (!printed) {
    PrintError(io, printed.error().message);
    return ExitStatus::kFailed;
  }
  if (*printed == 0 && options.events.request) {
    PrintError(io, "no event has this request id; it may be too old to be remembered");
  }
  return ExitStatus::kDone;
}

}  // namespace portcullis::cli
