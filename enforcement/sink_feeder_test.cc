// SPDX-License-Identifier: Apache-2.0
#include "enforcement/sink_feeder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <mutex>

#include "enforcement/event_of.h"

namespace portcullis::enforcement {
namespace {

using ::testing::HasSubstr;

struct Reader {
  std::atomic<bool> is_frozen{false};
  std::atomic<int> taken{0};
};

class FakeSink final : public eventlog::Sink {
 public:
  explicit FakeSink(Reader& reader) : reader_(reader) {}
  Result<void> Put(std::string_view) override {
    if (reader_.is_frozen) return Fail(ErrorCode::kIo, "frozen");
    ++reader_.taken;
    return {};
  }

 private:
  Reader& reader_;
};

std::shared_ptr<const eventlog::Event> Note() {
  return std::make_shared<const eventlog::Event>(
      MakeServiceEvent(eventlog::EventId::kNote, "something"));
}

std::string AwaitNews(SinkFeeder& feeder) {
  for (int i = 0; i < 500; ++i) {
    if (const auto news = feeder.TakeNews()) return *news;
    usleep(10'000);
  }
  return "";
}

TEST(SinkFeeder, HandsOverWhatWaitsAtItsEnd) {
  Reader reader;
  {
    SinkFeeder feeder("x", std::make_unique<FakeSink>(reader), eventlog::Rendering::kEcs, {});
    for (int i = 0; i < 100; ++i) feeder.Feed(Note());
  }
  EXPECT_EQ(reader.taken, 100);
}

TEST(SinkFeeder, SaysOnceThatNobodyReadsAndHowMuchWasMissed) {
  Reader reader;
  reader.is_frozen = true;
  SinkFeeder feeder("x", std::make_unique<FakeSink>(reader), eventlog::Rendering::kEcs, {});
  for (int i = 0; i < 10; ++i) feeder.Feed(Note());
  EXPECT_EQ(AwaitNews(feeder), "the sink x takes nothing: frozen");
  usleep(100'000);
  EXPECT_EQ(feeder.TakeNews(), std::nullopt);
  reader.is_frozen = false;
  feeder.Feed(Note());
  EXPECT_THAT(AwaitNews(feeder), HasSubstr("takes events again; 10 did not reach it"));
}

}  // namespace
}  // namespace portcullis::enforcement
