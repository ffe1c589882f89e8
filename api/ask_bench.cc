// SPDX-License-Identifier: Apache-2.0
// What it costs to ask the running service about a file that it knows, on a kept connection.
//
//   ask_bench SOCKET FILE COUNT
//
// Prints the 50th and 99th percentile and the longest of COUNT calls of portcullis_identify, and,
// to hold them against, of the same number of round trips over a socket pair between two processes:
// what the kernel takes for any answer at all. tools/bench_ask starts the service.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

#include "api/portcullis.h"
#include "base/clock.h"

namespace {

constexpr int kWarmUps = 1000;

void Report(const char* name, int count, const std::function<bool()>& call) {
  std::vector<int64_t> took;
  took.reserve(static_cast<size_t>(count));
  for (int i = 0; i < kWarmUps + count; ++i) {
    const int64_t began = portcullis::MonotonicNs();
    if (!call()) {
      std::fprintf(stderr, "%s: call %d failed\n", name, i);
      std::exit(1);
    }
    if (i >= kWarmUps) took.push_back(portcullis::MonotonicNs() - began);
  }
  std::ranges::sort(took);
  const auto at = [&](double part) {
    return static_cast<double>(
               took[static_cast<size_t>(part * static_cast<double>(took.size() - 1))]) /
           1000;
  };
  std::printf("%-22s p50 %6.1f us   p99 %6.1f us   most %7.1f us\n", name, at(0.5), at(0.99),
              at(1));
}

// Echoes until the other end is closed.
int StartEcho() {
  int ends[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return -1;
  if (fork() == 0) {
    close(ends[0]);
    char bytes[128];
    ssize_t size = 0;
    while ((size = recv(ends[1], bytes, sizeof bytes, 0)) > 0) {
      if (send(ends[1], bytes, static_cast<size_t>(size), MSG_NOSIGNAL) < 0) break;
    }
    _exit(0);
  }
  close(ends[1]);
  return ends[0];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const int count = std::max(1, std::atoi(argv[3]));
  portcullis_context* context = nullptr;
  if (portcullis_open(argv[1], &context) != 0) return 1;
  portcullis_code code = PORTCULLIS_CODE_INIT;
  code.fd = open(argv[2], O_RDONLY | O_CLOEXEC);
  code.policy_name = PORTCULLIS_POLICY_SCRIPT;
  Report("ask, a seen file", count, [&] {
    portcullis_result result = PORTCULLIS_RESULT_INIT;
    return portcullis_identify(context, &code, &result) == 0 &&
           result.level == PORTCULLIS_LEVEL_FULLY_TRUSTED;
  });
  const int echo = StartEcho();
  Report("round trip alone", count, [&] {
    char bytes[128] = {};
    return send(echo, bytes, 80, MSG_NOSIGNAL) == 80 && recv(echo, bytes, sizeof bytes, 0) == 80;
  });
  close(echo);
  portcullis_close(context);
  return 0;
}
