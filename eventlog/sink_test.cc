// SPDX-License-Identifier: Apache-2.0
#include "eventlog/sink.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/unique_fd.h"

namespace portcullis::eventlog {
namespace {

using ::testing::HasSubstr;

class Sinks : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/portcullis-sink-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    directory_ = name;
    path_ = directory_ + "/at";
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  // Whoever stands in for journald or syslog.
  void Listen() {
    std::filesystem::remove(path_);
    reader_.Reset(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, path_.size());
    ASSERT_EQ(bind(reader_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  }
  struct Heard {
    std::string text;
    int seals = 0;  // of the memory file it came in
  };
  Heard Hear() const {
    std::string bytes(1 << 20, '\0');
    iovec part{bytes.data(), bytes.size()};
    union {
      char buffer[CMSG_SPACE(sizeof(int))];
      cmsghdr alignment;
    } control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.buffer;
    message.msg_controllen = sizeof(control.buffer);
    const ssize_t size = recvmsg(reader_.get(), &message, 0);
    if (size < 0) return {"nothing"};
    bytes.resize(static_cast<size_t>(size));
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    if (header == nullptr) return {bytes};
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(header), sizeof(fd));
    const UniqueFd file(fd);
    struct stat status {};
    fstat(file.get(), &status);
    std::string content(static_cast<size_t>(status.st_size), '\0');
    EXPECT_EQ(pread(file.get(), content.data(), content.size(), 0), status.st_size);
    return {content, fcntl(file.get(), F_GET_SEALS)};
  }
  std::string Content(const std::string& path) const {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  std::string directory_, path_;
  UniqueFd reader_;
};

TEST_F(Sinks, HandJournaldADatagram) {
  Listen();
  const auto sink = MakeJournaldSink(path_);
  ASSERT_TRUE(sink->Put("MESSAGE=x\n"));
  const Heard heard = Hear();
  EXPECT_EQ(heard.text, "MESSAGE=x\n");
  EXPECT_EQ(heard.seals, 0);
}

TEST_F(Sinks, HandJournaldASealedFileWhereADatagramIsTooSmall) {
  Listen();
  const auto sink = MakeJournaldSink(path_);
  const std::string large = "MESSAGE=" + std::string(600'000, 'x') + "\n";
  const auto put = sink->Put(large);
  ASSERT_TRUE(put) << put.error().message;
  const Heard heard = Hear();
  EXPECT_EQ(heard.text, large);
  EXPECT_EQ(heard.seals, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
}

TEST_F(Sinks, RefuseWhatAFrozenReaderLeaves) {
  Listen();
  const auto sink = MakeJournaldSink(path_);
  int taken = 0;
  while (taken < 100'000 && sink->Put("x")) ++taken;
  ASSERT_LT(taken, 100'000) << "the reader takes nothing and its queue is never full";
  const auto refused = sink->Put("x");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("nobody reads"));
  while (Hear().text != "nothing") {
  }
  EXPECT_TRUE(sink->Put("y")) << "it thawed";
  EXPECT_EQ(Hear().text, "y");
}

TEST_F(Sinks, FindAReaderThatWasStartedAnew) {
  const auto sink = MakeJournaldSink(path_);
  const auto early = sink->Put("x");
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, ErrorCode::kIo);
  for (int i = 0; i < 2; ++i) {
    Listen();
    ASSERT_TRUE(sink->Put("y"));
    EXPECT_EQ(Hear().text, "y");
  }
}

TEST_F(Sinks, CutWhatIsTooLargeForSyslog) {
  Listen();
  const auto sink = MakeSyslogSink(path_);
  ASSERT_TRUE(sink->Put("<134>1 small"));
  EXPECT_EQ(Hear().text, "<134>1 small");
  ASSERT_TRUE(sink->Put("<134>1 " + std::string(900'000, 'x')));
  const std::string heard = Hear().text;
  EXPECT_THAT(heard, ::testing::StartsWith("<134>1 xxx"));
  EXPECT_GE(heard.size(), 1024U);
}

TEST_F(Sinks, AppendLinesThatOnlyTheirOwnerReads) {
  const auto sink = MakeFileSink(path_);
  ASSERT_TRUE(sink->Put("{\"a\":1}"));
  ASSERT_TRUE(sink->Put("{\"a\":2}"));
  EXPECT_EQ(Content(path_), "{\"a\":1}\n{\"a\":2}\n");
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
}

TEST_F(Sinks, OpenAFileAnewThatWasMovedAway) {
  const auto sink = MakeFileSink(path_);
  ASSERT_TRUE(sink->Put("1"));
  std::filesystem::rename(path_, path_ + ".1");
  ASSERT_TRUE(sink->Put("2"));
  std::filesystem::remove(path_);
  ASSERT_TRUE(sink->Put("3"));
  EXPECT_EQ(Content(path_ + ".1"), "1\n");
  EXPECT_EQ(Content(path_), "3\n");
}

TEST_F(Sinks, WriteToNoLinkAndNoPipe) {
  std::filesystem::create_symlink(directory_ + "/elsewhere", path_);
  const auto sink = MakeFileSink(path_);
  EXPECT_FALSE(sink->Put("1"));
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/elsewhere"));
  std::filesystem::remove(path_);
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  const UniqueFd held(open(path_.c_str(), O_RDWR | O_CLOEXEC));
  EXPECT_FALSE(sink->Put("1"));
}

}  // namespace
}  // namespace portcullis::eventlog
