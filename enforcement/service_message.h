// SPDX-License-Identifier: Apache-2.0
// What supervisor and gate say to each other.
//
// Shape:   two SOCK_SEQPACKET pairs: one for orders and reports, one on which the gate asks for
//          inspectors. A packet is one byte that says what it is, and text.
// Limits:  kMaxServiceText of text; more is cut.
// Errors:  kMalformed for an empty packet or an unknown byte: both ends are this program, so the
// end
//          that hears it gives the other up.
// Threads: values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace portcullis::enforcement {

inline constexpr size_t kMaxServiceText = 4000;

enum class ServiceWord : uint8_t {
  kStop = 1,       // supervisor: answer everything, then end
  kReload,         // supervisor: read the policies anew
  kReloaded,       // gate: done
  kReloadFailed,   // gate: the former policies stay; text says why
  kFailed,         // gate: it could not start; text says why
  kWantInspector,  // gate
  kInspector,      // supervisor: with socket and pidfd
  kNoInspector,    // supervisor: text says why
};

struct ServiceMessage {
  ServiceWord word = ServiceWord::kStop;
  std::string text;
  UniqueFd first;  // of kInspector
  UniqueFd second;
};

Result<void> Tell(int socket, ServiceWord word, std::string_view text = {});
Result<void> TellInspector(int socket, const UniqueFd& inspector, const UniqueFd& pidfd);
Result<ServiceMessage> Listen(int socket);

// One side's ends of both pairs.
struct ServiceEnds {
  UniqueFd orders;
  UniqueFd inspectors;
};
struct ServiceLink {
  ServiceEnds supervisor;
  ServiceEnds gate;
};
Result<ServiceLink> MakeServiceLink();

}  // namespace portcullis::enforcement
