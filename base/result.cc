// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

namespace portcullis {

const char* ToString(ErrorCode code) {
  switch (code) {
    case ErrorCode::kTruncated:
      return "truncated";
    case ErrorCode::kMalformed:
      return "malformed";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kLimitExceeded:
      return "limit-exceeded";
    case ErrorCode::kUntrusted:
      return "untrusted";
    case ErrorCode::kNotFound:
      return "not-found";
    case ErrorCode::kIo:
      return "io";
  }
  return "unknown";
}

}  // namespace portcullis
