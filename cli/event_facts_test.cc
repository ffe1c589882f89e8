// SPDX-License-Identifier: Apache-2.0
// Events are input: what eventlog renders as facts is what `test --facts` reads.
#include <gtest/gtest.h>

#include "authoring/facts.h"
#include "eventlog/sample_events.h"
#include "tests/support/random_event.h"

namespace portcullis::cli {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const PathSpeller& Speller() {
  static const PathSpeller speller(HostConfig::Default(), MountTable(), {});
  return speller;
}

FileReport Judged(const eventlog::Event& event) {
  auto report = ParseFact(eventlog::RenderFacts(event), Speller());
  if (report) return std::move(*report);
  ADD_FAILURE() << report.error().message;
  return {};
}

TEST(EventFacts, AreReadAsTheFileThatWasJudged) {
  const FileReport report = Judged(eventlog::SampleDenial());
  EXPECT_EQ(report.path, "/home/alice/tool");
  EXPECT_EQ(report.operation, Operation::kExecute);
  EXPECT_EQ(report.collection, applocker::CollectionType::kExe);
  EXPECT_THAT(report.paths, Contains(PathSpelling{"%OSDRIVE%/home/alice/tool", true, true}));
  EXPECT_EQ(report.identity.publisher, eventlog::SampleFile().publisher);
  EXPECT_EQ(report.identity.unknown, UnknownAttributes{});
  const FileAttributes attributes = MakeFileAttributes(report.identity, report.paths);
  ASSERT_TRUE(attributes.sha256 && attributes.sha256_flat);
  EXPECT_EQ(attributes.sha256->bytes.front(), 0xBB);
  EXPECT_EQ(attributes.sha256_flat->bytes.front(), 0xAA);
}

TEST(EventFacts, KeepWhatWasNotKnown) {
  eventlog::Event event = eventlog::SampleDenial();
  event.decision->file.sha256.reset();
  event.decision->file.rule_sha256.reset();
  event.decision->file.publisher.reset();
  const FileReport report = Judged(event);
  EXPECT_EQ(report.identity.unknown, (UnknownAttributes{true, true}));
  EXPECT_THAT(report.identity.hashes, IsEmpty());
}

TEST(EventFacts, ClaimAPathThatWasNotVerified) {
  eventlog::Event event = eventlog::SampleDenial();
  event.decision->file.path = "/tmp/\xFF";
  event.decision->file.path_verified = false;
  const FileReport report = Judged(event);
  EXPECT_EQ(report.path, "/tmp/\xFF");
  EXPECT_THAT(report.paths, ElementsAre(PathSpelling{"/tmp/\xFF", false, true}));
}

TEST(EventFacts, AreReadWhateverTheEventHolds) {
  testing::Choices choices(8004);
  size_t read = 0;
  for (int i = 0; i < 300; ++i) {
    eventlog::Event event = testing::RandomEvent(choices);
    if (!event.decision || !eventlog::EffectOf(event.id)) continue;
    std::erase(event.decision->file.path, '\0');  // the kernel has no such path
    const auto report = ParseFact(eventlog::RenderFacts(event), Speller());
    ASSERT_TRUE(report) << report.error().message << "\n" << eventlog::RenderFacts(event);
    EXPECT_EQ(report->collection.has_value(),
              event.decision->collection.has_value() &&
                  event.decision->collection != applocker::CollectionType::kManagedInstaller);
    ++read;
  }
  EXPECT_GT(read, 50U);
}

}  // namespace
}  // namespace portcullis::cli
