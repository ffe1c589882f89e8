// SPDX-License-Identifier: Apache-2.0
// A compiled policy file decides as the policy it was made from, and a damaged one not at all.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>

#include "base/held_bytes.h"
#include "base/sanitized.h"
#include "policy/compiled/policy_image.h"
#include "tests/policy/agreement.h"
#include "tests/policy/compiled_layers.h"
#include "tests/policy/generator.h"
#include "tests/policy/image_mutator.h"

namespace portcullis::testing {
namespace {

using Images = PolicySet::Builder::Images;
using ::testing::HasSubstr;

constexpr uint64_t kSeed = 20261130;
constexpr size_t kWorlds = kSanitized ? 100 : 800;
constexpr size_t kRequestsPerWorld = 25;
constexpr size_t kTampered = kSanitized ? 1500 : 20'000;

TEST(CompiledFile, DecidesAsThePolicyItWasMadeFrom) {
  Coverage coverage;
  for (uint64_t i = 0; i < kWorlds; ++i) {
    Choices choices(kSeed + i);
    const GeneratedWorld world = GenerateWorld(choices);
    const PolicySet built = world.Build();
    const auto files = WriteLayers(built);
    ASSERT_TRUE(files) << kSeed + i << ": " << files.error().message;
    const auto as_asked = ReadLayers(*files, world.settings, Images::kAsAsked);
    const auto whole = ReadLayers(*files, world.settings, Images::kWhole);
    ASSERT_TRUE(as_asked && whole) << kSeed + i << ": " << as_asked.error().message;
    const reference::Engine reference = ReferenceFor(*whole);
    for (size_t n = 0; n < kRequestsPerWorld; ++n) {
      const Request request = GenerateRequest(world, choices);
      const std::string wanted = Story(built, request);
      ASSERT_EQ(Story(*as_asked, request), wanted) << kSeed + i << Describe(request);
      ASSERT_EQ(Story(*whole, request), wanted) << kSeed + i << Describe(request);
      const auto difference = Disagreement(*whole, reference, request);
      ASSERT_FALSE(difference) << kSeed + i << ": " << *difference;
      ASSERT_EQ(TraceStory(*as_asked, request), TraceStory(built, request)) << kSeed + i;
      coverage.Count(built, request);
    }
  }
  std::cout << coverage.ToString() << "\n";
  EXPECT_GE(coverage.with_match * 100, coverage.cases * 30);
  EXPECT_GE(coverage.with_exception * 100, coverage.cases * 10);
}

TEST(CompiledFile, IsWrittenAgainByteForByte) {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    Choices choices(seed);
    const GeneratedWorld world = GenerateWorld(choices);
    const auto files = WriteLayers(world.Build());
    ASSERT_TRUE(files);
    EXPECT_EQ(*WriteLayers(world.Build()), *files) << seed;
    for (const Images images : {Images::kAsAsked, Images::kWhole}) {
      EXPECT_EQ(*WriteLayers(*ReadLayers(*files, world.settings, images)), *files) << seed;
    }
  }
}

TEST(CompiledFile, IsCompiledAnewForOtherSettings) {
  Choices choices(7);
  GeneratedWorld world = GenerateWorld(choices);
  const auto files = WriteLayers(world.Build());
  world.settings.binary_name_is_substring = !world.settings.binary_name_is_substring;
  const PolicySet built = world.Build();
  const auto read = ReadLayers(*files, world.settings, Images::kAsAsked);
  ASSERT_TRUE(read);
  for (int n = 0; n < 200; ++n) {
    const Request request = GenerateRequest(world, choices);
    ASSERT_EQ(Story(*read, request), Story(built, request));
  }
}

void AskAll(const PolicySet& set, const GeneratedWorld& world, Choices& choices) {
  for (int n = 0; n < 10; ++n) {
    const Request request = GenerateRequest(world, choices);
    static_cast<void>(Decide(set, request));
    static_cast<void>(MatchingRules(set, request));
  }
  static_cast<void>(set.layer(0));
}

// What a hostile file may do is refused, or decides something; it never reads outside of itself,
// which the sanitizers watch, and every answer ends.
TEST(CompiledFile, NeverLeadsAVerdictAstray) {
  size_t refused = 0;
  size_t decided = 0;
  for (uint64_t seed = 1; seed <= kTampered / 20; ++seed) {
    Choices choices(seed);
    const GeneratedWorld world = GenerateWorld(choices);
    const auto files = WriteLayers(world.Build());
    for (int i = 0; i < 20; ++i) {
      std::string file = files->front();
      Tamper(file, choices);
      Reseal(file);
      const auto set = ReadLayers({file}, world.settings, Images::kAsAsked);
      if (!set) {
        EXPECT_THAT(set.error().message, HasSubstr("compiled policy: ")) << seed;
        ++refused;
        continue;
      }
      ++decided;
      AskAll(*set, world, choices);
    }
  }
  std::cout << refused << " refused, " << decided << " decided\n";
  EXPECT_GT(refused * 20, kTampered);
  EXPECT_GT(decided * 20, kTampered);
}

TEST(CompiledFile, IsRefusedWhereverItIsCutShort) {
  Choices choices(3);
  const GeneratedWorld world = GenerateWorld(choices);
  const std::string file = WriteLayers(world.Build())->front();
  for (size_t size = 0; size < file.size(); size += size < 1000 ? 1 : 37) {
    EXPECT_FALSE(ReadLayers({file.substr(0, size)}, world.settings, Images::kAsAsked)) << size;
    std::string resealed = file.substr(0, size);
    Reseal(resealed);
    EXPECT_FALSE(ReadLayers({resealed}, world.settings, Images::kAsAsked)) << size;
  }
  EXPECT_FALSE(ReadLayers({file + '\0'}, world.settings, Images::kAsAsked));
}

TEST(CompiledFile, IsRefusedWhereAnyBitOfItChanged) {
  Choices choices(3);
  const GeneratedWorld world = GenerateWorld(choices);
  const std::string file = WriteLayers(world.Build())->front();
  for (size_t at = 0; at < file.size(); at += at < 1000 ? 1 : 11) {
    std::string changed = file;
    changed[at] ^= 0x10;
    const auto read = ReadLayers({changed}, world.settings, Images::kWhole);
    EXPECT_FALSE(read) << at;
  }
}

}  // namespace
}  // namespace portcullis::testing
