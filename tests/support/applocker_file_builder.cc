// SPDX-License-Identifier: Apache-2.0
#include "tests/support/applocker_file_builder.h"

#include "base/little_endian.h"

namespace portcullis::testing {
namespace {

constexpr size_t kCutAt = 256;
constexpr uint32_t kHeaderSize = 28;

// ASCII alone.
void AppendText(std::string& bytes, const std::string& text) {
  if (text.empty()) return;
  for (const char c : text) bytes.append({c, '\0'});
  bytes.append(2, '\0');
}

}  // namespace

std::string BuildAppLockerFile(const AppLockerFileParts& parts) {
  std::string bytes = "ApPF";
  AppendLe32(bytes, parts.unknown_4);
  AppendLe32(bytes, parts.unknown_8);
  AppendLe32(bytes, parts.rules);
  AppendLe32(bytes, kHeaderSize);
  AppendLe32(bytes, static_cast<uint32_t>(parts.descriptor.size()));
  AppendLe32(bytes, parts.flags);
  bytes += parts.descriptor;
  for (const AppLockerFileText& text : parts.texts) {
    AppendText(bytes, text.guid);
    AppendText(bytes, text.name);
    AppendText(bytes,
               text.sddl.size() > kCutAt ? text.sddl.substr(0, kCutAt - 3) + "..." : text.sddl);
  }
  return bytes;
}

}  // namespace portcullis::testing
