// SPDX-License-Identifier: Apache-2.0
// The bytes choose a small world of files, policies and requests: both engines must agree on it.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/policy/agreement.h"
#include "tests/policy/generator.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace portcullis::testing;
  Choices choices(std::span(data, size));
  const GeneratedWorld world = GenerateWorld(choices);
  const portcullis::PolicySet policies = world.Build();
  const portcullis::reference::Engine reference = ReferenceFor(policies);
  for (int n = 0; n < 4; ++n) {
    const auto difference = Disagreement(policies, reference, GenerateRequest(world, choices));
    if (difference) {
      std::fprintf(stderr, "%s\n", difference->c_str());
      std::abort();
    }
  }
  return 0;
}
