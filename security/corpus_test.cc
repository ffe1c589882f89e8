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

#include "security/access_check.h"
#include "security/condition_text.h"
#include "security/sddl.h"
#include "security/sid_text.h"

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

ConditionNode Literal(const std::string& text) {
  TextCursor cursor(text, "literal");
  return ReadLiteral(cursor, std::nullopt).value();
}

// A claim of a vector: a text, a number, a list of texts, or a literal of SDDL.
ConditionNode ClaimValue(const json& value) {
  if (value.is_object()) return Literal(value.at("sddl_literal").get<std::string>());
  if (value.is_number()) return Literal(value.dump());
  if (value.is_string()) return ConditionString{value.get<std::string>()};
  ConditionComposite composite;
  for (const json& member : value) {
    composite.members.emplace_back(ConditionString{member.get<std::string>()});
  }
  return composite;
}

std::vector<Claim> Claims(const json& token, const char* key) {
  std::vector<Claim> claims;
  if (!token.contains(key)) return claims;
  for (const auto& [name, value] : token.at(key).items()) {
    claims.push_back(AttributeFromLiteral(name, ClaimValue(value)).value());
  }
  return claims;
}

std::vector<TokenGroup> Groups(const json& token, const char* key) {
  std::vector<TokenGroup> groups;
  if (!token.contains(key)) return groups;
  for (const json& sid : token.at(key)) {
    groups.push_back({ParseSidText(sid.get<std::string>(), std::nullopt).value()});
  }
  return groups;
}

TEST(SddlCorpus, DecidesAsWindowsDecides) {
  const auto vectors = Vectors("conditional-access-check");
  if (vectors.empty()) GTEST_SKIP() << kCorpusAbsent;
  for (const json& vector : vectors) {
    const json& token = vector.at("token");
    CheckToken check_token;
    check_token.subject.groups = Groups(token, "sids");
    check_token.device_groups = Groups(token, "device_sids");
    check_token.user_claims = Claims(token, "user_claims");
    check_token.device_claims = Claims(token, "device_claims");
    const auto descriptor = ParseSddl(vector.at("sddl").get<std::string>(), DomainOf(vector));
    ASSERT_TRUE(descriptor) << vector;
    const auto result =
        CheckAccess(*descriptor, check_token, vector.at("access_desired").get<uint32_t>());
    EXPECT_EQ(result.granted, vector.at("expect") == "allow") << vector;
  }
  EXPECT_GE(vectors.size(), 50U);
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
