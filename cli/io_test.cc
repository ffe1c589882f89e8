// SPDX-License-Identifier: Apache-2.0
#include "cli/io.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "base/unique_fd.h"

namespace portcullis::cli {
namespace {

std::string Content(int fd) {
  std::string text(1 << 10, '\0');
  text.resize(static_cast<size_t>(pread(fd, text.data(), text.size(), 0)));
  return text;
}

TEST(FdOutput, CountsWhatAFullDiskRefusedAndGoesOn) {
  const UniqueFd fd(open("/dev/full", O_WRONLY | O_CLOEXEC));
  FdOutput output(fd.get());
  output.Write("lost\n");
  output.Flush();
  EXPECT_TRUE(output.failed());
  EXPECT_EQ(output.dropped(), 1U);
  const UniqueFd room(memfd_create("room", MFD_CLOEXEC));
  ASSERT_EQ(dup2(room.get(), fd.get()), fd.get());
  output.Write("kept\n");
  output.Flush();
  EXPECT_EQ(Content(room.get()), "kept\n");
  EXPECT_EQ(output.dropped(), 1U);
}

TEST(FdOutput, WaitsForRoomThoughSomebodyMadeThePipeNonBlocking) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_NONBLOCK), 0);
  const UniqueFd reads(ends[0]), writes(ends[1]);
  FdOutput output(writes.get());
  const std::string much(1 << 20, 'x');
  size_t count = 0;
  fcntl(reads.get(), F_SETFL, 0);
  std::thread reader([&] {
    std::string buffer(1 << 16, '\0');
    while (count < much.size()) {
      const ssize_t size = read(reads.get(), buffer.data(), buffer.size());
      if (size <= 0) return;
      count += static_cast<size_t>(size);
    }
  });
  output.Write(much);
  output.Flush();
  EXPECT_FALSE(output.failed());
  if (output.failed()) fcntl(reads.get(), F_SETFL, O_NONBLOCK);
  reader.join();
  EXPECT_EQ(count, much.size());
}

}  // namespace
}  // namespace portcullis::cli
