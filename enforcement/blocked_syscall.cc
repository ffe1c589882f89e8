// SPDX-License-Identifier: Apache-2.0
#include "enforcement/blocked_syscall.h"

#include <fcntl.h>

#include <algorithm>
#include <charconv>

namespace portcullis::enforcement {
namespace {

enum class Purpose : uint8_t { kOpen, kExecute };

// A call of interest, and which argument of an open holds its flags.
struct Call {
  uint64_t number;
  Purpose purpose;
  size_t flags = 0;
};

[[maybe_unused]] constexpr uint64_t kUnknownTable = ~uint64_t{0};

// A thread that waits in an open waits in one of these, so the numbers of 64-bit and 32-bit tasks
// may stand together: where they collide, the other meaning opens nothing.
#if defined(__x86_64__)
constexpr Call kCalls[] = {
    {2, Purpose::kOpen, 1},            // open
    {85, Purpose::kOpen, 7},           // creat: always for writing
    {257, Purpose::kOpen, 2},          // openat
    {304, Purpose::kOpen, 2},          // open_by_handle_at
    {59, Purpose::kExecute},           // execve
    {322, Purpose::kExecute},          // execveat
    {5, Purpose::kOpen, 1},            // i386: open
    {8, Purpose::kOpen, 7},            // i386: creat
    {295, Purpose::kOpen, 2},          // i386: openat
    {342, Purpose::kOpen, 2},          // i386: open_by_handle_at
    {11, Purpose::kExecute},           // i386: execve
    {358, Purpose::kExecute},          // i386: execveat
    {0x4000'0208, Purpose::kExecute},  // x32: execve
    {0x4000'0221, Purpose::kExecute},  // x32: execveat
};
#elif defined(__aarch64__)
constexpr Call kCalls[] = {
    {56, Purpose::kOpen, 2},   // openat
    {265, Purpose::kOpen, 2},  // open_by_handle_at
    {221, Purpose::kExecute},  // execve
    {281, Purpose::kExecute},  // execveat
    {5, Purpose::kOpen, 1},    // arm: open
    {322, Purpose::kOpen, 2},  // arm: openat
    {11, Purpose::kExecute},   // arm: execve
    {387, Purpose::kExecute},  // arm: execveat
};
#else
constexpr Call kCalls[] = {{kUnknownTable, Purpose::kExecute}};  // every call may be any
#endif

constexpr size_t kAlwaysWrites = 7;

std::string_view TakeWord(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \n"), text.size()));
  const std::string_view word = text.substr(0, std::min(text.find_first_of(" \n"), text.size()));
  text.remove_prefix(word.size());
  return word;
}

bool TakeAddress(std::string_view& text, uint64_t& address) {
  std::string_view word = TakeWord(text);
  if (!word.starts_with("0x")) return false;
  word.remove_prefix(2);
  const char* end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, address, 16);
  return error == std::errc() && stop == end;
}

Unexpected Malformed() {
  return Fail(ErrorCode::kMalformed, "thread's system call: neither running nor numbers");
}

}  // namespace

Result<std::optional<BlockedSyscall>> ParseBlockedSyscall(std::string_view text) {
  const std::string_view first = TakeWord(text);
  if (first == "running") return std::nullopt;
  BlockedSyscall call;
  if (first != "-1") {
    uint64_t number = 0;
    const char* end = first.data() + first.size();
    const auto [stop, error] = std::from_chars(first.data(), end, number);
    if (error != std::errc() || stop != end) return Malformed();
    call.number = number;
    for (uint64_t& argument : call.arguments) {
      if (!TakeAddress(text, argument)) return Malformed();
    }
  }
  uint64_t stack_pointer = 0;
  if (!TakeAddress(text, stack_pointer) || !TakeAddress(text, call.instruction_pointer)) {
    return Malformed();
  }
  return call;
}

bool MayOpenToLoad(const BlockedSyscall& call) {
  if (!call.number) return true;
  const auto* found = std::ranges::find(kCalls, *call.number, &Call::number);
  if (found == std::end(kCalls)) return true;
  if (found->purpose == Purpose::kExecute || found->flags == kAlwaysWrites) return false;
  return (call.arguments[found->flags] & O_ACCMODE) == O_RDONLY;
}

bool MayBeExecve(const BlockedSyscall& call) {
  if (!call.number) return false;
  const auto* found = std::ranges::find(kCalls, *call.number, &Call::number);
  if (found == std::end(kCalls)) return kCalls[0].number == kUnknownTable;
  return found->purpose == Purpose::kExecute;
}

}  // namespace portcullis::enforcement
