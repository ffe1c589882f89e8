// SPDX-License-Identifier: Apache-2.0
#include "authoring/simulate/packed_input.h"

#include <fmt/core.h>
#include <gmock/gmock.h>

#include <algorithm>

#include "authoring/simulate/fact_blocks.h"
#include "authoring/simulate/packed_bytes.h"

namespace portcullis::simulation {
namespace {

using ::testing::HasSubstr;

// Gives `bytes`, at most `piece` of them at once.
ByteFeed FeedOfText(std::string bytes, size_t piece) {
  return [bytes = std::move(bytes), piece,
          at = size_t{0}](std::span<uint8_t> out) mutable -> portcullis::Result<size_t> {
    const size_t size = std::min({piece, out.size(), bytes.size() - at});
    std::copy_n(bytes.begin() + static_cast<ptrdiff_t>(at), size, out.begin());
    at += size;
    return size;
  };
}

struct Read {
  std::string text;
  std::optional<Error> error;
};

Read ReadAll(const std::string& bytes, size_t piece, size_t wanted = 1000) {
  Read read;
  auto input = PackedInput::Begin(FeedOfText(bytes, piece));
  if (!input) return {"", input.error()};
  std::vector<uint8_t> out(wanted);
  while (true) {
    const auto size = input->Fill(out);
    if (!size) {
      read.error = size.error();
      return read;
    }
    if (*size == 0) return read;
    read.text.append(AsText({out.data(), *size}));
  }
}

std::string SampleText(size_t lines) {
  std::string text;
  for (size_t i = 0; i < lines; ++i) text += fmt::format("line {} of some text {}\n", i, i * i);
  return text;
}

struct Packing {
  const char* name;
  std::string (*pack)(std::string_view text);
};
constexpr size_t kPieces[] = {1, 13, 100'000};
constexpr size_t kWanted[] = {1, 4096};
constexpr Packing kPackings[] = {{"gzip", Gzip}, {"zstd", Zstd}, {"xz", Xz}};

TEST(PackedInput, GivesWhatIsNotPackedAsItIs) {
  for (const size_t piece : kPieces) {
    EXPECT_TRUE(ReadAll(SampleText(500), piece).text == SampleText(500)) << piece;
  }
  EXPECT_EQ(ReadAll("", 10).text, "");
  EXPECT_EQ(ReadAll("\x1F", 10).text, "\x1F");
  EXPECT_EQ(ReadAll("abc", 1).text, "abc");
}

TEST(PackedInput, UnpacksInPiecesOfAnySize) {
  const std::string text = SampleText(500);
  for (const Packing& packing : kPackings) {
    for (const size_t piece : kPieces) {
      for (const size_t wanted : kWanted) {
        const Read read = ReadAll(packing.pack(text), piece, wanted);
        EXPECT_FALSE(read.error) << packing.name << read.error->message;
        EXPECT_TRUE(read.text == text) << packing.name << " " << piece << " " << wanted;
      }
    }
  }
}

TEST(PackedInput, ReadsMembersBehindOneAnother) {
  for (const Packing& packing : kPackings) {
    for (const size_t piece : kPieces) {
      const std::string both = packing.pack("one\n") + packing.pack("") + packing.pack("two\n");
      EXPECT_EQ(ReadAll(both, piece).text, "one\ntwo\n") << packing.name;
    }
  }
}

TEST(PackedInput, TellsATruncatedStreamAfterWhatItGave) {
  const std::string text = SampleText(20'000);
  for (const Packing& packing : kPackings) {
    const std::string whole = packing.pack(text);
    const Read read = ReadAll(whole.substr(0, whole.size() / 2), 5000);
    ASSERT_TRUE(read.error) << packing.name;
    EXPECT_THAT(read.error->message, HasSubstr("before its end")) << packing.name;
    EXPECT_EQ(read.error->code, ErrorCode::kTruncated);
    EXPECT_FALSE(read.text.empty()) << packing.name;
    EXPECT_TRUE(text.starts_with(read.text)) << packing.name;
  }
}

TEST(PackedInput, RefusesDamageAndWhatFollowsIt) {
  const std::string text = SampleText(2000);
  for (const Packing& packing : kPackings) {
    std::string damaged = packing.pack(text);
    for (size_t i = damaged.size() / 2; i < damaged.size() / 2 + 40; ++i) damaged[i] ^= 0x55;
    const Read read = ReadAll(damaged, 5000);
    ASSERT_TRUE(read.error) << packing.name;
    EXPECT_EQ(read.error->code, ErrorCode::kMalformed) << packing.name;
    const Read behind = ReadAll(packing.pack(text) + "some other text", 5000);
    ASSERT_TRUE(behind.error) << packing.name;
    EXPECT_TRUE(behind.text == text) << packing.name;
  }
}

TEST(PackedInput, RefusesAWindowBeyondItsLimit) {
  // A frame header that asks for 2^28 bytes.
  const Read read = ReadAll(std::string("\x28\xB5\x2F\xFD\x00\x90\x01\x00\x00", 9), 100);
  ASSERT_TRUE(read.error);
  EXPECT_THAT(read.error->message, HasSubstr("zstd"));
}

// The blocks of a text that comes in pieces.
std::vector<std::string> BlocksOf(const std::string& text, size_t piece) {
  std::vector<std::string> found;
  FactBlocks blocks(*PackedInput::Begin(FeedOfText(text, piece)));
  while (true) {
    const auto block = blocks.Next();
    if (!block || block->empty()) return found;
    found.emplace_back(block->data(), block->size());
  }
}

TEST(FactBlocks, AreCutAtLineEndsHoweverTheInputComes) {
  const std::string text = SampleText(200'000) + "no line end";
  const std::vector<std::string> blocks = BlocksOf(text, 1 << 20);
  std::string joined;
  for (const std::string& block : blocks) {
    EXPECT_LE(block.size(), kLongBlockBytes);
    EXPECT_TRUE(&block == &blocks.back() || block.ends_with('\n'));
    joined += block;
  }
  EXPECT_GT(blocks.size(), 2U);
  EXPECT_TRUE(joined == text);
  EXPECT_TRUE(BlocksOf(text, 4097) == blocks);
}

TEST(FactBlocks, GiveTheBeginningOfALineThatIsTooLongAlone) {
  const std::string text = fmt::format("a\n{:x>{}}\nb\n", "", 3 * kLongBlockBytes);
  const std::vector<std::string> blocks = BlocksOf(text, 1 << 20);
  ASSERT_EQ(blocks.size(), 3U);
  EXPECT_EQ(blocks[0], "a\n");
  EXPECT_GT(blocks[1].size(), kMaxFactBytes);
  EXPECT_EQ(blocks[2], "b\n");
}

}  // namespace
}  // namespace portcullis::simulation
