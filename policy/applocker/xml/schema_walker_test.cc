// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/xml/schema_walker.h"

#include <algorithm>
#include <string>

#include "base/bytes.h"
#include "policy/applocker/policy_reader.h"

namespace portcullis::applocker {
namespace {

// Remembers how far it was read.
class WatchedSource final : public ByteSource {
 public:
  explicit WatchedSource(std::string_view text) : memory_(AsBytes(text)) {}
  uint64_t size() const override { return memory_.size(); }
  Result<void> ReadAt(uint64_t offset, std::span<uint8_t> out) const override {
    read_ = std::max(read_, offset + out.size());
    return memory_.ReadAt(offset, out);
  }
  uint64_t read() const { return read_; }

 private:
  MemorySource memory_;
  mutable uint64_t read_ = 0;
};

TEST(SchemaWalker, StopsWhereTheReportIsFull) {
  const std::string head = "<AppLockerPolicy Version='1'>";
  for (const std::string one : {"<X/>", "<RuleCollection a=''/>"}) {
    std::string text = head;
    while (text.size() < (8U << 20)) text += one;
    const WatchedSource source(text);
    const PolicyDocument document = ReadPolicy(source, {.max_errors = 3});
    EXPECT_EQ(document.errors.size(), 4U) << one;  // and that there are too many
    EXPECT_LT(source.read(), 1U << 20) << one;
  }
}

}  // namespace
}  // namespace portcullis::applocker
