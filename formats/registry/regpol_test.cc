// SPDX-License-Identifier: Apache-2.0
#include "formats/registry/regpol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "base/little_endian.h"
#include "tests/support/corpus.h"
#include "tests/support/samba.h"

namespace portcullis::registry {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

const std::string kHeader("PReg\1\0\0\0", 8);

std::string Units(std::u16string_view text) {
  std::string bytes;
  for (const char16_t unit : text) AppendLe16(bytes, unit);
  return bytes;
}
std::string Number(uint32_t number) {
  std::string bytes;
  AppendLe32(bytes, number);
  return bytes;
}
// An entry as bytes; each part may be spoiled.
struct Parts {
  std::string open = Units(u"[");
  std::string key = Units({u"K\0", 2});
  std::string value = Units({u"v\0", 2});
  std::string type = Number(4);
  std::string size = Number(4);
  std::string data = "\1\2\3\4";
  std::string close = Units(u"]");
  std::string separator = Units(u";");

  std::string ToBytes() const {
    return open + key + separator + value + separator + type + separator + size + separator + data +
           close;
  }
};
auto Parse(const std::string& bytes) { return ParseRegistryPol(AsBytes(bytes)); }
std::string Refusal(const std::string& bytes) {
  const auto entries = Parse(bytes);
  return entries ? "it was read" : entries.error().message;
}

TEST(RegistryPol, ReadsEntriesInTheirOrder) {
  Parts second;
  second.key = Units({u"Soft\\\u00DF\xD83D\xDE00\0", 9});
  second.value = Units({u"\0", 1});
  second.type = Number(0);
  second.size = Number(0);
  second.data = "";
  const auto entries = Parse(kHeader + Parts{}.ToBytes() + second.ToBytes());
  ASSERT_TRUE(entries) << entries.error().message;
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ(entries->at(0), (Entry{"K", "v", Type::kDword, {1, 2, 3, 4}}));
  EXPECT_EQ(entries->at(1), (Entry{"Soft\\\u00DF\U0001F600", "", Type::kNone, {}}));
  EXPECT_TRUE(Parse(kHeader)->empty());
}

TEST(RegistryPol, GoesBySizeWhateverStandsInTheData) {
  Parts parts;
  parts.data = Units(u"];[K");
  parts.size = Number(8);
  const auto entries = Parse(kHeader + parts.ToBytes() + Parts{}.ToBytes());
  ASSERT_TRUE(entries) << entries.error().message;
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ(AsText(entries->at(0).data), Units(u"];[K"));
}

TEST(RegistryPol, RefusesTheWholeFileForOneBrokenEntry) {
  const auto with = [](std::string Parts::*part, std::string bytes) {
    Parts parts;
    parts.*part = std::move(bytes);
    return Refusal(kHeader + Parts{}.ToBytes() + parts.ToBytes());
  };
  EXPECT_THAT(with(&Parts::open, Units(u"(")),
              HasSubstr("entry 2: Registry.pol: offset 40: 0x0028 before the key"));
  EXPECT_THAT(with(&Parts::separator, Units(u",")), HasSubstr("behind the key"));
  EXPECT_THAT(with(&Parts::close, Units(u")")), HasSubstr("behind the data"));
  EXPECT_THAT(with(&Parts::size, Number(5)), HasSubstr("entry 2"));
  EXPECT_THAT(with(&Parts::size, Number(1000)), HasSubstr("wants 1000 bytes"));
  EXPECT_THAT(with(&Parts::key, std::string("\0\xD8\0\0", 4)), HasSubstr("not UTF-16"));
  EXPECT_THAT(with(&Parts::value, Units(u"no end")), HasSubstr("entry 2"));
}

TEST(RegistryPol, RefusesAnotherHeader) {
  EXPECT_THAT(Refusal("PRegx"), HasSubstr("Registry.pol"));
  EXPECT_THAT(Refusal(std::string("REGF\1\0\0\0", 8)), HasSubstr("not PReg"));
  EXPECT_EQ(Parse(std::string("PReg\2\0\0\0", 8)).error().code, ErrorCode::kUnsupported);
}

TEST(RegistryPol, EndsNowhereButBetweenEntries) {
  const std::string bytes = kHeader + Parts{}.ToBytes() + Parts{}.ToBytes();
  const size_t one = kHeader.size() + Parts{}.ToBytes().size();
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(Parse(bytes.substr(0, size)).has_value(), size == kHeader.size() || size == one)
        << size;
  }
}

TEST(RegistryPol, TakesEachLimitAndNotOneMore) {
  const auto reads = [](const std::string& bytes) {
    const auto entries = Parse(bytes);
    if (!entries) {
      EXPECT_EQ(entries.error().code, ErrorCode::kLimitExceeded);
    }
    return entries.has_value();
  };
  const auto name = [](size_t units) {
    return Units(std::u16string(units, u'n')) + std::string(2, '\0');
  };
  for (const bool is_over : {false, true}) {
    const size_t more = is_over ? 1 : 0;
    Parts parts;
    parts.key = name(kMaxKeyUnits + more);
    EXPECT_EQ(reads(kHeader + parts.ToBytes()), !is_over);
    parts = {};
    parts.value = name(kMaxValueNameUnits + more);
    EXPECT_EQ(reads(kHeader + parts.ToBytes()), !is_over);
    parts = {};
    parts.data = std::string(kMaxDataBytes + more, 'd');
    parts.size = Number(static_cast<uint32_t>(parts.data.size()));
    EXPECT_EQ(reads(kHeader + parts.ToBytes()), !is_over);
  }
  std::string full = kHeader;
  for (size_t i = 0; i < kMaxEntries; ++i) full += Parts{}.ToBytes();
  EXPECT_TRUE(reads(full));
  EXPECT_FALSE(reads(full + Parts{}.ToBytes()));
  full.resize(kMaxRegistryPolBytes + 1);
  EXPECT_EQ(Parse(full).error().code, ErrorCode::kLimitExceeded);
}

// Anything that a file can hold.
std::vector<Entry> RandomEntries(uint32_t seed) {
  std::mt19937 random(seed);
  const auto text = [&] {
    std::string made;
    for (size_t i = random() % 12; i > 0; --i) {
      made +=
          std::vector<std::string>{"a", "\\", "\u00DF", ";", "[", "]", "\U0001F600"}[random() % 7];
    }
    return made;
  };
  std::vector<Entry> entries(random() % 6);
  for (Entry& entry : entries) {
    entry = {text(), text(), static_cast<Type>(random() % 13), {}};
    entry.data.resize(random() % 20);
    for (uint8_t& byte : entry.data) byte = static_cast<uint8_t>(random());
  }
  return entries;
}

TEST(RegistryPol, WritesWhatItReads) {
  for (uint32_t seed = 0; seed < 500; ++seed) {
    const auto entries = RandomEntries(seed);
    const auto bytes = BuildRegistryPol(entries);
    ASSERT_TRUE(bytes) << bytes.error().message;
    EXPECT_EQ(Parse(*bytes).value(), entries) << seed;
  }
}

TEST(RegistryPol, WritesNothingThatItWouldNotRead) {
  const auto code = [](Entry entry) {
    const auto bytes = BuildRegistryPol(std::vector{std::move(entry)});
    return bytes ? std::optional<ErrorCode>() : bytes.error().code;
  };
  EXPECT_EQ(code({std::string("a\0b", 3), "", Type::kSz, {}}), ErrorCode::kMalformed);
  EXPECT_EQ(code({"", "\xFF", Type::kSz, {}}), ErrorCode::kMalformed);
  EXPECT_EQ(code({std::string(kMaxKeyUnits, 'k'), "", Type::kSz, {}}), std::nullopt);
  EXPECT_EQ(code({std::string(kMaxKeyUnits + 1, 'k'), "", Type::kSz, {}}),
            ErrorCode::kLimitExceeded);
  EXPECT_EQ(code({"", std::string(kMaxValueNameUnits + 1, 'v'), Type::kSz, {}}),
            ErrorCode::kLimitExceeded);
  EXPECT_EQ(code({"", "", Type::kBinary, std::vector<uint8_t>(kMaxDataBytes + 1)}),
            ErrorCode::kLimitExceeded);
  EXPECT_EQ(BuildRegistryPol(std::vector<Entry>(kMaxEntries + 1)).error().code,
            ErrorCode::kLimitExceeded);
  const std::vector<Entry> large(5, {"", "", Type::kBinary, std::vector<uint8_t>(kMaxDataBytes)});
  EXPECT_EQ(BuildRegistryPol(large).error().code, ErrorCode::kLimitExceeded);
}

// ---- Second opinions.

// Reads a file's bytes in hex; prints an entry a line, then the same file as Samba writes it.
constexpr const char* kScript = R"(
import sys
from samba.dcerpc import preg
from samba.ndr import ndr_pack, ndr_unpack
for line in sys.stdin:
    file = ndr_unpack(preg.file, bytes.fromhex(line))
    for entry in file.entries:
        print(entry.keyname, entry.valuename, entry.type, sep='\t')
    print(ndr_pack(file).hex())
)";

TEST(RegistryPol, SambaReadsAndWritesTheSame) {
  if (!testing::IsSambaHere()) GTEST_SKIP() << testing::kSambaAbsent;
  // Of types whose data it does not read as text.
  const std::vector<Entry> entries = {
      {"Software\\Policies", "DefaultLevel", Type::kDword, {0, 0, 4, 0}},
      {"Software\\Policies\\0\\Hashes", "ItemData", Type::kBinary, {1, 2, 3}},
      {"K", "**delvals.", Type::kSz, {' ', 0, 0, 0}},
      {"\u00DC", "ItemSize", Type::kQword, {1, 2, 3, 4, 5, 6, 7, 8}}};
  const std::string bytes = BuildRegistryPol(entries).value();
  const std::string said = testing::RunSamba(kScript, HexLower(AsBytes(bytes)) + "\n");
  std::string wanted;
  for (const Entry& entry : entries) {
    wanted += entry.key + "\t" + entry.value + "\t" +
              std::to_string(static_cast<uint32_t>(entry.type)) + "\n";
  }
  EXPECT_EQ(said, wanted + HexLower(AsBytes(bytes)) + "\n");
}

// Says that its first text has 216 bytes, which has 204. Samba does not look at the brackets, and
// goes on in the middle of the next key.
constexpr const char* kLiesAboutItsSize =
    "registry-pol/adsys-memory-on-multiple-elements-dont-overlap.pol";

TEST(RegistryPol, CorpusIsReadAndRefusedAsBySamba) {
  const auto truth = CorpusFile("truth.jsonl");
  if (!truth) GTEST_SKIP() << kCorpusAbsent;
  std::ifstream lines(*truth);
  int read = 0;
  for (std::string line; std::getline(lines, line);) {
    const json record = json::parse(line);
    if (!record.contains("preg")) continue;
    const std::string name = record.at("file");
    std::ifstream in(CorpusFile(name).value(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    const json& samba = record.at("preg").at("samba_ndr");
    const auto entries = Parse(bytes);
    EXPECT_EQ(entries.has_value(), samba.at("ok") && name != kLiesAboutItsSize) << name;
    if (!entries) continue;
    ++read;
    EXPECT_EQ(entries->size(), samba.at("entries")) << name;
    EXPECT_EQ(BuildRegistryPol(*entries).value(), bytes) << name;
  }
  EXPECT_GE(read, 10);
}

}  // namespace
}  // namespace portcullis::registry
