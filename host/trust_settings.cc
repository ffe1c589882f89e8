// SPDX-License-Identifier: Apache-2.0
#include "host/trust_settings.h"

#include <fmt/core.h>

#include <array>

#include "host/config_lines.h"

namespace portcullis {
namespace {

using authenticode::WeakDigests;

struct Word {
  std::string_view text;
  WeakDigests value;
};
constexpr std::array<Word, 3> kWords = {{{"accept", WeakDigests::kAccept},
                                         {"refuse-md5", WeakDigests::kRefuseMd5},
                                         {"refuse-sha1", WeakDigests::kRefuseSha1}}};

Result<WeakDigests> ParseWeakDigests(const ConfigLine& line) {
  for (const Word& word : kWords) {
    if (line.value == word.text) return word.value;
  }
  return MalformedLine(line, fmt::format("weak-digests is {}, allowed are accept, refuse-md5 and "
                                         "refuse-sha1",
                                         ShownInConfig(line.value)));
}

}  // namespace

Result<TrustSettings> TrustSettings::Parse(std::string_view text) {
  TrustSettings settings;
  bool is_set = false;
  TRY_VOID(ForEachConfigLine(text, [&](const ConfigLine& line) -> Result<void> {
    if (line.name != "weak-digests") {
      return MalformedLine(
          line, fmt::format("no setting {}; known is weak-digests", ShownInConfig(line.name)));
    }
    if (is_set) return MalformedLine(line, "weak-digests is set a second time");
    is_set = true;
    settings.weak_digests = TRY(ParseWeakDigests(line));
    return {};
  }));
  return settings;
}

}  // namespace portcullis
