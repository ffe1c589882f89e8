// SPDX-License-Identifier: Apache-2.0
// Reads anything as a fact. A fact that was accepted, printed as inspect prints it, must be
// accepted again and say the same of its paths, hashes and publisher; and the other reader of JSON
// must accept its text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "authoring/facts.h"
#include "base/bytes.h"
#include "base/json_value.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace portcullis;
  static const PathSpeller speller(HostConfig::Default(), MountTable(), {});
  const auto fact = ParseFact(AsText({data, size}), speller);
  if (fact && !ParseJson(AsText({data, size}))) std::abort();
  if (!fact || fact->problem) return 0;
  std::string line;
  JsonWriter json(line);
  json.BeginObject();
  WriteReport(json, *fact);
  json.EndObject();
  const auto again = ParseFact(line, speller);
  if (!again || again->path != fact->path || again->paths != fact->paths ||
      again->operation != fact->operation || again->collection != fact->collection ||
      again->identity.publisher != fact->identity.publisher ||
      again->identity.unknown != fact->identity.unknown ||
      again->identity.hashes.size() != fact->identity.hashes.size()) {
    std::abort();
  }
  return 0;
}
