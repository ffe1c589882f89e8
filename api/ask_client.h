// SPDX-License-Identifier: Apache-2.0
// The asker's end of the connection on which the service is asked about files.
//
// Shape:   connects when it is first needed. A connection that the service has closed (it was
//          replaced, or had no room for silent ones) is made anew, and the question asked again, as
//          often as kAskRetries. One that another process or another user made is not used: the
//          service judges by who connected.
// Errors:  0 or a PORTCULLIS_E_* number.
// Threads: locks itself; one question at a time.
// Source:  docs/safer-api.md.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <mutex>
#include <string>

#include "api/ask_protocol.h"

namespace portcullis::api {

inline constexpr int kAskRetries = 2;
inline constexpr uint32_t kDefaultAskTimeoutMs = 10'000;
inline constexpr uint32_t kMaxAskTimeoutMs = 600'000;

class AskClient {
 public:
  explicit AskClient(std::string socket_path) : path_(std::move(socket_path)) {}
  ~AskClient();
  AskClient(const AskClient&) = delete;
  AskClient& operator=(const AskClient&) = delete;

  void SetTimeout(uint32_t milliseconds);
  // Numbers the request. `answer` is whole where 0 is returned; its own error may still be one.
  int Ask(AskRequest request, AskAnswer& answer);

 private:
  struct Owner {
    pid_t pid = 0;
    uid_t uid = 0;
    gid_t gid = 0;

    static Owner Now();
    friend bool operator==(const Owner&, const Owner&) = default;
  };
  int AskOnce(const AskRequest& request, int64_t until_ns, AskAnswer& answer);
  int Connect(int64_t until_ns);
  void LimitWaiting(uint32_t milliseconds);
  void Drop();

  const std::string path_;
  std::mutex mutex_;
  int socket_ = -1;
  Owner owner_;
  uint32_t timeout_ms_ = kDefaultAskTimeoutMs;
  uint32_t waits_ms_ = 0;  // what the socket is set to
  uint64_t last_number_ = 0;
};

}  // namespace portcullis::api
