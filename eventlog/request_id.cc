// SPDX-License-Identifier: Apache-2.0
#include "eventlog/request_id.h"

#include <sys/random.h>
#include <unistd.h>

#include <ctime>

namespace portcullis::eventlog {
namespace {

constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr unsigned kCharacters = 12;
constexpr unsigned kGroup = 4;
constexpr unsigned kBitsOfDigit = 5;
constexpr unsigned kHalfBits = kCharacters * kBitsOfDigit / 2;
constexpr uint64_t kHalfMask = (uint64_t{1} << kHalfBits) - 1;
constexpr unsigned kRounds = 8;

// Murmur's finalizer.
uint64_t Mix(uint64_t x) {
  x = (x ^ x >> 33) * 0xFF51'AFD7'ED55'8CCD;
  x = (x ^ x >> 33) * 0xC4CE'B9FE'1A85'EC53;
  return x ^ x >> 33;
}

// A Feistel network over 60 bits: whatever its round function, each number has its own image.
uint64_t Permute(uint64_t number, const uint64_t (&key)[2]) {
  uint64_t left = number >> kHalfBits & kHalfMask;
  uint64_t right = number & kHalfMask;
  for (unsigned round = 0; round < kRounds; ++round) {
    const uint64_t next = left ^ (Mix(Mix(right + key[round % 2]) + round + key[1]) & kHalfMask);
    left = right;
    right = next;
  }
  return left << kHalfBits | right;
}

std::string Write(uint64_t number) {
  std::string text;
  for (unsigned i = 0; i < kCharacters; ++i) {
    if (i > 0 && i % kGroup == 0) text += '-';
    text += kDigits[number >> (kCharacters - 1 - i) * kBitsOfDigit & (kDigits.size() - 1)];
  }
  return text;
}

size_t DigitOf(char c) {
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (c == 'O') c = '0';
  if (c == 'I' || c == 'L') c = '1';
  return kDigits.find(c);
}

}  // namespace

RequestIds::RequestIds() : key_{0, 0} {
  if (getrandom(key_, sizeof(key_), GRND_NONBLOCK) == sizeof(key_)) return;
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  key_[0] =
      Mix(static_cast<uint64_t>(now.tv_sec) * 1'000'000'007 + static_cast<uint64_t>(now.tv_nsec));
  key_[1] = Mix(key_[0] + static_cast<uint64_t>(getpid()));
}

std::string RequestIds::Next() {
  return Write(Permute(count_.fetch_add(1, std::memory_order_relaxed), key_));
}

std::optional<std::string> ParseRequestId(std::string_view typed) {
  uint64_t number = 0;
  unsigned digits = 0;
  for (const char c : typed) {
    if (c == '-') continue;
    const size_t digit = DigitOf(c);
    if (digit == std::string_view::npos || ++digits > kCharacters) return std::nullopt;
    number = number << kBitsOfDigit | digit;
  }
  if (digits != kCharacters) return std::nullopt;
  return Write(number);
}

}  // namespace portcullis::eventlog
