// SPDX-License-Identifier: Apache-2.0
#include "base/write_now.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "base/unique_fd.h"

namespace portcullis {
namespace {

struct Ends {
  UniqueFd reads;
  UniqueFd writes;
};

// A pipe, or a pair of sockets, that nobody reads; it blocks.
Ends Full(bool is_socket) {
  int ends[2];
  EXPECT_EQ(is_socket ? socketpair(AF_UNIX, SOCK_STREAM, 0, ends) : pipe(ends), 0);
  fcntl(ends[1], F_SETFL, O_NONBLOCK);
  const std::string much(4096, 'x');
  while (write(ends[1], much.data(), much.size()) > 0) {
  }
  fcntl(ends[1], F_SETFL, 0);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

TEST(WriteNow, WritesWhereThereIsRoom) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const UniqueFd reads(ends[0]), writes(ends[1]);
  EXPECT_TRUE(WriteNow(writes.get(), "a line\n"));
  char text[16];
  EXPECT_EQ(std::string(text, static_cast<size_t>(read(reads.get(), text, sizeof(text)))),
            "a line\n");
}

TEST(WriteNow, DropsWhatAFullPipeOrSocketHasNoRoomFor) {
  alarm(20);  // it would wait for ever
  for (const bool is_socket : {false, true}) {
    const Ends full = Full(is_socket);
    EXPECT_FALSE(WriteNow(full.writes.get(), "a line\n"));
  }
  alarm(0);
}

TEST(WriteNow, AppendsToAFile) {
  const UniqueFd file(memfd_create("written", MFD_CLOEXEC));
  EXPECT_TRUE(WriteNow(file.get(), "one\n"));
  EXPECT_TRUE(WriteNow(file.get(), "two\n"));
  char text[16];
  EXPECT_EQ(std::string(text, static_cast<size_t>(pread(file.get(), text, sizeof(text), 0))),
            "one\ntwo\n");
}

TEST(WriteNow, SaysWhenNothingCanBeWritten) {
  EXPECT_FALSE(WriteNow(-1, "a line\n"));
  const UniqueFd full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  EXPECT_FALSE(WriteNow(full.get(), "a line\n"));
}

}  // namespace
}  // namespace portcullis
