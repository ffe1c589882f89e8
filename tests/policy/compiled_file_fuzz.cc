// SPDX-License-Identifier: Apache-2.0
// Compiled policy files from anybody: the input as a file, with and without its checksums put
// right; or, where it is none, choices of a policy that is compiled and then tampered with.
#include <cstdint>
#include <cstdlib>

#include "base/held_bytes.h"
#include "policy/compiled/policy_image.h"
#include "tests/policy/compiled_layers.h"
#include "tests/policy/generator.h"
#include "tests/policy/image_mutator.h"

namespace {

using namespace portcullis;           // NOLINT(google-build-using-namespace)
using namespace portcullis::testing;  // NOLINT(google-build-using-namespace)
using Images = PolicySet::Builder::Images;

void Ask(const std::string& file, const GeneratedWorld& world, Choices& choices) {
  const auto set = ReadLayers({file}, world.settings, Images::kAsAsked);
  if (!set) return;
  for (int n = 0; n < 6; ++n) {
    const Request request = GenerateRequest(world, choices);
    static_cast<void>(Decide(*set, request));
    static_cast<void>(MatchingRules(*set, request));
  }
  static_cast<void>(set->layer(0));
  // What is whole is written again as it was, unless its tables were of no use here.
  const auto whole = ReadLayers({file}, world.settings, Images::kWhole);
  if (!whole) return;
  const auto image = compiled::PolicyImage::Open(CopyAligned(AsBytes(file)));
  if (!(*image)->HasEngineFor(world.settings)) return;
  const auto again = whole->WriteCompiled(0);
  if (!again || *again != file) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes input(data, size);
  if (compiled::LooksCompiled(input)) {
    Choices choices(1);
    const GeneratedWorld world = GenerateWorld(choices);
    std::string file(AsText(input));
    Ask(file, world, choices);
    Reseal(file);
    Ask(file, world, choices);
    return 0;
  }
  Choices choices(input);
  const GeneratedWorld world = GenerateWorld(choices);
  const PolicySet built = world.Build();
  if (built.layers() == 0) return 0;
  auto file = built.WriteCompiled(0);
  if (!file) std::abort();
  Ask(*file, world, choices);
  Tamper(*file, choices);
  Reseal(*file);
  Ask(*file, world, choices);
  return 0;
}
