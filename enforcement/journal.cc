// SPDX-License-Identifier: Apache-2.0
#include "enforcement/journal.h"

#include <poll.h>
#include <unistd.h>

#include <memory>
#include <utility>
#include <vector>

#include "enforcement/desktop_notifier.h"
#include "enforcement/event_of.h"
#include "enforcement/heartbeat.h"
#include "enforcement/journal_store.h"
#include "enforcement/sink_feeder.h"
#include "enforcement/user_notice.h"

namespace portcullis::enforcement {
namespace {

constexpr int kMaxPacketsATurn = 64;
constexpr int kIdleMs = 500;
constexpr int kBatchMs = 50;

std::unique_ptr<eventlog::Sink> OpenSink(const SinkSetting& setting) {
  switch (setting.kind) {
    case SinkSetting::Kind::kJournald:
      return eventlog::MakeJournaldSink();
    case SinkSetting::Kind::kSyslog:
      return eventlog::MakeSyslogSink();
    case SinkSetting::Kind::kFile:
      break;
  }
  return eventlog::MakeFileSink(setting.path);
}

class JournalProcess {
 public:
  JournalProcess(const JournalSetup& setup, ChildSelf self)
      : setup_(setup),
        self_(std::move(self)),
        store_(setup.config.StorePath(), setup.config.store, *setup.link->counters),
        notices_(setup.config.notice, [fd = setup.notices](uint32_t uid, const std::string& text) {
          if (fd < 0) return;
          // One that finds no room is not shown.
          [[maybe_unused]] const auto sent = SendPacket(fd, AsBytes(EncodeNotice({uid, text})));
        }) {}

  int Run() {
    while (!ended_) {
      self_.Beat();
      Wait();
      TakePackets();
      TakeNews();
      if (store_.IsDue(MonotonicNs())) Write();
    }
    while (TakePackets() > 0) Write();
    Write();
    return 0;
  }

 private:
  void Wait() {
    pollfd waited[] = {{self_.link.get(), POLLIN, 0}, {setup_.link->reader.get(), POLLIN, 0}};
    poll(waited, std::size(waited), store_.is_empty() ? kIdleMs : kBatchMs);
    // Nothing is ever said on the link: it ends.
    if (waited[0].revents != 0) ended_ = true;
  }

  int TakePackets() {
    for (int taken = 0; taken < kMaxPacketsATurn; ++taken) {
      const auto packet = ReceivePacket(setup_.link->reader.get(), kMaxJournalPacket);
      if (!packet) return taken;
      uint64_t damaged = 0;
      for (eventlog::Event& event : EventsIn(packet->bytes, damaged)) Take(std::move(event));
      if (damaged > 0) setup_.link->counters->Lose(damaged);
    }
    return kMaxPacketsATurn;
  }

  void Take(eventlog::Event event) {
    const int64_t now = MonotonicNs();
    const NoticeSettings& notice = setup_.config.notice;
    const bool may_tell =
        (notice.to_terminal || notice.to_desktop) && event.decision && event.decision->blocked;
    const std::optional<eventlog::Event> told =
        may_tell ? std::optional(event) : std::nullopt;  // Add keeps the event itself
    const std::string request_id = store_.Add(std::move(event), now);
    if (told) notices_.Tell(*told, request_id, now);
    if (store_.IsDue(now)) Write();
  }

  void Write() {
    const auto fresh = store_.Write(MonotonicNs());
    OpenSinks();
    for (const auto& event : fresh) {
      for (const auto& feeder : feeders_) feeder->Feed(event);
    }
  }

  // Behind the first try to open the store, which knows the stream.
  void OpenSinks() {
    if (!feeders_.empty()) return;
    eventlog::Origin origin = setup_.origin;
    origin.stream = store_.stream();
    for (const SinkSetting& setting : setup_.config.sinks) {
      feeders_.push_back(std::make_unique<SinkFeeder>(setting.Name(), OpenSink(setting),
                                                      setting.rendering, origin));
    }
  }

  void TakeNews() {
    for (const auto& feeder : feeders_) {
      const auto news = feeder->TakeNews();
      if (!news) continue;
      static_cast<void>(
          store_.Add(MakeServiceEvent(eventlog::EventId::kNote, *news), MonotonicNs()));
    }
  }

  const JournalSetup& setup_;
  const ChildSelf self_;
  JournalStore store_;
  UserNotices notices_;
  std::vector<std::unique_ptr<SinkFeeder>> feeders_;
  bool ended_ = false;
};

}  // namespace

int RunJournal(const JournalSetup& setup, ChildSelf self) {
  return JournalProcess(setup, std::move(self)).Run();
}

}  // namespace portcullis::enforcement
