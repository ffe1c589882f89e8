// SPDX-License-Identifier: Apache-2.0
// Reads anything as /proc/TID/maps and as /proc/TID/syscall; what is found must hold the address
// that was asked for.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/bytes.h"
#include "enforcement/blocked_syscall.h"
#include "enforcement/memory_map.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace portcullis;
  using namespace portcullis::enforcement;
  const std::string_view text = AsText({data, size});
  const auto call = ParseBlockedSyscall(text);
  if (call && *call) (void)MayOpenToLoad(**call);
  (void)IsMappedToExecute(text, "a b");
  for (const uint64_t address : {uint64_t{0}, uint64_t{0x55D0'0000'1FFF}, ~uint64_t{0}}) {
    const auto mapping = FindInMaps(text, address);
    if (mapping && (address < mapping->start || address >= mapping->end)) std::abort();
  }
  return 0;
}
