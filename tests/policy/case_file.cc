// SPDX-License-Identifier: Apache-2.0
#include "tests/policy/case_file.h"

#include <fmt/core.h>

#include <charconv>
#include <fstream>
#include <iterator>
#include <set>
#include <utility>

#include "base/bytes.h"
#include "host/path_spellings.h"
#include "policy/applocker/policy_reader.h"
#include "tests/policy/case_words.h"

namespace portcullis::testing {
namespace {

using applocker::Action;
using applocker::CollectionType;
using applocker::Condition;
using applocker::EnforcementMode;
using applocker::Rule;
using applocker::RuleCollection;
using applocker::ServicesEnforcement;

Unexpected Malformed(std::string message) {
  return Fail(ErrorCode::kMalformed, std::move(message));
}

template <typename Enum>
Result<Enum> ParseEnum(std::string_view word, std::initializer_list<Enum> values) {
  for (const Enum value : values) {
    if (word == ToString(value)) return value;
  }
  return Malformed(fmt::format("'{}' is not one of the words that can stand here", word));
}

class Parser {
 public:
  Parser(std::string_view name, const std::filesystem::path& folder)
      : name_(name), folder_(folder) {}

  Result<std::vector<Question>> Parse(std::string_view text) {
    while (!text.empty()) {
      const size_t end = text.find('\n');
      ++question_.line;
      if (auto done = ParseLine(text.substr(0, end)); !done) {
        return Malformed(fmt::format("{}:{}: {}", name_, question_.line, done.error().message));
      }
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    if (questions_.empty()) return Malformed(fmt::format("{}: asks nothing", name_));
    return std::move(questions_);
  }

 private:
  Result<void> ParseLine(std::string_view line) {
    CaseWords words = TRY(CaseWords::Split(line));
    if (words.empty()) return {};
    const std::string statement = TRY(words.Take("a statement"));
    TRY_VOID(ParseStatement(statement, words));
    if (!words.empty()) return Malformed(fmt::format("'{}' is one word too many", words.Peek()));
    return {};
  }

  Result<void> ParseStatement(std::string_view statement, CaseWords& words) {
    if (statement == "policy" || statement == "and-policy") {
      if (statement == "and-policy" || question_.layers.empty()) question_.layers.emplace_back();
      return ParsePolicy(words);
    }
    if (statement == "collection") return ParseCollection(words);
    if (statement == "rule") return ParseRule(words);
    if (statement == "setting") return ApplySetting(words, question_.settings);
    if (statement == "user") return ParseUser(words);
    if (statement == "judge") return ParseJudge(words);
    return Malformed(fmt::format("'{}' is no statement", statement));
  }

  Result<void> ParsePolicy(CaseWords& words) {
    NamedPolicy policy;
    policy.name = TRY(words.Take("the name of a policy"));
    if (words.Peek().ends_with(".xml")) {
      const std::filesystem::path file = folder_ / TRY(words.Take("a file"));
      std::ifstream stream(file, std::ios::binary);
      if (!stream) return Malformed(fmt::format("can not read {}", file.string()));
      const std::string text(std::istreambuf_iterator<char>(stream), {});
      policy.policy = TRY(applocker::ReadPolicyOrFail(MemorySource(AsBytes(text))));
    }
    for (const RuleCollection& collection : policy.policy.collections) {
      for (const Rule& rule : collection.rules) rule_names_.insert(rule.name);
    }
    question_.layers.back().push_back(std::move(policy));
    return {};
  }

  Result<void> ParseCollection(CaseWords& words) {
    if (question_.layers.empty()) return Malformed("a collection before any policy");
    RuleCollection collection;
    collection.type = TRY(TakeType(words));
    collection.type_text = ToString(*collection.type);
    if (!words.empty() && words.Peek().find('=') == std::string_view::npos) {
      collection.enforcement_mode = TRY(ParseEnum(
          TRY(words.Take("a mode")), {EnforcementMode::kNotConfigured, EnforcementMode::kEnabled,
                                      EnforcementMode::kAuditOnly}));
    }
    while (!words.empty()) {
      const std::string word = TRY(words.Take("an extension"));
      if (!collection.extensions) collection.extensions.emplace().has_redstone = true;
      if (word.starts_with("services=")) {
        collection.extensions->services = TRY(ParseEnum(
            word.substr(9), {ServicesEnforcement::kNotConfigured, ServicesEnforcement::kEnabled,
                             ServicesEnforcement::kServicesOnly}));
      } else if (word == "system-apps=on" || word == "system-apps=off") {
        collection.extensions->system_apps_allow = word == "system-apps=on";
      } else {
        return Malformed(fmt::format("'{}' is no extension of a collection", word));
      }
    }
    question_.layers.back().back().policy.collections.push_back(std::move(collection));
    return {};
  }

  static Result<CollectionType> TakeType(CaseWords& words) {
    const std::string word = TRY(words.Take("the type of a collection"));
    const auto type = applocker::ParseCollectionType(word);
    if (!type) return Malformed(fmt::format("'{}' is no type of collection", word));
    return *type;
  }

  Result<void> ParseRule(CaseWords& words) {
    if (question_.layers.empty() || question_.layers.back().back().policy.collections.empty()) {
      return Malformed("a rule before any collection");
    }
    Rule rule;
    rule.name = TRY(words.Take("the name of a rule"));
    unsigned id = ++last_id_;
    if (words.Peek().starts_with("id=")) {
      const std::string text = TRY(words.Take("an id"));
      std::from_chars(text.data() + 3, text.data() + text.size(), id);
    } else if (rule.name.ends_with(':')) {
      rule.name.pop_back();
    } else {
      return Malformed("a ':' is missing behind the name of the rule");
    }
    rule.id.bytes[14] = static_cast<uint8_t>(id >> 8);
    rule.id.bytes[15] = static_cast<uint8_t>(id);
    const std::string action = TRY(words.Take("an action"));
    if (action != "allow" && action != "deny") return Malformed("a rule is allow or deny");
    rule.action = action == "deny" ? Action::kDeny : Action::kAllow;
    rule.user_or_group_sid = TRY(ParseCaseSid(TRY(words.Take("a SID"))));
    rule.condition = TRY(TakeCondition(words));
    while (words.Accept("except")) rule.exceptions.push_back(TRY(TakeCondition(words)));
    rule_names_.insert(rule.name);
    question_.layers.back().back().policy.collections.back().rules.push_back(std::move(rule));
    return {};
  }

  static Result<Condition> TakeCondition(CaseWords& words) {
    const std::string kind = TRY(words.Take("a condition"));
    if (kind == "path") return applocker::FilePathCondition{TRY(words.Take("a path"))};
    if (kind == "publisher") {
      applocker::FilePublisherCondition condition;
      condition.publisher_name = TRY(words.Take("a publisher"));
      condition.product_name = TRY(words.Take("a product"));
      condition.binary_name = TRY(words.Take("a binary name"));
      condition.binary_version_range.low_section = TRY(TakeVersionSection(words));
      condition.binary_version_range.high_section = TRY(TakeVersionSection(words));
      return condition;
    }
    if (kind != "hash") return Malformed(fmt::format("'{}' is no condition", kind));
    applocker::FileHashCondition condition;
    do {
      condition.hashes.push_back({TRY(TakeDigest(words)), {}, {}});
    } while (words.Peek().starts_with("SHA"));
    return condition;
  }

  Result<void> ParseUser(CaseWords& words) {
    AccessToken token;
    token.user = TRY(ParseCaseSid(TRY(words.Take("the SID of a user"))));
    token.is_service = words.Accept("service");
    if (words.Accept("groups")) TRY_VOID(ParseGroups(words, token.groups));
    if (words.Accept("linked")) TRY_VOID(ParseGroups(words, token.exe_groups.emplace()));
    question_.token = std::move(token);
    return {};
  }

  static Result<void> ParseGroups(CaseWords& words, std::vector<TokenGroup>& groups) {
    while (!words.empty() && words.Peek() != "linked") {
      std::string word = TRY(words.Take("a group"));
      TokenGroup group;
      if (word.ends_with(":deny-only")) {
        group.use = GroupUse::kDenyOnly;
        word.resize(word.size() - std::string_view(":deny-only").size());
      }
      group.sid = TRY(ParseCaseSid(word));
      groups.push_back(group);
    }
    return {};
  }

  Result<void> ParseJudge(CaseWords& words) {
    Question question = question_;
    question.token.is_service = question.token.is_service ||
                                LooksLikeService(question.token, question.settings.service_tokens);
    if (!words.Accept("none")) question.collection = TRY(TakeType(words));
    while (!words.Accept("->")) TRY_VOID(ParseFact(words, question));
    TRY_VOID(ParseExpectation(words, question.expected));
    questions_.push_back(std::move(question));
    return {};
  }

  static Result<void> ParseFact(CaseWords& words, Question& question) {
    const std::string fact = TRY(words.Take("a fact, or ->"));
    if (fact == "at") {
      const PathSpeller speller(HostConfig::Default(), MountTable{}, {});
      question.paths = speller.ForText(TRY(words.Take("a path")));
    } else if (fact.ends_with("path")) {
      PathSpelling& path = question.paths.emplace_back();
      path.text = TRY(words.Take("a path"));
      path.verified = !fact.starts_with("claimed-");
      path.case_sensitive = fact.ends_with("exact-path");
    } else if (fact == "publisher") {
      FullyQualifiedBinaryName& name = question.identity.publisher.emplace();
      name.publisher = TRY(words.Take("a publisher"));
      name.product = TRY(words.Take("a product"));
      name.binary = TRY(words.Take("a binary name"));
      name.version = TRY(FileVersion::Parse(TRY(words.Take("a version"))));
    } else if (fact == "hash") {
      const FileDigest digest = TRY(TakeDigest(words));
      const bool is_flat =
          question.identity.kind == FileKind::kMsi && question.identity.hashes.empty();
      question.identity.hashes.push_back(
          {digest, is_flat ? HashForm::kFlat : HashForm::kAuthenticode});
    } else if (fact == "unknown-hash") {
      question.identity.unknown.hash = true;
    } else if (fact == "unknown-publisher") {
      question.identity.unknown.publisher = true;
    } else if (fact == "msi") {
      question.identity.kind = FileKind::kMsi;
    } else if (fact == "windows-signed") {
      question.identity.signature.is_windows_signed = true;
    } else if (fact == "inert") {
      question.flags.sandbox_inert = true;
    } else if (fact == "load-ignore") {
      question.flags.load_ignore_code_authz_level = true;
    } else {
      return Malformed(fmt::format("'{}' is no fact", fact));
    }
    return {};
  }

  Result<std::string> TakeRuleName(CaseWords& words) {
    const std::string name = TRY(words.Take("the name of a rule"));
    if (!rule_names_.contains(name)) return Malformed(fmt::format("there is no rule '{}'", name));
    return name;
  }

  Result<void> ParseExpectation(CaseWords& words, Expectation& expected) {
    expected.verdict =
        TRY(ParseEnum(TRY(words.Take("a verdict")), {Verdict::kAllowed, Verdict::kAllowedByDefault,
                                                     Verdict::kDenied, Verdict::kDeniedByDefault}));
    expected.reason =
        TRY(ParseEnum(TRY(words.Take("a reason")),
                      {Reason::kRule, Reason::kDefault, Reason::kNoRules, Reason::kNotJudged,
                       Reason::kServiceExempt, Reason::kPackagedAppRule, Reason::kSystemApp}));
    if (expected.reason == Reason::kRule) expected.rule = TRY(TakeRuleName(words));
    if (words.Accept("blocks")) expected.would_block = true;
    if (words.Accept("passes")) expected.would_block = false;
    if (words.Accept("matches")) {
      expected.matches.emplace();
      while (!words.empty()) expected.matches->push_back(TRY(TakeRuleName(words)));
    }
    return {};
  }

  std::string name_;
  std::filesystem::path folder_;
  Question question_;  // what the lines so far have set
  std::set<std::string> rule_names_;
  unsigned last_id_ = 0;
  std::vector<Question> questions_;
};

}  // namespace

Result<std::vector<Question>> ParseCaseFile(std::string_view text, std::string_view name,
                                            const std::filesystem::path& folder) {
  return Parser(name, folder).Parse(text);
}

}  // namespace portcullis::testing
