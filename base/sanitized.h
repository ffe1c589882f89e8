// SPDX-License-Identifier: Apache-2.0
// Whether this program was built with a sanitizer, whose run-time library allocates and calls the
// kernel by itself.
//
// Shape:   kSanitized; PORTCULLIS_SANITIZED is defined for what must not even be compiled then.
#pragma once

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)  // gcc
#define PORTCULLIS_SANITIZED
#elif defined(__has_feature)  // clang
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define PORTCULLIS_SANITIZED
#endif
#endif

namespace portcullis {

#ifdef PORTCULLIS_SANITIZED
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace portcullis
