// SPDX-License-Identifier: Apache-2.0
// Every vector of the corpus: what Windows reads, refuses, prints, encodes and decides.
#include "tests/support/corpus.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "security/sddl.h"

namespace portcullis {
namespace {

using nlohmann::json;

std::vector<json> Vectors(std::string_view name) {
  std::vector<json> vectors;
  const auto path = CorpusFile("sddl/" + std::string(name) + ".jsonl");
  if (!path) return vectors;
  std::ifstream file(*path);
  for (std::string line; std::getline(file, line);) vectors.push_back(json::parse(line));
  return vectors;
}

std::optional<Sid> DomainOf(const json& vector) {
  if (!vector.contains("domain_sid")) return std::nullopt;
  return *Sid::Parse(vector.at("domain_sid").get<std::string>());
}

// The machine that made the bytes, whose accounts LA and LG are.
const std::optional<Sid> kMachine = Sid{5, {21, 2457507606, 2709100691, 398136650}};

// What became of a text: printed, or "refused: " and the reason.
std::string Reprinted(const std::string& sddl, const std::optional<Sid>& domain) {
  const auto descriptor = ParseSddl(sddl, domain);
  if (!descriptor) return "refused: " + descriptor.error().message;
  const auto text = FormatSddl(*descriptor, domain);
  return text ? *text : "refused: " + text.error().message;
}

// Windows takes a number modulo 2^32, or the largest there is, or in the base of the revision; such
// a text does not say what it means, and Samba refuses it too.
const std::set<std::string>& RefusedThoughWindowsTakesIt() {
  static const std::set<std::string> texts = {
      "D:(A;;-9876543210;;;LG)",   "D:(A;;GA;;;S-1-3-4294967296-3-4)",
      "D:(A;;CC;;;S-0x1-0-0-579)", "D:(A;;GA;;;S-1-3-0x100000000-3-4)",
      "D:(A;;-0xffffff55;;;LG)",   "D:(A;;0x123456789;;;LG)",
  };
  return texts;
}

TEST(SddlCorpus, PrintsWhatWindowsPrints) {
  size_t compared = 0;
  for (const char* name :
       {"conditional-round-trip", "conditional-windows-only", "ordinary-sddl-strings"}) {
    for (const json& vector : Vectors(name)) {
      const auto sddl = vector.at("sddl").get<std::string>();
      const std::string expect = vector.value("expect", "accept");
      if (expect == "refuse" || expect == "windows-refuses") continue;
      const std::string printed = Reprinted(sddl, DomainOf(vector));
      if (RefusedThoughWindowsTakesIt().contains(sddl)) {
        EXPECT_TRUE(printed.starts_with("refused")) << sddl << " -> " << printed;
      } else {
        EXPECT_EQ(printed, vector.at("canonical").get<std::string>()) << sddl;
      }
      ++compared;
    }
  }
  if (compared == 0) GTEST_SKIP() << kCorpusAbsent;
  EXPECT_GE(compared, 100U);
}

TEST(SddlCorpus, RefusesWhatWindowsRefuses) {
  size_t refused = 0;
  for (const char* name : {"conditional-should-fail", "ordinary-sddl-strings"}) {
    for (const json& vector : Vectors(name)) {
      const auto expect = vector.at("expect").get<std::string>();
      if (expect != "refuse" && expect != "windows-refuses") continue;
      const auto sddl = vector.at("sddl").get<std::string>();
      const auto descriptor = ParseSddl(sddl, DomainOf(vector));
      EXPECT_FALSE(descriptor) << sddl;
      ++refused;
    }
  }
  if (refused == 0) GTEST_SKIP() << kCorpusAbsent;
  EXPECT_GE(refused, 30U);
}

TEST(SddlCorpus, EncodesAndDecodesTheBytesOfWindows) {
  size_t compared = 0;
  for (const char* name :
       {"conditional-ace-bytes", "short-conditional-and-resource-bytes", "short-ordinary-acl-bytes",
        "ordinary-acl-bytes-sample", "registry-object-rights-bytes"}) {
    for (const json& vector : Vectors(name)) {
      const auto sddl = vector.at("sddl").get<std::string>();
      const auto hex = vector.at("sd_hex").get<std::string>();
      const auto descriptor = ParseSddl(sddl, kMachine);
      ASSERT_TRUE(descriptor) << sddl << ": " << descriptor.error().message;
      const auto bytes = descriptor->Serialize();
      ASSERT_TRUE(bytes) << sddl << ": " << bytes.error().message;
      EXPECT_EQ(HexLower(AsBytes(*bytes)), hex) << sddl;
      const auto decoded = SecurityDescriptor::Parse(AsBytes(*FromHex(hex)));
      ASSERT_TRUE(decoded) << sddl << ": " << decoded.error().message;
      EXPECT_EQ(*decoded, *descriptor) << sddl;
      ++compared;
    }
  }
  if (compared == 0) GTEST_SKIP() << kCorpusAbsent;
  EXPECT_GE(compared, 450U);
}

TEST(SddlCorpus, PrintsTheTextThatTheBytesOfWindowsWereMadeFrom) {
  size_t compared = 0;
  for (const char* name : {"short-conditional-and-resource-bytes", "short-ordinary-acl-bytes",
                           "ordinary-acl-bytes-sample", "registry-object-rights-bytes"}) {
    for (const json& vector : Vectors(name)) {
      const auto sddl = vector.at("sddl").get<std::string>();
      const auto bytes = FromHex(vector.at("sd_hex").get<std::string>());
      const auto decoded = SecurityDescriptor::Parse(AsBytes(*bytes));
      ASSERT_TRUE(decoded) << sddl << ": " << decoded.error().message;
      const auto text = FormatSddl(*decoded, kMachine);
      ASSERT_TRUE(text) << text.error().message;
      EXPECT_EQ(*text, sddl);
      ++compared;
    }
  }
  if (compared == 0) GTEST_SKIP() << kCorpusAbsent;
}

TEST(SddlCorpus, ReadsWhatWindowsWroteIntoEventsAndPrintsItAgain) {
  const auto vectors = Vectors("applocker-rule-sddl-observed");
  if (vectors.empty()) GTEST_SKIP() << kCorpusAbsent;
  for (const json& vector : vectors) {
    const auto sddl = vector.at("rule_sddl").get<std::string>();
    EXPECT_FALSE(Reprinted(sddl, std::nullopt).starts_with("refused"))
        << Reprinted(sddl, std::nullopt);
  }
}

}  // namespace
}  // namespace portcullis
