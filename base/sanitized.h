// SPDX-License-Identifier: Apache-2.0
// Whether this program was built with a sanitizer, whose run-time library allocates and calls the
// kernel by itself.
#pragma once

namespace portcullis {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace portcullis
