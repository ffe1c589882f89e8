// SPDX-License-Identifier: Apache-2.0
// Policies for the tests of lint, as XML, so that they are read as a file is.
#pragma once

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "authoring/access/combined_write_access.h"
#include "authoring/access/windows_folders.h"
#include "authoring/lint/lint.h"
#include "policy/applocker/policy_reader.h"

namespace portcullis::lint {

inline constexpr const char* kAnyone = "S-1-1-0";
inline constexpr const char* kAdmins = "S-1-5-32-544";
inline constexpr const char* kMicrosoft = "O=MICROSOFT CORPORATION, L=REDMOND, S=WASHINGTON, C=US";

inline std::string Escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

inline std::string Path(std::string_view path) {
  return fmt::format("<FilePathCondition Path=\"{}\"/>", Escaped(path));
}
inline std::string Publisher(std::string_view publisher, std::string_view product = "*",
                             std::string_view binary = "*", std::string_view low = "*",
                             std::string_view high = "*") {
  return fmt::format(
      "<FilePublisherCondition PublisherName=\"{}\" ProductName=\"{}\" BinaryName=\"{}\">"
      "<BinaryVersionRange LowSection=\"{}\" HighSection=\"{}\"/></FilePublisherCondition>",
      Escaped(publisher), Escaped(product), Escaped(binary), low, high);
}
inline std::string Hash(std::string_view digits, std::string_view name = "tool.exe",
                        std::string_view type = "SHA256") {
  const std::string source =
      name.empty() ? "" : fmt::format(" SourceFileName=\"{}\" SourceFileLength=\"1\"", name);
  return fmt::format(
      "<FileHashCondition><FileHash Type=\"{}\" Data=\"0x{}\"{}/></FileHashCondition>", type,
      digits, source);
}

struct RuleText {
  std::string condition;
  std::string action = "Allow";
  std::string sid = kAnyone;
  std::vector<std::string> exceptions = {};
  std::string name = "";  // empty: one of its own
};

inline RuleText Deny(std::string condition) { return {std::move(condition), "Deny"}; }
inline RuleText ForAdmins(std::string condition) {
  return {std::move(condition), "Allow", kAdmins};
}

inline std::string RuleXml(const RuleText& rule, int number) {
  const std::string_view kind = rule.condition.starts_with("<FilePath")        ? "FilePathRule"
                                : rule.condition.starts_with("<FilePublisher") ? "FilePublisherRule"
                                                                               : "FileHashRule";
  std::string exceptions;
  for (const std::string& exception : rule.exceptions) exceptions += exception;
  if (!exceptions.empty()) exceptions = "<Exceptions>" + exceptions + "</Exceptions>";
  return fmt::format(
      "    <{0} Id=\"00000000-0000-4000-8000-{1:012}\" Name=\"{2}\" Description=\"\" "
      "UserOrGroupSid=\"{3}\" Action=\"{4}\"><Conditions>{5}</Conditions>{6}</{0}>\n",
      kind, number, rule.name.empty() ? fmt::format("rule {}", number) : rule.name, rule.sid,
      rule.action, rule.condition, exceptions);
}

struct CollectionText {
  std::string type = "Exe";
  std::string mode = "Enabled";
  std::vector<RuleText> rules;
  std::string services = {};
};

// Each collection and each rule on a line of its own, from line 2 on.
inline std::string PolicyXml(const std::vector<CollectionText>& collections) {
  std::string xml = "<AppLockerPolicy Version=\"1\">\n";
  int number = 0;
  for (const CollectionText& collection : collections) {
    xml += fmt::format("  <RuleCollection Type=\"{}\" EnforcementMode=\"{}\">\n", collection.type,
                       collection.mode);
    for (const RuleText& rule : collection.rules) xml += RuleXml(rule, ++number);
    if (!collection.services.empty()) {
      xml += fmt::format(
          "<RuleCollectionExtensions><ThresholdExtensions><Services EnforcementMode=\"{}\"/>"
          "</ThresholdExtensions><RedstoneExtensions/></RuleCollectionExtensions>",
          collection.services);
    }
    xml += "  </RuleCollection>\n";
  }
  return xml + "</AppLockerPolicy>\n";
}

// The policy must be one that the reader takes.
inline applocker::AppLockerPolicy ReadText(const std::string& xml) {
  const MemorySource source(AsBytes(xml));
  auto policy = applocker::ReadPolicyOrFail(source);
  EXPECT_TRUE(policy) << policy.error().message;
  return policy ? *std::move(policy) : applocker::AppLockerPolicy();
}

inline const WritableTrees& KnownFolders() {
  static const WindowsFolders windows(KnownWindowsFolders(), HostConfig::Default());
  static const CombinedWriteAccess access(nullptr, &windows);
  return access;
}

inline std::vector<Finding> Lint(const std::string& xml, const LintChoice& choice = {},
                                 const FlatHashes* facts = nullptr) {
  const applocker::AppLockerPolicy policy = ReadText(xml);
  const Places places = Places::Read(MemorySource(AsBytes(xml)));
  const LintInput input{policy, KnownFolders(), &places, facts, HostConfig::Default(), {}, false};
  auto findings = LintPolicy(input, choice);
  EXPECT_TRUE(findings) << findings.error().message;
  return findings ? *std::move(findings) : std::vector<Finding>();
}

}  // namespace portcullis::lint
