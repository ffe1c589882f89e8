// SPDX-License-Identifier: Apache-2.0
#include "base/base64.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "base/bytes.h"

namespace portcullis {
namespace {

TEST(Base64, DecodesWhatWasEncoded) {
  std::mt19937 random(1);
  for (size_t size = 0; size < 300; ++size) {
    std::vector<uint8_t> bytes(size);
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    EXPECT_EQ(DecodeBase64(Base64(AsText(bytes))), bytes) << size;
  }
}

TEST(Base64, RefusesWhatNoEncoderWrites) {
  for (const char* text : {"A", "AA", "AAA", "AAAA=", "A===", "====", "=AAA", "AA=A", "AAAA====",
                           "AAA A", "AA\n==", "AB==", "AAB=", "AAA-", "AAA_", "AA\x80="}) {
    EXPECT_FALSE(DecodeBase64(text)) << text;
  }
}

}  // namespace
}  // namespace portcullis
