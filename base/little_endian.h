// SPDX-License-Identifier: Apache-2.0
// Appends integers to bytes, least significant byte first, as Windows has them.
//
// Threads: pure functions of their arguments.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace portcullis {

inline void AppendLe16(std::string& bytes, uint16_t value) {
  bytes.push_back(static_cast<char>(value));
  bytes.push_back(static_cast<char>(value >> 8));
}

inline void AppendLe32(std::string& bytes, uint32_t value) {
  AppendLe16(bytes, static_cast<uint16_t>(value));
  AppendLe16(bytes, static_cast<uint16_t>(value >> 16));
}

inline void AppendLe64(std::string& bytes, uint64_t value) {
  AppendLe32(bytes, static_cast<uint32_t>(value));
  AppendLe32(bytes, static_cast<uint32_t>(value >> 32));
}

// `text`, which is UTF-8, as UTF-16LE. What is not UTF-8 becomes U+FFFD.
std::string ToUtf16Le(std::string_view text);

}  // namespace portcullis
