// SPDX-License-Identifier: Apache-2.0
// What becomes of a store that can not be used, of a full disk, and of a file that somebody
// altered.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <random>
#include <sstream>

#include "eventlog/test_store.h"

namespace portcullis::eventlog {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class StoreFailures : public StoreTest {
 protected:
  void MakeStore(size_t events = 300) {
    EventStore store = OpenWriter();
    Event event = Denied("/a");
    event.decision->rule.emplace().name = "rule";
    event.decision->file.sha256 = std::string(64, 'a');
    event.decision->process.user_sid = Sid{22, {1, 1000}};
    event.decision->process.command_line = {"a"};
    constexpr size_t kBatch = 1000;
    for (size_t i = 0; i < events; i += kBatch) {
      Write(store, std::vector<Event>(std::min(kBatch, events - i), event));
    }
  }

  void Alter(const std::string& sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
  }

  static std::string ContentOf(const std::string& path) {
    std::ostringstream content;
    content << std::ifstream(path, std::ios::binary).rdbuf();
    return content.str();
  }
  static void WriteFile(const std::string& path, const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
  }
  // Over what is there, from `offset` on.
  void Garble(size_t offset) {
    std::string content = ContentOf(path_);
    std::fill(content.begin() + static_cast<std::ptrdiff_t>(offset), content.end(), '\xAA');
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
  }

  // What stood at the path is now beside it, and the new store works.
  void ExpectSetAside(const std::string& word) {
    EventStore store = OpenWriter();
    const auto why = store.TakeSetAside();
    ASSERT_TRUE(why);
    EXPECT_THAT(*why, HasSubstr(word));
    EXPECT_THAT(FilesSetAside(), SizeIs(1));
    for (const std::string& aside : FilesSetAside()) EXPECT_THAT(*why, HasSubstr(aside));
    EXPECT_EQ(store.TakeSetAside(), std::nullopt);
    WriteDenied(store, "/new", 1);
    EXPECT_EQ(SequencesOf(store, {}), Sequences{1});
  }
};

TEST_F(StoreFailures, SetAsideWhatIsNoDatabase) {
  const std::string content(10'000, 'x');
  WriteFile(path_, content);
  ExpectSetAside("not a database");
  EXPECT_EQ(ContentOf(FilesSetAside().at(0)), content);
}

TEST_F(StoreFailures, SetAsideAnotherProgramsDatabase) {
  Alter("CREATE TABLE t(x); PRAGMA application_id=7");
  ExpectSetAside("another program's");
}

TEST_F(StoreFailures, SetAsideANewerStoreAndLoseNothingOfIt) {
  MakeStore();
  Alter("PRAGMA user_version=2");
  ExpectSetAside("version 2");
  std::filesystem::rename(FilesSetAside().at(0), path_);
  Alter("PRAGMA user_version=1");
  EXPECT_EQ(SequencesOf(OpenReader(), {}).size(), 300U);
}

TEST_F(StoreFailures, SetAsideAStoreWithATrigger) {
  MakeStore();
  Alter("CREATE TRIGGER t AFTER INSERT ON event BEGIN DELETE FROM event; END");
  ExpectSetAside("more than this program puts there");
}

TEST_F(StoreFailures, SetAsideAFolder) {
  std::filesystem::create_directory(path_);
  ExpectSetAside("directory");
}

TEST_F(StoreFailures, SetAsideALinkAndLeaveItsTargetAlone) {
  WriteFile(folder_ + "/target", "precious");
  std::filesystem::create_symlink(folder_ + "/target", path_);
  ExpectSetAside("symbolic link");
  EXPECT_EQ(ContentOf(folder_ + "/target"), "precious");
}

TEST_F(StoreFailures, SetAsideAStoreThatLostItsPages) {
  MakeStore(5000);
  Garble(4096);
  ExpectSetAside("malformed");
}

TEST_F(StoreFailures, SetAsideAStoreThatBecomesCorruptWhileItIsWritten) {
  MakeStore(5000);
  EventStore store = OpenWriter();
  Garble(4096);
  std::optional<std::string> why;
  for (int i = 0; i < 20 && !why; ++i) {
    WriteDenied(store, "/new", 10);
    why = store.TakeSetAside();
  }
  ASSERT_TRUE(why);
  EXPECT_THAT(FilesSetAside(), SizeIs(::testing::Ge(1U)));
  EXPECT_THAT(SequencesOf(store, {}), SizeIs(10));
}

TEST_F(StoreFailures, SetAsideEachUnderANameOfItsOwn) {
  for (int i = 0; i < 3; ++i) {
    WriteFile(path_, "x" + std::string(1000, 'y'));
    OpenWriter();
  }
  EXPECT_THAT(FilesSetAside(), SizeIs(3));
}

TEST_F(StoreFailures, ReadNoValueThatCanNotBe) {
  const std::vector<std::string> alterations = {
      "UPDATE event SET id = 4711",
      "UPDATE event SET id = NULL",
      "UPDATE event SET time_ns = NULL",
      "UPDATE event SET count = -1",
      "UPDATE event SET verdict = 4",
      "UPDATE event SET verdict = -1",
      "UPDATE event SET collection = 6",
      "UPDATE event SET blocked = 2",
      "UPDATE event SET pid = 4294967296",
      "UPDATE event SET text = printf('%.*c', 3000, 'x')",
      "UPDATE event SET command_line = x'FFFF'",
      "UPDATE event SET command_line = NULL",
      "UPDATE event SET rule = 77",
      "UPDATE rule SET is_deny = 5",
      "UPDATE file SET path = NULL",
      "UPDATE file SET path = printf('%.*c', 5000, 'x')",
      "UPDATE file SET sha256 = x'00'",
      "UPDATE file SET publisher = 'O=A'",
      "UPDATE file SET unknown = 4",
      "UPDATE account SET sid = 'S-1-x'",
      "UPDATE account SET uid = -1",
      "DELETE FROM file",
      "DELETE FROM event WHERE sequence = 1",
      "UPDATE event_index SET entries = x'00'",
      "UPDATE event_index SET entries = zeroblob(18 * 451)",
      "UPDATE event_index SET first = -1 WHERE first = 1",
  };
  for (const std::string& alteration : alterations) {
    std::filesystem::remove_all(path_);
    MakeStore();
    Alter(alteration);
    const auto events = OpenReader().Read({.before_sequence = 2});
    if (alteration.ends_with("WHERE first = 1")) {
      EXPECT_TRUE(!events || events->empty()) << alteration;
      continue;
    }
    ASSERT_FALSE(events) << alteration;
    EXPECT_EQ(events.error().code, ErrorCode::kMalformed) << alteration;
  }
}

TEST_F(StoreFailures, RefuseToReadWhatIsNoStore) {
  WriteFile(path_, std::string(10'000, 'x'));
  const auto reader = EventStore::OpenForReading(path_);
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, ErrorCode::kMalformed);
  EXPECT_THAT(reader.error().message, HasSubstr("events.db"));
}

TEST_F(StoreFailures, SurviveAnyBytesInTheFile) {
  MakeStore(1000);
  const std::string good = ContentOf(path_);
  std::mt19937_64 random(20261125);
  size_t refused = 0;
  for (int i = 0; i < 300; ++i) {
    std::string bad = good;
    for (int n = 0; n < 20; ++n) bad[random() % bad.size()] = static_cast<char>(random());
    WriteFile(path_, bad);
    const auto reader = EventStore::OpenForReading(path_);
    if (!reader || !reader->Read({}) || !reader->Read({.user = "S-1-22-1-1000"})) ++refused;
  }
  EXPECT_GT(refused, 100U);
}

// Holds back what a process may write, as a full disk does.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    old_handler_ = signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit = {bytes, old_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &old_);
    signal(SIGXFSZ, old_handler_);
  }

 private:
  rlimit old_ = {};
  sighandler_t old_handler_ = nullptr;
};

TEST_F(StoreFailures, LoseNothingStoredWhenAWriteFails) {
  EventStore store = OpenWriter();
  WriteDenied(store, "/before", 500);
  {
    const FileSizeLimit limit(std::filesystem::file_size(path_ + "-wal"));
    const auto written = store.Write(std::vector<Event>(500, Denied("/lost")), {});
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, ErrorCode::kIo);
    EXPECT_EQ(SequencesOf(store, {}).size(), 500U);
  }
  WriteDenied(store, "/after", 2);
  EXPECT_EQ(PathsOf(store, {.after_sequence = 499}),
            (std::vector<std::string>{"/before", "/after", "/after"}));
  EXPECT_EQ(store.TakeSetAside(), std::nullopt);
}

// In a child with mounts of its own. 0: the store did what it must.
int FillADisk(const std::string& folder) {
  if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=6m") != 0) {
    return 10;
  }
  auto store = EventStore::OpenForWriting(folder + "/events.db", {});
  if (!store) return 11;
  const std::vector<Event> batch(1000, Denied("/" + std::string(200, 'x')));
  uint64_t stored = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto written = store->Write(batch, {});
    if (!written && written.error().code != ErrorCode::kIo) return 12;
    if (!written) break;
    stored += batch.size();
  }
  if (stored == 0 || store->LastSequence() != stored) return 13;
  const auto reader = EventStore::OpenForReading(folder + "/events.db");
  if (!reader) return 14;
  const auto last = reader->Read({.limit = 1, .newest_first = true});
  if (!last || last->size() != 1 || last->front().sequence != stored) return 15;
  // Room again: it goes on where it was.
  if (mount("tmpfs", folder.c_str(), "tmpfs", MS_REMOUNT, "size=60m") != 0) return 16;
  const auto written = store->Write(batch, {});
  return written && written->first_sequence == stored + 1 && !store->TakeSetAside() ? 0 : 17;
}

TEST_F(StoreFailures, LoseNothingStoredWhenTheDiskIsFull) {
  if (geteuid() != 0) GTEST_SKIP() << "only root mounts";
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) _exit(FillADisk(folder_));
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 10) GTEST_SKIP() << "no mounts of its own";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace portcullis::eventlog
