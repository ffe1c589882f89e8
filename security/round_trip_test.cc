// SPDX-License-Identifier: Apache-2.0
// Text and bytes are two spellings of one descriptor: there and back gives the same.
#include <gtest/gtest.h>

#include "base/sanitized.h"
#include "security/sddl.h"
#include "tests/support/random_descriptor.h"

namespace portcullis {
namespace {

constexpr uint64_t kDescriptors = kSanitized ? 2'000 : 20'000;
constexpr uint64_t kDamaged = kSanitized ? 50 : 400;

TEST(RoundTrip, ThroughTextAndThroughBytesADescriptorComesBackEqual) {
  const std::optional<Sid> domain = Sid{5, {21, 1, 2, 3}};
  for (uint64_t seed = 0; seed < kDescriptors; ++seed) {
    const SecurityDescriptor descriptor = testing::RandomDescriptor(seed);

    const auto text = FormatSddl(descriptor, domain);
    ASSERT_TRUE(text) << seed << ": " << text.error().message;
    const auto from_text = ParseSddl(*text, domain);
    ASSERT_TRUE(from_text) << seed << ": " << from_text.error().message << ": " << *text;
    ASSERT_EQ(*from_text, descriptor) << seed << ": " << *text;

    const auto bytes = descriptor.Serialize();
    ASSERT_TRUE(bytes) << seed << ": " << bytes.error().message;
    const auto from_bytes = SecurityDescriptor::Parse(AsBytes(*bytes));
    ASSERT_TRUE(from_bytes) << seed << ": " << from_bytes.error().message << ": " << *text;
    ASSERT_EQ(*from_bytes, descriptor) << seed << ": " << *text;

    ASSERT_EQ(*FormatSddl(*from_bytes, domain), *text);
    ASSERT_EQ(*from_text->Serialize(), *bytes) << *text;
  }
}

TEST(RoundTrip, BytesCutShortOrChangedAreRefusedOrReadWholeButNeverCrash) {
  for (uint64_t seed = 0; seed < kDamaged; ++seed) {
    const auto bytes = testing::RandomDescriptor(seed).Serialize();
    ASSERT_TRUE(bytes);
    for (size_t i = 0; i < bytes->size(); ++i) {
      std::string changed = *bytes;
      changed[i] = static_cast<char>(changed[i] ^ static_cast<char>(1 << (i % 8)));
      for (const std::string& damaged : {bytes->substr(0, i), changed}) {
        const auto descriptor = SecurityDescriptor::Parse(AsBytes(damaged));
        if (!descriptor) {
          EXPECT_FALSE(descriptor.error().message.empty());
          continue;
        }
        const auto again = descriptor->Serialize();
        ASSERT_TRUE(again);
        EXPECT_EQ(SecurityDescriptor::Parse(AsBytes(*again)), *descriptor);
      }
    }
  }
}

}  // namespace
}  // namespace portcullis
