// SPDX-License-Identifier: Apache-2.0
#include "tests/policy/generator.h"

#include <algorithm>
#include <utility>

#include "base/utf.h"

namespace portcullis::testing {
namespace {

using namespace applocker;  // NOLINT(google-build-using-namespace)

const std::vector<std::string> kComponents = {
    "a",        "B",       "bin",      "Bin",      "Program Files", "AppData",          "x*y",
    "q?",       "n\\m",    "\xC3\xA9", "\xC3\x9F", "\xC4\xB1",      "\xF0\x90\x90\xA8", "r\xFFw",
    "aaaaaaaa", "abababab"};
const std::vector<std::string> kNames = {"TOOL.EXE",  "tool.exe",   "t.dll",    "setup64.exe",
                                         "SETUP.EXE", "a",          "noext",    "b.c.d",
                                         "run.ps1",   "\xC3\xA9.x", "aaaaaaab", "x.exe:s"};
const std::vector<std::string> kWindowsFronts = {"C:\\",         "%OSDRIVE%\\",      "%WINDIR%\\",
                                                 "%SYSTEM32%\\", "\\\\srv\\share\\", "D:\\"};
const std::vector<std::string> kHostFronts = {"/", "%OSDRIVE%/", "%WINDIR%/", "C:/", "/usr/"};
const std::vector<std::string> kPublishers = {"O=ACME, C=US", "O=B*, C=DE", "CN=\xC3\x89", ""};
const std::vector<std::string> kProducts = {"TOOLS", "OFFICE*", "", "A?"};
const std::vector<std::string> kBinaries = {"TOOL.EXE", "SETUP64.EXE", "SETUP.EXE", "A",
                                            "",         "\xC3\x89.DLL"};
const std::vector<uint16_t> kMajors = {0, 1, 2, 3, 65535};
constexpr size_t kDigests = 6;

std::vector<Sid> Sids() {
  std::vector<Sid> sids = {well_known_sids::kEveryone, well_known_sids::kAdministrators,
                           well_known_sids::kUsers};
  for (uint32_t i = 0; i < 5; ++i) sids.push_back(Sid{5, {21, 1, 2, 3, 1000 + i}});
  return sids;
}

// Half of the digests begin with the same sixteen bytes.
FileDigest MakeDigest(HashType type, size_t i) {
  FileDigest digest;
  digest.type = type;
  digest.bytes.fill(static_cast<uint8_t>(i % 2 == 0 ? 7 : i));
  digest.bytes[19] = static_cast<uint8_t>(i);
  digest.bytes[31] = type == HashType::kSha1 ? 0 : static_cast<uint8_t>(i);
  if (type == HashType::kSha1) std::fill(digest.bytes.begin() + 20, digest.bytes.end(), uint8_t{0});
  return digest;
}

std::string Replaced(std::string text, char from, char to) {
  std::ranges::replace(text, from, to);
  return text;
}

std::string WithCaseChanged(std::string text, Choices& choices) {
  for (char& c : text) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (is_letter && choices.OneIn(2)) c = static_cast<char>(c ^ 0x20);
  }
  return text;
}

PathSpelling MakeSpelling(const std::vector<std::string>& components, Choices& choices) {
  PathSpelling spelling;
  const bool is_host = choices.OneIn(2);
  spelling.text = choices.Of(is_host ? kHostFronts : kWindowsFronts);
  for (size_t i = 0; i < components.size(); ++i) {
    if (i > 0) spelling.text += is_host ? "/" : "\\";
    spelling.text += is_host ? components[i] : Replaced(components[i], '?', 'q');
  }
  spelling.verified = !choices.OneIn(4);
  spelling.case_sensitive = is_host ? !choices.OneIn(3) : choices.OneIn(5);
  return spelling;
}

GeneratedFile MakeFile(Choices& choices) {
  GeneratedFile file;
  std::vector<std::string> components;
  for (size_t depth = choices.Below(4); depth > 0; --depth) {
    components.push_back(choices.Of(kComponents));
  }
  components.push_back(choices.Of(kNames));
  for (size_t n = choices.Below(4); n > 0; --n) {
    file.spellings.push_back(MakeSpelling(components, choices));
  }
  if (!choices.OneIn(3)) {
    file.identity.publisher = FullyQualifiedBinaryName{
        choices.Of(kPublishers), choices.Of(kProducts), choices.Of(kBinaries),
        FileVersion::Of(choices.Of(kMajors), 0, 0, static_cast<uint16_t>(choices.Below(2)))};
  }
  file.identity.kind = choices.OneIn(4) ? FileKind::kMsi : FileKind::kPe;
  if (!choices.OneIn(4)) {
    for (const HashType type : {HashType::kSha256, HashType::kSha256Flat, HashType::kSha1}) {
      const size_t candidates = type == HashType::kSha256 ? 2 : 1;
      for (size_t i = 0; i < candidates; ++i) {
        file.identity.hashes.push_back({MakeDigest(type, choices.Below(kDigests)),
                                        i == 0 ? HashForm::kFlat : HashForm::kAuthenticode});
      }
    }
  }
  file.identity.signature.is_windows_signed = choices.OneIn(4);
  file.identity.unknown = {.hash = choices.OneIn(8), .publisher = choices.OneIn(8)};
  return file;
}

// The text of a rule is UTF-8, as XML is. What was cut apart is a `*` then.
std::string Utf8(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto point = FirstCodePoint(text);
    const size_t length = point ? point->length : 1;
    result += point ? text.substr(0, length) : "*";
    text.remove_prefix(length);
  }
  return result;
}

std::string CutBinaryPattern(Choices& choices) {
  std::string text = choices.Of(kBinaries);
  switch (choices.Below(6)) {
    case 0:
      return "*";
    case 1:
      return "?";
    case 2:
      return text.substr(0, choices.Below(text.size() + 1)) + "*";
    case 3:
      return "*" + text.substr(choices.Below(text.size() + 1)) + (choices.OneIn(2) ? "*" : "");
    case 4:
      if (!text.empty()) text[choices.Below(text.size())] = '?';
      return text;
    default:
      return WithCaseChanged(text, choices);
  }
}

std::string MakeBinaryPattern(Choices& choices) { return Utf8(CutBinaryPattern(choices)); }

Condition MakePublisherCondition(Choices& choices) {
  FilePublisherCondition condition;
  condition.publisher_name = choices.OneIn(3) ? "*" : choices.Of(kPublishers);
  condition.product_name = choices.OneIn(2) ? "*" : choices.Of(kProducts);
  condition.publisher_name = WithCaseChanged(condition.publisher_name, choices);
  condition.binary_name = MakeBinaryPattern(choices);
  const auto section = [&]() -> std::optional<FileVersion> {
    if (!choices.OneIn(3)) return std::nullopt;
    return FileVersion::Of(choices.Of(kMajors), 0, 0, 0);
  };
  condition.binary_version_range = {section(), section()};
  return condition;
}

Condition MakeHashCondition(Choices& choices) {
  FileHashCondition condition;
  for (size_t n = 1 + choices.Below(3); n > 0; --n) {
    const auto type = static_cast<HashType>(choices.Below(3));
    condition.hashes.push_back({MakeDigest(type, choices.Below(kDigests)), {}, {}});
  }
  return condition;
}

Condition MakeCondition(const std::vector<GeneratedFile>& files, Choices& choices) {
  switch (choices.Below(4)) {
    case 0:
      return MakePublisherCondition(choices);
    case 1:
      return MakeHashCondition(choices);
    default:
      return FilePathCondition{GeneratePattern(files, choices)};
  }
}

Rule MakeRule(const std::vector<GeneratedFile>& files, Choices& choices) {
  static const std::vector<Sid> kSids = Sids();
  Rule rule;
  // Few enough ids for those of merged policies to meet.
  rule.id.bytes[0] = static_cast<uint8_t>(choices.Below(256));
  rule.id.bytes[15] = static_cast<uint8_t>(choices.Below(4));
  rule.user_or_group_sid = choices.OneIn(3) ? choices.Of(kSids) : kSids[0];
  rule.action = choices.Below(5) < 2 ? Action::kDeny : Action::kAllow;
  rule.condition = MakeCondition(files, choices);
  if (std::holds_alternative<FileHashCondition>(rule.condition)) return rule;
  const size_t exceptions = choices.OneIn(16) ? 20 : choices.Below(3);
  for (size_t i = 0; i < exceptions; ++i) {
    rule.exceptions.push_back(MakeCondition(files, choices));
  }
  return rule;
}

RuleCollection MakeCollection(CollectionType type, const std::vector<GeneratedFile>& files,
                              Choices& choices) {
  RuleCollection collection;
  collection.type = type;
  collection.type_text = ToString(type);
  if (!choices.OneIn(3))
    collection.enforcement_mode = static_cast<EnforcementMode>(choices.Below(3));
  size_t rules = choices.OneIn(8) ? 0 : 2 + choices.Below(10);
  if (choices.OneIn(24)) rules = 60;
  for (size_t i = 0; i < rules; ++i) collection.rules.push_back(MakeRule(files, choices));
  if (choices.OneIn(3)) {
    collection.extensions.emplace();
    collection.extensions->has_redstone = true;
    if (choices.OneIn(2)) {
      collection.extensions->services = static_cast<ServicesEnforcement>(choices.Below(3));
    }
    if (choices.OneIn(2)) collection.extensions->system_apps_allow = choices.OneIn(2);
  }
  return collection;
}

AppLockerPolicy MakePolicy(const std::vector<GeneratedFile>& files, Choices& choices) {
  AppLockerPolicy policy;
  for (size_t i = 0; i < kCollectionTypes; ++i) {
    if (choices.OneIn(4)) continue;
    policy.collections.push_back(MakeCollection(static_cast<CollectionType>(i), files, choices));
  }
  return policy;
}

AccessToken MakeToken(Choices& choices) {
  static const std::vector<Sid> kSids = Sids();
  AccessToken token;
  token.user = kSids[3 + choices.Below(kSids.size() - 3)];
  token.groups.push_back({kSids[0], GroupUse::kEnabled});
  const auto add = [&](std::vector<TokenGroup>& groups) {
    for (size_t n = choices.Below(4); n > 0; --n) {
      groups.push_back({choices.Of(kSids), static_cast<GroupUse>(choices.Below(2))});
    }
  };
  add(token.groups);
  if (choices.OneIn(3)) {
    token.exe_groups = token.groups;
    add(*token.exe_groups);
  }
  token.is_service = choices.OneIn(5);
  return token;
}

MatchingSettings MakeSettings(Choices& choices) {
  MatchingSettings settings;
  if (choices.OneIn(2)) return settings;
  const auto flip = [&](bool& flag) {
    if (choices.OneIn(3)) flag = !flag;
  };
  flip(settings.stream_is_part_of_path);
  flip(settings.trailing_dots_and_spaces_count);
  flip(settings.network_paths_have_device_spelling);
  flip(settings.claimed_paths_count_as_verified);
  flip(settings.question_mark_is_wildcard);
  flip(settings.binary_name_is_substring);
  flip(settings.lone_question_mark_is_any_name);
  flip(settings.msi_authenticode_hash_matches);
  flip(settings.scripts_use_exe_view);
  flip(settings.empty_collection_allows);
  flip(settings.packages_match_by_publisher_only);
  if (choices.OneIn(2)) settings.reported_rule = ReportedRule::kSmallestId;
  return settings;
}

// Puts a wildcard where a piece of the text was.
void PutWildcard(std::string& text, Choices& choices) {
  const size_t begin = choices.Below(text.size() + 1);
  const size_t length = choices.Below(std::min<size_t>(text.size() - begin, 6) + 1);
  text.replace(begin, length, choices.OneIn(4) ? "?" : "*");
}

}  // namespace

std::string GeneratePattern(const std::vector<GeneratedFile>& files, Choices& choices) {
  if (choices.OneIn(12))
    return choices.Of(std::vector<std::string>{"*", "*.*", "?*", "**", "*\\*"});
  const GeneratedFile& file = choices.Of(files);
  std::string text = choices.Of(kWindowsFronts) + choices.Of(kComponents) + "\\*";
  if (!file.spellings.empty()) text = choices.Of(file.spellings).text;
  if (choices.OneIn(2)) text = Replaced(std::move(text), '/', '\\');
  if (choices.OneIn(2)) text = WithCaseChanged(std::move(text), choices);
  if (choices.OneIn(3)) text = "*" + text.substr(choices.Below(text.size()));
  if (choices.OneIn(3)) text = text.substr(0, choices.Below(text.size()) + 1) + "*";
  for (size_t n = choices.Below(4); n > 0; --n) {
    if (!text.empty()) PutWildcard(text, choices);
  }
  return text.empty() ? "*" : Utf8(text);
}

GeneratedWorld GenerateWorld(Choices& choices) {
  GeneratedWorld world;
  world.settings = MakeSettings(choices);
  for (size_t n = 1 + choices.Below(5); n > 0; --n) world.files.push_back(MakeFile(choices));
  for (const GeneratedFile& file : world.files) {
    world.attributes.push_back(MakeFileAttributes(file.identity, file.spellings, world.settings));
  }
  for (size_t n = 1 + choices.Below(4); n > 0; --n) world.tokens.push_back(MakeToken(choices));
  const size_t layers = choices.OneIn(4) ? 2 : 1;
  for (size_t i = 0; i < layers; ++i) {
    std::vector<NamedPolicy> merged;
    for (size_t n = choices.OneIn(4) ? 2 : 1; n > 0; --n) {
      merged.push_back(
          {"policy" + std::to_string(merged.size()), MakePolicy(world.files, choices)});
    }
    world.layers.push_back(std::move(merged));
  }
  return world;
}

Request GenerateRequest(const GeneratedWorld& world, Choices& choices) {
  Request request;
  request.operation = static_cast<Operation>(choices.Below(5));
  request.collection = choices.OneIn(3)
                           ? CollectionFor(request.operation, FileKind::kPe)
                           : static_cast<CollectionType>(choices.Below(kCollectionTypes));
  if (choices.OneIn(40)) request.collection.reset();
  request.file = &choices.Of(world.attributes);
  request.token = &choices.Of(world.tokens);
  request.flags.sandbox_inert = choices.OneIn(8);
  request.flags.load_ignore_code_authz_level = choices.OneIn(8);
  return request;
}

PolicySet GeneratedWorld::Build() const {
  PolicySet::Builder builder(settings);
  for (const auto& layer : layers) builder.AddMergedLayer(layer);
  return std::move(builder.Build().value());
}

}  // namespace portcullis::testing
