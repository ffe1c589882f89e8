// SPDX-License-Identifier: Apache-2.0
#include "authoring/generate/generate.h"

#include <gmock/gmock.h>

#include "authoring/generate/default_rules.h"
#include "authoring/generate/fake_write_access.h"
#include "authoring/generate/origins.h"
#include "base/byte_source.h"
#include "policy/applocker/policy_reader.h"

namespace portcullis {
namespace {

using applocker::CollectionType;
using applocker::FileHashCondition;
using applocker::FilePathCondition;
using applocker::FilePublisherCondition;
using applocker::Rule;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

SeenFile Program(const std::string& path, uint8_t digest = 1) {
  SeenFile file;
  file.machine = "m1";
  file.path = path;
  file.kind = FileKind::kPe;
  file.size = 100U + digest;
  file.rule_path = PathSpelling{path, true, path.find('/') != std::string::npos};
  file.digest.emplace().bytes.fill(digest);
  return file;
}

SeenFile Signed(const std::string& path, FileVersion version, const std::string& product = "TOOLS",
                const std::string& binary = "TOOL.EXE") {
  SeenFile file = Program(path);
  file.publisher = FullyQualifiedBinaryName{"O=ACME, C=US", product, binary, version};
  return file;
}

GenerateOptions With(std::vector<RuleType> types, Grouping grouping = Grouping::kNone) {
  GenerateOptions options;
  options.types = std::move(types);
  options.grouping = grouping;
  return options;
}

Generated Make(const std::vector<SeenFile>& files, const GenerateOptions& options) {
  auto generated = GeneratePolicy(files, options);
  if (generated) return *std::move(generated);
  ADD_FAILURE() << generated.error().message;
  return {};
}

std::vector<Rule> RulesOf(const Generated& generated, CollectionType type = CollectionType::kExe) {
  const auto* collection = generated.policy.Find(type);
  return collection == nullptr ? std::vector<Rule>() : collection->rules;
}

std::vector<std::string> NamesOf(const Generated& generated,
                                 CollectionType type = CollectionType::kExe) {
  std::vector<std::string> names;
  for (const Rule& rule : RulesOf(generated, type)) names.push_back(rule.name);
  return names;
}

constexpr FileVersion kV1 = FileVersion::Of(1, 2, 3, 4);
constexpr FileVersion kV2 = FileVersion::Of(2, 0, 0, 0);

TEST(GeneratePolicy, GivesEachFileTheFirstTypeThatIsPossible) {
  const std::vector<SeenFile> files = {Signed("C:\\a\\tool.exe", kV1), Program("C:\\a\\b.exe")};
  const Generated generated = Make(files, GenerateOptions());
  EXPECT_THAT(
      NamesOf(generated),
      ElementsAre("TOOL.EXE, version 1.2.3.4 and above, in TOOLS, from O=ACME, C=US", "b.exe"));
  const std::vector<Rule> rules = RulesOf(generated);
  const auto& publisher = std::get<FilePublisherCondition>(rules.at(0).condition);
  EXPECT_EQ(publisher.binary_version_range.low_section, kV1);
  EXPECT_FALSE(publisher.binary_version_range.high_section);
  const auto& hash = std::get<FileHashCondition>(rules.at(1).condition).hashes.at(0);
  EXPECT_EQ(hash.digest, files[1].digest);
  EXPECT_EQ(hash.source_file_name, "b.exe");
  EXPECT_EQ(hash.source_file_length, "101");
  const Rule& rule = rules[0];
  EXPECT_EQ(rule.user_or_group_sid, well_known_sids::kEveryone);
  EXPECT_EQ(rule.action, applocker::Action::kAllow);
  EXPECT_EQ(rule.description, "");
  EXPECT_EQ(generated.policy.Find(CollectionType::kExe)->mode(),
            applocker::EnforcementMode::kNotConfigured);
}

TEST(GeneratePolicy, NamesTheFileThatNoRuleCanBeMadeFor) {
  const std::vector<SeenFile> files = {Program("C:\\a.exe"), Program("C:\\b.exe")};
  const auto refused = GeneratePolicy(files, With({RuleType::kPublisher}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(refused.error().message, HasSubstr("a.exe"));
  EXPECT_THAT(refused.error().message, HasSubstr("counts as unsigned"));
  EXPECT_THAT(refused.error().message, HasSubstr("1 other file"));
  GenerateOptions skip = With({RuleType::kPublisher});
  skip.missing = MissingInformation::kSkip;
  std::vector<SeenFile> more = files;
  more.push_back(Signed("C:\\c.exe", kV1));
  const Generated generated = Make(more, skip);
  EXPECT_THAT(RulesOf(generated), SizeIs(1));
  ASSERT_THAT(generated.skipped, SizeIs(2));
  EXPECT_EQ(generated.skipped[0].file, 0U);
  const auto nothing = GeneratePolicy(files, skip);
  ASSERT_FALSE(nothing);
  EXPECT_THAT(nothing.error().message, HasSubstr("nothing to make a rule of"));
}

TEST(GeneratePolicy, FallsToTheNextTypeWhereThePublisherNamesTooLittle) {
  const std::vector<SeenFile> files = {Signed("C:\\a.exe", kV1, ""),
                                       Signed("C:\\b.exe", kV1, "TOOLS", "")};
  for (const Rule& rule : RulesOf(Make(files, GenerateOptions()))) {
    EXPECT_TRUE(std::holds_alternative<FileHashCondition>(rule.condition)) << rule.name;
  }
  GenerateOptions options;
  options.level = PublisherLevel::kPublisher;
  EXPECT_THAT(NamesOf(Make(files, options)), ElementsAre("Signed by O=ACME, C=US"));
}

TEST(GeneratePolicy, LetsNoFileWidenItsOwnRuleByItsNames) {
  GenerateOptions options = With({RuleType::kPublisher, RuleType::kPath, RuleType::kHash});
  const std::vector<SeenFile> files = {Signed("C:\\a?b.exe", kV1, "*"),
                                       Signed("C:\\a*b.exe", kV1, "TOOLS", "*.EXE"),
                                       Signed("/opt/x\\y", kV1, "TOOLS", "?")};
  for (const Rule& rule : RulesOf(Make(files, options))) {
    EXPECT_TRUE(std::holds_alternative<FileHashCondition>(rule.condition)) << rule.name;
  }
}

struct Level {
  PublisherLevel level;
  VersionChoice version;
  std::string name;
};

TEST(GeneratePolicy, AsksForAsMuchOfThePublisherAsTheLevelSays) {
  const std::vector<SeenFile> files = {Signed("C:\\a.exe", kV1)};
  for (const Level& level : std::vector<Level>{
           {PublisherLevel::kAllSigned, VersionChoice::kAtLeast, "Signed by *"},
           {PublisherLevel::kPublisher, VersionChoice::kAtLeast, "Signed by O=ACME, C=US"},
           {PublisherLevel::kProduct, VersionChoice::kAtLeast, "TOOLS, from O=ACME, C=US"},
           {PublisherLevel::kFile, VersionChoice::kAtLeast,
            "TOOL.EXE, in TOOLS, from O=ACME, C=US"},
           {PublisherLevel::kVersion, VersionChoice::kExactly,
            "TOOL.EXE version 1.2.3.4 exactly in TOOLS from O=ACME, C=US"},
           {PublisherLevel::kVersion, VersionChoice::kAtMost,
            "TOOL.EXE, version 1.2.3.4 and below, in TOOLS, from O=ACME, C=US"},
           {PublisherLevel::kVersion, VersionChoice::kAny,
            "TOOL.EXE, in TOOLS, from O=ACME, C=US"}}) {
    GenerateOptions options;
    options.level = level.level;
    options.version = level.version;
    EXPECT_THAT(NamesOf(Make(files, options)), ElementsAre(level.name));
  }
}

TEST(GeneratePolicy, MakesNoVersionAnyVersion) {
  const std::vector<SeenFile> files = {Signed("C:\\a.exe", FileVersion())};
  EXPECT_THAT(NamesOf(Make(files, GenerateOptions())),
              ElementsAre("TOOL.EXE, in TOOLS, from O=ACME, C=US"));
}

TEST(GeneratePolicy, GroupsByProductFolderAndHash) {
  std::vector<SeenFile> files = {Signed("C:\\a.exe", kV1), Signed("C:\\b.exe", kV2, "TOOLS", "B"),
                                 Program("C:\\c.exe", 2), Program("C:\\d.exe", 3)};
  const Generated hashes =
      Make(files, With({RuleType::kPublisher, RuleType::kHash}, Grouping::kOptimize));
  EXPECT_THAT(NamesOf(hashes), ElementsAre("TOOLS, from O=ACME, C=US", "c.exe, d.exe"));
  const FakeWriteAccess access({});
  GenerateOptions paths = With({RuleType::kPath}, Grouping::kOptimize);
  paths.host_access = &access;
  paths.windows_access = &access;
  EXPECT_THAT(NamesOf(Make(files, paths)), ElementsAre("C:\\*"));
}

TEST(GeneratePolicy, WidensTheVersionsOfAGroupToThoseThatWereSeen) {
  std::vector<SeenFile> files = {Signed("C:\\a.exe", kV2), Signed("C:\\b.exe", kV1)};
  GenerateOptions options = With({RuleType::kPublisher}, Grouping::kOptimize);
  options.level = PublisherLevel::kVersion;
  EXPECT_THAT(NamesOf(Make(files, options)),
              ElementsAre("TOOL.EXE, version 1.2.3.4 and above, in TOOLS, from O=ACME, C=US"));
  options.version = VersionChoice::kAtMost;
  EXPECT_THAT(NamesOf(Make(files, options)),
              ElementsAre("TOOL.EXE, version 2.0.0.0 and below, in TOOLS, from O=ACME, C=US"));
  options.version = VersionChoice::kExactly;
  EXPECT_THAT(NamesOf(Make(files, options)), SizeIs(2));
  options.grouping = Grouping::kNone;
  options.version = VersionChoice::kAtLeast;
  EXPECT_THAT(NamesOf(Make(files, options)), SizeIs(2));
}

TEST(GeneratePolicy, CutsTheNamesOfManyFiles) {
  std::vector<SeenFile> files;
  for (uint8_t i = 0; i < 9; ++i) {
    files.push_back(Program("/opt/" + std::string(1, static_cast<char>('a' + i)), i));
  }
  EXPECT_THAT(NamesOf(Make(files, With({RuleType::kHash}, Grouping::kOptimize))),
              ElementsAre("a, b, c, d, e..."));
  files[0].path = "/opt/" + std::string(5000, 'x');
  for (const std::string& name : NamesOf(Make(files, With({RuleType::kHash})))) {
    EXPECT_LE(name.size(), 1024U);
  }
}

TEST(GeneratePolicy, MakesNoPathRuleForWhatTheUserCanWrite) {
  const FakeWriteAccess access({"/opt/tmp", "/opt/b/tool"});
  GenerateOptions options = With({RuleType::kPath, RuleType::kHash});
  options.host_access = &access;
  options.windows_access = &access;
  const std::vector<SeenFile> files = {Program("/opt/a/tool", 1), Program("/opt/b/tool", 2),
                                       Program("/opt/tmp/tool", 3)};
  for (const Grouping grouping : {Grouping::kNone, Grouping::kOptimize}) {
    options.grouping = grouping;
    std::vector<std::string> paths;
    for (const Rule& rule : RulesOf(Make(files, options))) {
      if (const auto* path = std::get_if<FilePathCondition>(&rule.condition)) {
        paths.push_back(path->path);
      }
    }
    EXPECT_THAT(paths, ElementsAre("/opt/a/tool"));
  }
  const auto refused = GeneratePolicy({files[2]}, [&] {
    GenerateOptions only_paths = options;
    only_paths.types = {RuleType::kPath};
    return only_paths;
  }());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("it was planted so"));
}

TEST(GeneratePolicy, SaysThatItDoesNotKnowWhoMayWrite) {
  const GenerateOptions options = With({RuleType::kPath}, Grouping::kOptimize);
  const Generated generated = Make({Program("/opt/a"), Program("/opt/b")}, options);
  EXPECT_THAT(NamesOf(generated), ElementsAre("/opt/a", "/opt/b"));
  EXPECT_THAT(generated.notes, ElementsAre(HasSubstr("path rules (2) are for single files")));
}

TEST(GeneratePolicy, KnowsPackagesByPublisherAlone) {
  SeenFile package = Signed("C:\\app.appx", kV1, "CONTOSO.APP", "APPX");
  package.collection = CollectionType::kAppx;
  package.kind = FileKind::kAppx;
  const Generated generated =
      Make({package}, With({RuleType::kPath, RuleType::kHash, RuleType::kPublisher}));
  EXPECT_THAT(NamesOf(generated, CollectionType::kAppx),
              ElementsAre("APPX, version 1.2.3.4 and above, in CONTOSO.APP, from O=ACME, C=US"));
}

TEST(GeneratePolicy, PutsPrefixModeAndExtensionsIn) {
  SeenFile library = Program("/opt/lib.so");
  library.collection = CollectionType::kDll;
  SeenFile script = Program("/opt/run.sh");
  script.collection = CollectionType::kScript;
  GenerateOptions options;
  options.prefix = "Corp";
  options.mode = applocker::EnforcementMode::kAuditOnly;
  options.services = applocker::ServicesEnforcement::kEnabled;
  options.allow_windows = true;
  options.user = well_known_sids::kUsers;
  const Generated generated = Make({library, script}, options);
  ASSERT_THAT(generated.policy.collections, SizeIs(2));
  const auto& scripts = generated.policy.collections[0];
  const auto& libraries = generated.policy.collections[1];
  EXPECT_EQ(scripts.rules[0].name, "Corp: run.sh");
  EXPECT_EQ(scripts.rules[0].user_or_group_sid, well_known_sids::kUsers);
  EXPECT_FALSE(scripts.extensions);
  EXPECT_EQ(libraries.mode(), applocker::EnforcementMode::kAuditOnly);
  ASSERT_TRUE(libraries.extensions);
  EXPECT_EQ(libraries.extensions->services, applocker::ServicesEnforcement::kEnabled);
  EXPECT_TRUE(libraries.extensions->has_redstone);
  EXPECT_EQ(libraries.extensions->system_apps_allow, true);
}

TEST(GeneratePolicy, AddsTheDefaultRulesWithTheirIds) {
  GenerateOptions options;
  options.default_rules = true;
  const Generated generated = Make({}, options);
  EXPECT_THAT(generated.policy.collections, SizeIs(4));
  EXPECT_EQ(RulesOf(generated).at(0).id.ToString(), "921cc481-6e17-4653-8f75-050b80acca20");
  EXPECT_EQ(RulesOf(generated).at(0), DefaultRules()->Find(CollectionType::kExe)->rules.at(0));
  EXPECT_THAT(RulesOf(generated, CollectionType::kDll), IsEmpty());
  EXPECT_THAT(RulesOf(generated, CollectionType::kMsi), SizeIs(3));
  SeenFile library = Program("/opt/lib.so");
  library.collection = CollectionType::kDll;
  EXPECT_THAT(RulesOf(Make({library}, options), CollectionType::kDll), SizeIs(4));
}

TEST(DefaultRules, AreThoseOfTheFileThatIsShipped) {
  const auto rules = DefaultRules();
  ASSERT_TRUE(rules) << rules.error().message;
  size_t count = 0;
  for (const auto& collection : rules->collections) count += collection.rules.size();
  EXPECT_EQ(count, 13U);
}

TEST(GeneratePolicy, DeniesKnownBypassesOfThePlatformWhereSomethingIsAllowed) {
  GenerateOptions options;
  options.deny_known_bypasses = true;
  const Generated generated = Make({Program("/usr/bin/gdb"), Program("/usr/bin/ls", 2)}, options);
  std::vector<std::string> denied;
  for (const Rule& rule : RulesOf(generated)) {
    if (rule.action != applocker::Action::kDeny) continue;
    ASSERT_TRUE(std::holds_alternative<FilePathCondition>(rule.condition)) << rule.name;
    EXPECT_THAT(rule.name, StartsWith("Known bypass: "));
    EXPECT_THAT(rule.description, HasSubstr("https://"));
    denied.push_back(std::get<FilePathCondition>(rule.condition).path);
  }
  EXPECT_THAT(denied, ::testing::Contains("*/gdb"));
  EXPECT_THAT(denied, ::testing::Not(::testing::Contains("*/perl*")));
  EXPECT_THAT(generated.notes, ElementsAre(HasSubstr("1 of the files that were seen are denied as "
                                                     "known bypasses: \"/usr/bin/gdb\"")));
}

// Default rules allow everyone; what is allowed to one user is denied to that user alone.
TEST(GeneratePolicy, DeniesKnownBypassesToWhomeverTheRulesAllow) {
  for (const bool default_rules : {false, true}) {
    GenerateOptions options;
    options.user = well_known_sids::UnixUser(1);
    options.deny_known_bypasses = true;
    options.default_rules = default_rules;
    size_t count = 0;
    for (const Rule& rule : RulesOf(Make({Program("/usr/bin/ls")}, options))) {
      if (rule.action != applocker::Action::kDeny) continue;
      ++count;
      EXPECT_EQ(rule.user_or_group_sid, default_rules ? well_known_sids::kEveryone : options.user);
      EXPECT_THAT(rule.description, ::testing::MatchesRegex("It [a-z]+s .*"));
    }
    EXPECT_GT(count, 10U);
  }
}

TEST(GeneratePolicy, AddsNoRuleThatWouldDenyAllOfACollection) {
  GenerateOptions options;
  options.deny_known_bypasses = true;
  const Generated generated = Make({Program("C:\\a.exe")}, options);
  EXPECT_THAT(RulesOf(generated, CollectionType::kDll), IsEmpty());
  EXPECT_THAT(generated.notes, ElementsAre(HasSubstr("Dll: no rule allows anything")));
}

TEST(GeneratePolicy, IsTheSameForTheSameFilesInAnyOrder) {
  std::vector<SeenFile> files = {Signed("C:\\a.exe", kV1), Signed("C:\\A.EXE", kV2),
                                 Program("C:\\c.exe", 2), Program("C:\\x\\d.exe", 2)};
  for (const Grouping grouping : {Grouping::kNone, Grouping::kOptimize}) {
    const GenerateOptions options = With({RuleType::kPath, RuleType::kHash}, grouping);
    const std::string xml = WriteGenerated(Make(files, options)).value();
    std::vector<SeenFile> reversed(files.rbegin(), files.rend());
    EXPECT_EQ(WriteGenerated(Make(reversed, options)).value(), xml);
  }
}

TEST(Origins, TellEachFileOfEachRuleOnce) {
  SeenFile elsewhere = Program("/opt/a");
  elsewhere.machine = "m2";
  std::vector<SeenFile> files = {Program("/opt/a"), elsewhere, Program("/opt/a"),
                                 Program("/opt/b", 2)};
  GenerateOptions options;
  options.deny_known_bypasses = true;
  const Generated generated = Make(files, options);
  const std::string lines = OriginLines(generated, files);
  EXPECT_THAT(lines,
              HasSubstr("\"machine\":\"m1\",\"path\":\"/opt/a\",\"hash\":{\"type\":\"SHA256\""));
  EXPECT_THAT(lines, HasSubstr("\"machine\":\"m2\",\"path\":\"/opt/a\""));
  EXPECT_THAT(lines, HasSubstr("\"known_bypass\":\"gdb\""));
  size_t of_files = 0;
  for (size_t at = lines.find("\"machine\""); at != std::string::npos;
       at = lines.find("\"machine\"", at + 1)) {
    ++of_files;
  }
  EXPECT_EQ(of_files, 3U);
  const auto shared = std::ranges::find_if(
      generated.origins, [](const RuleOrigin& origin) { return origin.files.size() == 3; });
  ASSERT_NE(shared, generated.origins.end());
  EXPECT_EQ(CountMachines(*shared, files), 2U);
}

TEST(GeneratePolicy, MakesNoPathRuleForAStream) {
  const auto refused = GeneratePolicy({Program("C:\\Apps\\a.exe:b.exe")}, With({RuleType::kPath}));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("names a stream"));
  EXPECT_THAT(RulesOf(Make({Program("C:\\Apps\\a.exe")}, With({RuleType::kPath}))), SizeIs(1));
}

const HostConfig& Config() {
  static const HostConfig config = HostConfig::Default();
  return config;
}

TEST(SeenFile, PrefersTheSpellingThatSaysLeastBeside) {
  EXPECT_EQ(
      PreferredSpelling({{"/usr/bin/ls"}, {"%SYSTEM32%/ls"}, {"%WINDIR%/bin/ls"}}, Config())->text,
      "%WINDIR%/bin/ls");
  EXPECT_EQ(
      PreferredSpelling({{"/opt/x"}, {"%PROGRAMFILES%/x"}, {"%OSDRIVE%/opt/x"}}, Config())->text,
      "%OSDRIVE%/opt/x");
  EXPECT_EQ(PreferredSpelling({{"/media/x"}, {"%REMOVABLE%/x"}, {"%HOT%/x"}}, Config())->text,
            "/media/x");
  EXPECT_EQ(
      PreferredSpelling(
          {{"C:\\Windows\\System32\\a"}, {"%WINDIR%\\System32\\a"}, {"%SYSTEM32%\\a"}}, Config())
          ->text,
      "%SYSTEM32%\\a");
  EXPECT_FALSE(PreferredSpelling({{"/usr/bin/ls", false}}, Config()));
}

TEST(SeenFile, TakesNoMacroThatStandsForSeveralFolders) {
  HostConfig config = Config();
  const auto macro = std::ranges::find(config.macros, "%WINDIR%", &PathMacro::name);
  ASSERT_NE(macro, config.macros.end());
  macro->directories.push_back("/srv/windows");
  const std::vector<PathSpelling> spellings = {{"/usr/bin/ls"}, {"%WINDIR%/bin/ls"}};
  EXPECT_EQ(PreferredSpelling(spellings, config)->text, "/usr/bin/ls");
  EXPECT_EQ(PreferredSpelling({{"/usr/bin/ls"}, {"%OTHER%/ls"}}, config)->text, "/usr/bin/ls");
}

// Of an installer the digest of the whole file, as FileInformation has it.
TEST(SeenFile, KeepsTheFirstHash) {
  FileReport report;
  report.collection = CollectionType::kMsi;
  report.identity.hashes.resize(2);
  report.identity.hashes[0].digest.bytes.fill(7);
  EXPECT_EQ(SeenFileOf(report, "m", Config())->digest, report.identity.hashes[0].digest);
}

TEST(SeenFile, IsNoFileThatNothingJudgesOrThatCouldNotBeRead) {
  FileReport report;
  report.path = "/x";
  EXPECT_FALSE(SeenFileOf(report, "m", Config()));
  report.collection = CollectionType::kExe;
  ASSERT_TRUE(SeenFileOf(report, "m", Config()));
  report.identity.hashes.emplace_back();
  report.identity.publisher.emplace();
  report.identity.unknown = {true, true};
  EXPECT_FALSE(SeenFileOf(report, "m", Config())->digest);
  EXPECT_FALSE(SeenFileOf(report, "m", Config())->publisher);
  report.problem = Error{ErrorCode::kIo, "gone"};
  EXPECT_FALSE(SeenFileOf(report, "m", Config()));
}

}  // namespace
}  // namespace portcullis
