// SPDX-License-Identifier: Apache-2.0
// A store in a folder of its own, for the tests of the store.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "eventlog/event_store.h"

namespace portcullis::eventlog {

inline constexpr int64_t kSecond = 1'000'000'000;
using Sequences = std::vector<uint64_t>;

inline int64_t Now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::nanoseconds(now).count();
}

inline Event Denied(const std::string& path) {
  Event event;
  event.id = EventId::kProgramDenied;
  event.time_ns = event.last_time_ns = Now();
  event.decision.emplace();
  event.decision->file.path = path;
  return event;
}

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() {
    std::string name = (std::filesystem::temp_directory_path() / "event-store-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    path_ = folder_ + "/events.db";
  }
  ~StoreTest() override { std::filesystem::remove_all(folder_); }

  EventStore OpenWriter(StoreLimits limits = {}) {
    auto store = EventStore::OpenForWriting(path_, limits);
    if (!store) throw std::runtime_error(store.error().message);
    return *std::move(store);
  }
  EventStore OpenReader() {
    auto store = EventStore::OpenForReading(path_);
    if (!store) throw std::runtime_error(store.error().message);
    return *std::move(store);
  }

  static void Write(EventStore& store, const std::vector<Event>& events) {
    const auto written = store.Write(events, {});
    ASSERT_TRUE(written) << written.error().message;
  }
  static void WriteDenied(EventStore& store, const std::string& path, size_t count) {
    Write(store, std::vector<Event>(count, Denied(path)));
  }

  static std::vector<Event> EventsOf(const EventStore& store, const EventFilter& filter) {
    auto events = store.Read(filter);
    if (events) return *std::move(events);
    ADD_FAILURE() << events.error().message;
    return {};
  }
  static Sequences SequencesOf(const EventStore& store, const EventFilter& filter) {
    Sequences sequences;
    for (const Event& event : EventsOf(store, filter)) sequences.push_back(event.sequence);
    return sequences;
  }
  static std::vector<std::string> PathsOf(const EventStore& store, const EventFilter& filter) {
    std::vector<std::string> paths;
    for (const Event& event : EventsOf(store, filter)) {
      paths.push_back(event.decision ? event.decision->file.path : "");
    }
    return paths;
  }

  static mode_t ModeOf(const std::string& path) {
    struct stat status = {};
    return stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
  }
  std::vector<std::string> FilesSetAside() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      const std::string name = entry.path().filename();
      if (name.find(".bad") != std::string::npos) names.push_back(entry.path());
    }
    return names;
  }

  std::string folder_;
  std::string path_;
};

}  // namespace portcullis::eventlog
