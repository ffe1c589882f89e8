// SPDX-License-Identifier: Apache-2.0
// Reads anything as /proc/TID/status and loginuid (what stands behind the last NUL byte); what is
// accepted must survive being written as the kernel writes it.
#include <fmt/core.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/bytes.h"
#include "host/thread_credentials.h"

namespace {

std::string AsStatus(const portcullis::ThreadCredentials& thread) {
  std::string name;
  for (const char c : thread.name) {
    if (c == '\n' || c == '\\') name += '\\';
    name += c == '\n' ? 'n' : c;
  }
  std::string text =
      fmt::format("Name:\t{}\nTgid:\t{}\nPPid:\t{}\n", name, thread.tgid, thread.ppid);
  text += fmt::format("Uid:\t0\t{}\t0\t0\nGid:\t0\t{}\t0\t0\nGroups:\t", thread.effective_uid,
                      thread.effective_gid);
  for (const uint32_t group : thread.groups) text += fmt::format("{} ", group);
  return text + '\n';
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace portcullis;
  const std::string_view text = AsText({data, size});
  const size_t nul = text.rfind('\0');
  const std::string_view login_uid = nul == std::string_view::npos ? "" : text.substr(nul + 1);
  const auto thread = ParseCredentials(text.substr(0, nul), login_uid);
  if (!thread) return 0;
  const std::string written = AsStatus(*thread);
  if (written.size() > kMaxStatusBytes) return 0;
  const auto again = ParseCredentials(
      written, thread->login_uid ? fmt::format("{}", *thread->login_uid) : std::string());
  if (!again || *again != *thread) std::abort();
  return 0;
}
