// SPDX-License-Identifier: Apache-2.0
#include "enforcement/command_line.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>

#include "base/unique_fd.h"
#include "enforcement/blocked_syscall.h"
#include "eventlog/event_limits.h"
#include "host/thread_file.h"

namespace portcullis::enforcement {
namespace {

using Clock = std::chrono::steady_clock;
using eventlog::kMaxEventArgument;
using eventlog::kMaxEventArguments;

constexpr size_t kPage = 4096;
constexpr size_t kMaxPrincipals = 4096;

// Which argument of the call the array is. Tasks of 32 bits have calls of other numbers.
std::optional<size_t> ArrayArgument(const BlockedSyscall& call) {
  if (call.number == SYS_execve) return 1;
  if (call.number == SYS_execveat) return 2;
  return std::nullopt;
}

std::optional<BlockedSyscall> CallOf(pid_t tid) {
  const UniqueFd file(open(ThreadFilePath(tid, "syscall").c_str(), O_RDONLY | O_CLOEXEC));
  char text[kMaxSyscallBytes];
  const ssize_t size = file.valid() ? read(file.get(), text, sizeof(text)) : 0;
  if (size <= 0) return std::nullopt;
  return ParseBlockedSyscall({text, static_cast<size_t>(size)}).value_or(std::nullopt);
}

// As much of [address, address + size) as there is before a page that is not.
size_t ReadMemory(pid_t tid, uint64_t address, void* to, size_t size) {
  const iovec local{to, size};
  std::array<iovec, 4> remote{};
  size_t parts = 0;
  for (size_t done = 0; done < size && parts < remote.size();) {
    const uint64_t at = address + done;
    const size_t part = std::min<size_t>(size - done, kPage - at % kPage);
    remote[parts++] = {reinterpret_cast<void*>(at), part};
    done += part;
  }
  const ssize_t got = process_vm_readv(tid, &local, 1, remote.data(), parts, 0);
  return got < 0 ? 0 : static_cast<size_t>(got);
}

// One byte more than fits shows whoever cuts it that there was more.
std::string ReadText(pid_t tid, uint64_t address) {
  std::string text(kMaxEventArgument + 1, '\0');
  text.resize(ReadMemory(tid, address, text.data(), text.size()));
  text.resize(std::min(text.find('\0'), text.size()));
  return text;
}

}  // namespace

std::vector<std::string> ReadExecArguments(pid_t tid) {
  const auto call = CallOf(tid);
  const auto argument = call ? ArrayArgument(*call) : std::nullopt;
  std::vector<std::string> arguments;
  if (!argument) return arguments;
  std::array<uint64_t, kMaxEventArguments + 1> pointers{};
  const size_t got = ReadMemory(tid, call->arguments[*argument], pointers.data(), sizeof(pointers));
  for (size_t i = 0; i < got / sizeof(uint64_t) && pointers[i] != 0; ++i) {
    arguments.push_back(ReadText(tid, pointers[i]));
  }
  return arguments;
}

struct CommandLines::State {
  explicit State(Reader function) : reader(function) {}
  void Run();

  const Reader reader;
  std::mutex mutex;
  std::condition_variable asked, answered;
  pid_t tid = 0;      // 0: nobody asks
  uint64_t turn = 0;  // of the question
  uint64_t done = 0;  // of the last answer
  bool is_busy = false;
  bool ends = false;
  std::vector<std::string> answer;
  std::unordered_map<uint32_t, Clock::time_point> refused_until;  // by principal
};

// A server of memory may keep this thread even from being killed (FUSE does, once it has the
// request), and with it what it holds: so it holds none of the gate's descriptors. Were it to keep
// the groups open when gate and supervisor are dead, whoever asks would wait for ever.
void CommandLines::State::Run() {
  const bool holds_nothing = close_range(0, ~0U, CLOSE_RANGE_UNSHARE) == 0;
  std::unique_lock lock(mutex);
  if (!holds_nothing) {
    is_busy = true;  // for good: it reads nothing
    return;
  }
  for (;;) {
    asked.wait(lock, [this] { return tid != 0 || ends; });
    if (ends) return;
    const pid_t wanted = std::exchange(tid, 0);
    const uint64_t of = turn;
    lock.unlock();
    std::vector<std::string> found = reader(wanted);
    lock.lock();
    answer = std::move(found);
    done = of;
    is_busy = false;
    answered.notify_all();
  }
}

CommandLines::CommandLines(Reader reader) : state_(std::make_shared<State>(reader)) {
  std::thread([state = state_] { state->Run(); }).detach();
}

CommandLines::~CommandLines() {
  const std::lock_guard lock(state_->mutex);
  state_->ends = true;
  state_->asked.notify_all();
}

std::vector<std::string> CommandLines::Read(pid_t tid, uint32_t principal) {
  State& state = *state_;
  std::unique_lock lock(state.mutex);
  const auto now = Clock::now();
  const auto refused = state.refused_until.find(principal);
  if (state.is_busy || (refused != state.refused_until.end() && now < refused->second)) return {};
  state.is_busy = true;
  state.tid = tid;
  const uint64_t turn = ++state.turn;
  state.asked.notify_one();
  if (state.answered.wait_for(lock, kCommandLinePatience, [&] { return state.done >= turn; })) {
    return state.done == turn ? std::move(state.answer) : std::vector<std::string>();
  }
  if (state.refused_until.size() >= kMaxPrincipals) state.refused_until.clear();
  state.refused_until[principal] = now + kNoMoreFor;
  return {};
}

}  // namespace portcullis::enforcement
