// SPDX-License-Identifier: Apache-2.0
// The one way a function of this project reports that its input was wrong.
//
// Shape:   Result<T> is a T or an Error; Error is a code for programs and a message for people.
// Errors:  nothing in the project throws; a library that does stays inside one .cc that catches.
//          A message says what, where (offset or line), found and allowed; never raw input bytes.
// Threads: values; share as you share any other value.
#pragma once

#include <cstdint>
#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace portcullis {

enum class ErrorCode : uint8_t {
  kTruncated,      // the input ends before what it promised
  kMalformed,      // the input breaks the rules of its format
  kUnsupported,    // a legal input that this project does not read
  kLimitExceeded,  // a named limit of this project
  kUntrusted,      // well-formed, but not vouched for by a trust anchor
  kNotFound,       // what was asked for is not there
  kIo,             // the operating system refused
};

struct [[nodiscard]] Error {
  ErrorCode code = ErrorCode::kMalformed;
  std::string message;

  friend bool operator==(const Error&, const Error&) = default;
};

template <typename T>
using Result = tl::expected<T, Error>;

using Unexpected = tl::unexpected<Error>;

// The usual way to return a failure: `return Fail(ErrorCode::kMalformed, "...");`
[[nodiscard]] inline Unexpected Fail(ErrorCode code, std::string message) {
  return Unexpected(Error{code, std::move(message)});
}

// "truncated", "malformed", ...: for logs and JSON.
const char* ToString(ErrorCode code);

}  // namespace portcullis

// TRY(expr): the value of a Result<T> expression, or return its error from this function.
#define PORTCULLIS_CAT_(a, b) a##b
#define PORTCULLIS_CAT(a, b) PORTCULLIS_CAT_(a, b)
#define PORTCULLIS_TRY_(r, expr)                             \
  __extension__({                                            \
    auto&& r = (expr);                                       \
    if (!(r)) [[unlikely]]                                   \
      return ::portcullis::Unexpected(std::move(r).error()); \
    *std::move(r);                                           \
  })
#define TRY(expr) PORTCULLIS_TRY_(PORTCULLIS_CAT(try_result_, __COUNTER__), expr)

// TRY_VOID(expr): the same for a Result<void> expression.
#define TRY_VOID(expr)                                                      \
  do {                                                                      \
    if (auto try_void_result_ = (expr); !try_void_result_) [[unlikely]]     \
      return ::portcullis::Unexpected(std::move(try_void_result_).error()); \
  } while (false)
