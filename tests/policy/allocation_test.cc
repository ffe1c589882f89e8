// SPDX-License-Identifier: Apache-2.0
// A verdict allocates nothing: this program counts what goes through operator new.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "tests/policy/generator.h"
#include "tests/policy/srp_generator.h"

namespace {
std::atomic<size_t> allocations = 0;
}  // namespace

// gcc sees through one half of the pair and then misses the other.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
#endif

void* operator new(size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void* operator new(size_t size, const std::nothrow_t& /*tag*/) noexcept {
  ++allocations;
  return std::malloc(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t /*size*/) noexcept { std::free(memory); }

namespace portcullis::testing {
namespace {

TEST(Decide, AllocatesNothing) {
  size_t asked = 0;
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    Choices choices(seed);
    const GeneratedWorld world = GenerateWorld(choices);
    const PolicySet policies = world.Build();
    for (int n = 0; n < 20; ++n, ++asked) {
      const Request request = GenerateRequest(world, choices);
      const size_t before = allocations;
      const Decision decision = Decide(policies, request);
      ASSERT_EQ(allocations, before) << "world " << seed << ", " << ToString(decision.verdict);
    }
  }
  EXPECT_EQ(asked, 6000U);
  EXPECT_GT(allocations, 0U);  // the counter counts
}

TEST(SrpIdentify, AllocatesNothing) {
  size_t by_rule = 0;
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    Choices choices(seed);
    const auto compiled = srp::CompiledPolicy::Make(
        {GenerateSrpPolicy(choices, srp::Scope::kMachine)}, GeneratedSrpEnvironment());
    ASSERT_TRUE(compiled);
    for (int n = 0; n < 20; ++n) {
      const FileAttributes file = GenerateSrpFile(choices);
      const AccessToken token = GenerateSrpToken(choices);
      Request request;
      request.operation = static_cast<Operation>(choices.Below(6));
      request.file = &file;
      request.token = &token;
      const size_t before = allocations;
      const srp::Answer answer = compiled->Identify(request);
      ASSERT_EQ(allocations, before) << "world " << seed;
      if (answer.rule != nullptr) ++by_rule;
    }
  }
  EXPECT_GT(by_rule, 600U);
}

}  // namespace
}  // namespace portcullis::testing
