// SPDX-License-Identifier: Apache-2.0
// The fast matcher and the index against the slow matcher, over every small pattern and every small
// name: all there is up to five letters of an alphabet of four.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/sanitized.h"
#include "policy/applocker/pattern_index_builder.h"
#include "policy/applocker/reference_text.h"
#include "policy/applocker/wildcard.h"
#include "policy/path_text.h"

namespace portcullis::testing {
namespace {

using applocker::PatternIndex;
using applocker::PatternIndexBuilder;
using applocker::QuestionMark;
using applocker::WildcardMatch;

constexpr size_t kLongest = kSanitized ? 4 : 5;

std::vector<std::string> AllTexts(std::string_view alphabet, size_t longest) {
  std::vector<std::string> texts = {""};
  for (size_t begin = 0, length = 0; length < longest; ++length) {
    const size_t end = texts.size();
    for (; begin < end; ++begin) {
      for (const char c : alphabet) texts.push_back(texts[begin] + c);
    }
  }
  return texts;
}

std::u32string Wide(std::string_view text) { return {text.begin(), text.end()}; }

TEST(WildcardMatch, AgreesWithTheReferenceOnEverySmallPattern) {
  const auto patterns = AllTexts("ab*?\\", kLongest);
  const auto names = AllTexts("ab\\*", kLongest);
  for (const auto question_mark : {QuestionMark::kLiteral, QuestionMark::kWildcard}) {
    const bool is_wildcard = question_mark == QuestionMark::kWildcard;
    for (const std::string& pattern : patterns) {
      const std::u32string wide_pattern = Wide(pattern);
      for (const std::string& name : names) {
        const bool expected = reference::MatchesWildcards(wide_pattern, Wide(name), is_wildcard);
        if (WildcardMatch(pattern, name, question_mark) != expected) {
          FAIL() << "pattern [" << pattern << "] name [" << name << "] expected " << expected;
        }
      }
    }
  }
}

// Alone in an index, a pattern must come up for every text that it matches.
TEST(PatternIndex, FindsEverySmallPatternThatMatches) {
  const auto patterns = AllTexts("ab*?\\", 4);
  const auto names = AllTexts("ab\\", kLongest);
  std::vector<std::vector<TextComponent>> components;
  for (const std::string& name : names) components.push_back(SplitIntoComponents(name));
  for (const std::string& pattern : patterns) {
    PatternIndexBuilder builder(QuestionMark::kWildcard);
    builder.Add(pattern, 0, 7);
    const PatternIndex index = builder.Build();
    const uint32_t kinds = index.KindsOf(0);
    for (size_t i = 0; i < names.size(); ++i) {
      if (!WildcardMatch(pattern, names[i], QuestionMark::kWildcard)) continue;
      bool found = false;
      index.Candidates({names[i], &components[i]}, 0, 0, kinds,
                       [&](uint32_t value) { found = found || value == 7; });
      ASSERT_TRUE(found) << "pattern [" << pattern << "] name [" << names[i] << "]";
    }
  }
}

// All together, so that places are crowded and patterns are filed under their other runs.
TEST(PatternIndex, FindsEverySmallPatternAmongAllOthers) {
  const auto patterns = AllTexts("ab*\\", kLongest);
  const auto names = AllTexts("ab\\", kLongest + 1);
  PatternIndexBuilder builder(QuestionMark::kWildcard);
  for (uint32_t i = 0; i < patterns.size(); ++i) builder.Add(patterns[i], 0, i);
  const PatternIndex index = builder.Build();
  const uint32_t kinds = index.KindsOf(0);
  for (const std::string& name : names) {
    std::vector<bool> found(patterns.size());
    const auto components = SplitIntoComponents(name);
    index.Candidates({name, &components}, 0, 0, kinds,
                     [&](uint32_t value) { found[value] = true; });
    for (uint32_t i = 0; i < patterns.size(); ++i) {
      const bool matches = WildcardMatch(patterns[i], name, QuestionMark::kWildcard);
      ASSERT_TRUE(found[i] || !matches) << "pattern [" << patterns[i] << "] name [" << name << "]";
    }
  }
}

TEST(WildcardMatch, CountsUtf16UnitsAndRawBytesAsOneCharacter) {
  const auto matches = [](std::string_view pattern, std::string_view text) {
    return WildcardMatch(ToAlphabet(pattern), ToAlphabet(text), QuestionMark::kWildcard);
  };
  EXPECT_TRUE(matches("a?b",
                      "a\xC3\xA9"
                      "b"));  // U+00E9
  EXPECT_TRUE(matches("a?b",
                      "a\xE2\x82\xAC"
                      "b"));  // U+20AC
  EXPECT_FALSE(matches("a?b",
                       "a\xF0\x90\x90\xA8"
                       "b"));  // U+10428, two units
  EXPECT_TRUE(matches("a??b",
                      "a\xF0\x90\x90\xA8"
                      "b"));
  EXPECT_TRUE(matches("a?b",
                      "a\xFF"
                      "b"));  // no UTF-8
  EXPECT_TRUE(matches("a??b",
                      "a\xC3\x28"
                      "b"));                        // a lead byte without its second
  EXPECT_FALSE(matches("*\xC3\xA9*", "\xFF\xC3"));  // half a letter is none
  EXPECT_TRUE(matches("*?", "\xE2\x82\xAC"));
  EXPECT_FALSE(matches("??", "\xE2\x82\xAC"));
}

TEST(WildcardMatch, AnswersForTheLongestPatternAndPath) {
  std::string pattern;
  while (pattern.size() + 3 < 32767) pattern += "*ab";
  std::string text(32767, 'a');
  EXPECT_FALSE(WildcardMatch(pattern, text, QuestionMark::kWildcard));
  std::string matching;
  for (size_t i = 0; i * 3 < pattern.size(); ++i) matching += "xab";
  EXPECT_TRUE(WildcardMatch(pattern, matching, QuestionMark::kWildcard));
}

}  // namespace
}  // namespace portcullis::testing
