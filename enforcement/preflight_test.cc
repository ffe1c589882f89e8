// SPDX-License-Identifier: Apache-2.0
// A made-up machine, and policies that would lock its administrator out.
#include "enforcement/preflight.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "base/bytes.h"
#include "host/catalog_files.h"
#include "host/path_variables.h"
#include "policy/applocker/policy_reader.h"
#include "tests/support/catalog_builder.h"
#include "tests/support/elf_builder.h"
#include "tests/support/srp_policies.h"
#include "tests/support/test_signer.h"

namespace portcullis::enforcement {
namespace {

using applocker::AppLockerPolicy;
using applocker::CollectionType;
using portcullis::testing::ElfBuilder;
using portcullis::testing::MakeCertificate;
using portcullis::testing::SignCatalog;
using portcullis::testing::TakeDigest;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
namespace fs = std::filesystem;

constexpr const char* kEveryone = "S-1-1-0";
constexpr const char* kAdministrators = "S-1-5-32-544";
constexpr const char* kUsers = "S-1-5-32-545";

// ---- Policies.

std::string Id() {
  static int count = 0;
  char text[40];
  std::snprintf(text, sizeof(text), "00000000-0000-0000-0000-%012d", ++count);
  return text;
}
std::string RuleText(const std::string& kind, const std::string& action, const std::string& sid,
                     const std::string& condition, const std::string& exceptions = {}) {
  std::string text = "<" + kind + " Id=\"" + Id() + "\" Name=\"" + action + " " + kind +
                     "\" Description=\"\" UserOrGroupSid=\"" + sid + "\" Action=\"" + action +
                     "\"><Conditions>" + condition + "</Conditions>";
  if (!exceptions.empty()) text += "<Exceptions>" + exceptions + "</Exceptions>";
  return text + "</" + kind + ">";
}
std::string Place(const std::string& path) { return "<FilePathCondition Path=\"" + path + "\"/>"; }
std::string Path(const std::string& action, const std::string& sid, const std::string& path,
                 const std::string& exception = {}) {
  return RuleText("FilePathRule", action, sid, Place(path),
                  exception.empty() ? "" : Place(exception));
}
std::string Hash(const std::string& action, const std::string& hex) {
  return RuleText("FileHashRule", action, kEveryone,
                  "<FileHashCondition><FileHash Type=\"SHA256\" Data=\"0x" + hex +
                      "\" SourceFileName=\"x\" SourceFileLength=\"1\"/></FileHashCondition>");
}
std::string Publisher(const std::string& action) {
  return RuleText("FilePublisherRule", action, kEveryone,
                  "<FilePublisherCondition PublisherName=\"O=EXAMPLE\" ProductName=\"*\" "
                  "BinaryName=\"*\"><BinaryVersionRange LowSection=\"*\" HighSection=\"*\"/>"
                  "</FilePublisherCondition>");
}
std::string Collection(const std::string& type, const std::string& rules,
                       const std::string& mode = "Enabled", bool judges_services = true) {
  std::string text =
      "<RuleCollection Type=\"" + type + "\" EnforcementMode=\"" + mode + "\">" + rules;
  if (judges_services && (type == "Exe" || type == "Dll")) {
    text +=
        "<RuleCollectionExtensions><ThresholdExtensions><Services EnforcementMode=\"Enabled\"/>"
        "</ThresholdExtensions><RedstoneExtensions/></RuleCollectionExtensions>";
  }
  return text + "</RuleCollection>";
}
AppLockerPolicy Read(const std::string& collections) {
  const std::string xml = "<AppLockerPolicy Version=\"1\">" + collections + "</AppLockerPolicy>";
  auto policy = applocker::ReadPolicyOrFail(MemorySource(AsBytes(xml)));
  EXPECT_TRUE(policy) << policy.error().message << "\n" << xml;
  return policy.value_or(AppLockerPolicy());
}
const std::string kAllowSystem = Path("Allow", kEveryone, "%WINDIR%\\*");

// ---- The machine.

class PreflightTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = "/tmp/portcullis-preflight-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    speller_.emplace(HostConfig::Default(), MountTable(), std::vector<TreeMapping>());
    Write("/etc/passwd", "root:x:0:0::/root:/bin/bash\nada:x:1000:1000::/home/ada:/usr/bin/bash\n");
    Write("/etc/group", "root:x:0:\nsudo:x:27:ada\n");
    for (const char* link : {"bin", "sbin", "lib", "lib64"}) {
      fs::create_directories(root_ + "/usr/" + link);
      fs::create_directory_symlink(std::string("usr/") + link, root_ + "/" + link);
    }
    int which = 0;
    for (const char* program :
         {"/usr/lib/systemd/systemd", "/usr/bin/bash", "/usr/bin/dash", "/usr/bin/login",
          "/usr/sbin/sshd", "/usr/bin/sudo", "/usr/bin/su", "/usr/bin/apt", "/usr/bin/dpkg",
          "/usr/bin/perl", "/usr/bin/mount", "/usr/bin/systemctl", "/usr/bin/portcullis"}) {
      Write(program, Program(std::to_string(++which)));
    }
    fs::create_symlink("dash", root_ + "/usr/bin/sh");
    fs::create_symlink("../lib/systemd/systemd", root_ + "/usr/sbin/init");
    Write("/usr/lib64/ld.so", ElfBuilder{""}.Make());
    Write("/usr/lib/x86_64-linux-gnu/libc.so.6", ElfBuilder{""}.Make());
    Write("/usr/bin/deb-systemd-helper", "#!/usr/bin/perl\n");
    Write("/var/lib/dpkg/info/libc6.postinst", "#!/bin/sh\n");
  }
  void TearDown() override { fs::remove_all(root_); }

  void Write(const std::string& path, const std::string& content) const {
    fs::create_directories(fs::path(root_ + path).parent_path());
    std::ofstream(root_ + path, std::ios::binary) << content;
  }
  static std::string Program(const std::string& more) {
    return ElfBuilder().Add(1, "libc.so.6").Make() + more;
  }
  std::vector<NeededFileBlocked> Run(const AppLockerPolicy& policy) const {
    const auto set = PolicySet::Builder().AddMergedLayer({{"policy", policy}}).Build();
    EXPECT_TRUE(set);
    return set ? Judge(*set) : std::vector<NeededFileBlocked>();
  }
  std::vector<NeededFileBlocked> Judge(const PolicySet& set) const {
    PreflightSetup setup;
    setup.root = root_;
    setup.speller = &*speller_;
    setup.trust = &trust_;
    setup.catalogs = catalogs_.get();
    setup.at = time(nullptr);
    return RunPreflight(set, setup);
  }
  std::vector<NeededFileBlocked> Run(const srp::Policy& policy) const {
    PolicySet::Builder builder;
    builder.AddMergedLayer({{"srp.reg", {}, nullptr, policy}});
    builder.SetSrpEnvironment(PathEnvironment(HostConfig::Default()));
    return Judge(*builder.Build());
  }
  std::vector<NeededFileBlocked> Run(const std::string& collections) const {
    return Run(Read(collections));
  }
  // Refused for these groups, and what is advised makes it pass, in one go.
  std::vector<NeededFileBlocked> ExpectLockOut(const std::string& collections,
                                               const std::vector<std::string>& groups) const {
    AppLockerPolicy policy = Read(collections);
    const auto blocked = Run(policy);
    for (const std::string& group : groups) EXPECT_THAT(GroupsOf(blocked), Contains(group));
    for (const NeededFileBlocked& one : blocked) {
      EXPECT_FALSE(one.advice.empty()) << one.ToSentence();
      for (const RuleAdvice& advice : one.advice) {
        EXPECT_THAT(advice.ToXml(), HasSubstr("Rule Id=")) << advice.ToWords();
        Apply(advice, policy);
      }
    }
    for (const NeededFileBlocked& left : Run(policy)) ADD_FAILURE() << left.ToSentence();
    return blocked;
  }
  static std::vector<std::string> GroupsOf(const std::vector<NeededFileBlocked>& blocked) {
    std::vector<std::string> groups;
    for (const NeededFileBlocked& one : blocked) groups.push_back(one.group);
    return groups;
  }
  static std::vector<std::string> Advice(const std::vector<NeededFileBlocked>& blocked) {
    std::vector<std::string> words;
    for (const NeededFileBlocked& one : blocked) {
      for (const RuleAdvice& advice : one.advice) words.push_back(advice.ToWords());
    }
    return words;
  }
  static std::string ContentOf(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string Sha256(const std::string& path) const {
    const std::string content = ContentOf(root_ + path);
    const auto identity = Identify(MemorySource(AsBytes(content)), path, {});
    return HexUpper(identity->sha256);
  }

  // Every file of the machine is listed by a catalog that O=Example signed.
  void VouchForAll() {
    const int64_t now = time(nullptr);
    const auto signer = MakeCertificate({.subject = {{"O", "Example"}},
                                         .not_before = now - 1000,
                                         .not_after = now + 100'000,
                                         .extended_key_usage = "codeSigning"});
    ASSERT_TRUE(trust_.Add(signer.Der(), "signer"));
    portcullis::testing::CatalogSpec spec;
    for (const auto& entry : fs::recursive_directory_iterator(root_)) {
      if (!entry.is_regular_file() || entry.is_symlink()) continue;
      const std::string content = ContentOf(entry.path());
      spec.members.push_back({.digest = TakeDigest("SHA256", AsBytes(content))});
    }
    const std::string folder = root_ + "/catalogs";
    Write("/catalogs/a.cat", std::string(AsText(SignCatalog(
                                 portcullis::testing::BuildTrustList(spec), {.signer = &signer}))));
    ASSERT_TRUE(IndexCatalogs(folder));
    auto catalogs = LoadCatalogs(folder, CatalogAccess::kWhenNeeded);
    ASSERT_TRUE(catalogs) << catalogs.error().message;
    catalogs_ = *std::move(catalogs);
  }

  std::string root_;
  std::optional<PathSpeller> speller_;
  TrustStore trust_;
  std::shared_ptr<const CatalogStore> catalogs_;
};

// ---- What passes.

TEST_F(PreflightTest, FindsNothingInPoliciesThatAllowTheSystem) {
  EXPECT_THAT(Run(Collection("Exe", kAllowSystem)), IsEmpty());
  // Without rules a collection allows everything, whatever its mode.
  EXPECT_THAT(Run(Collection("Exe", "", "Enabled", false)), IsEmpty());
  EXPECT_THAT(Run(std::string()), IsEmpty());
}

TEST_F(PreflightTest, LeavesAloneWhoTheCollectionLeavesAlone) {
  const auto blocked = Run(Collection("Exe", Path("Allow", kEveryone, "/srv/*"), "Enabled", false));
  for (const NeededFileBlocked& one : blocked) {
    EXPECT_THAT(one.askers, Not(Contains("root as a service")));
  }
  EXPECT_THAT(GroupsOf(blocked), Not(Contains("init")));
  EXPECT_THAT(GroupsOf(blocked), Contains("sudo"));
}

TEST_F(PreflightTest, TellsOfWhatIsOnlyAudited) {
  const auto blocked = Run(Collection("Exe", Path("Allow", kEveryone, "/srv/*"), "AuditOnly"));
  ASSERT_FALSE(blocked.empty());
  for (const NeededFileBlocked& one : blocked) {
    EXPECT_TRUE(one.is_audited);
    EXPECT_THAT(one.ToSentence(), HasSubstr("were it enforced"));
  }
}

TEST_F(PreflightTest, AsksTheCatalogsOfTheHost) {
  const std::string policy = Collection("Exe", Publisher("Allow"));
  VouchForAll();
  EXPECT_THAT(GroupsOf(Run(policy)), IsEmpty());
  Write("/usr/bin/bash", Program("changed since"));
  EXPECT_THAT(GroupsOf(Run(policy)), Contains("shell"));
}

// ---- What would lock out.

TEST_F(PreflightTest, OnlyPublisherRules) {
  const auto blocked = ExpectLockOut(
      Collection("Exe", Publisher("Allow")),
      {"init", "shell", "login", "sudo", "sshd", "packages", "repair", "portcullis", "loader"});
  EXPECT_THAT(Advice(blocked),
              ::testing::Each("add to the Exe collection: allow Administrators path %WINDIR%\\*"));
}

TEST_F(PreflightTest, OnlyOpt) {
  ExpectLockOut(Collection("Exe", Path("Allow", kEveryone, "%PROGRAMFILES%\\*")),
                {"init", "shell"});
}

TEST_F(PreflightTest, OnlyUsersProgramsForAGroupThatRootIsNotIn) {
  ExpectLockOut(Collection("Exe", Path("Allow", "S-1-22-2-1000", "*")), {"init", "sshd"});
}

TEST_F(PreflightTest, DenyTheSshServerByItsPath) {
  const auto blocked = ExpectLockOut(
      Collection("Exe", kAllowSystem + Path("Deny", kEveryone, "%SYSTEM32%\\sshd")), {"sshd"});
  ASSERT_EQ(blocked.size(), 1U);
  EXPECT_EQ(blocked[0].path, "/usr/sbin/sshd");
  EXPECT_EQ(blocked[0].rule_name, "Deny FilePathRule");
  EXPECT_THAT(blocked[0].askers, ElementsAre("root as a service"));
  ASSERT_EQ(blocked[0].advice.size(), 1U) << "it is allowed but for that";
  EXPECT_EQ(blocked[0].advice[0].kind, RuleAdvice::Kind::kAddException);
  EXPECT_THAT(blocked[0].advice[0].ToWords(), HasSubstr("the exception path %SYSTEM32%\\sshd"));
}

TEST_F(PreflightTest, DenyTheSshServerByItsHash) {
  const auto blocked = ExpectLockOut(
      Collection("Exe", kAllowSystem + Hash("Deny", Sha256("/usr/sbin/sshd"))), {"sshd"});
  ASSERT_EQ(blocked.size(), 1U);
  EXPECT_EQ(blocked[0].advice[0].kind, RuleAdvice::Kind::kTakeOutHash);
}

TEST_F(PreflightTest, DenyTheShellToAdministrators) {
  const auto blocked = ExpectLockOut(
      Collection("Exe", kAllowSystem + Path("Deny", kAdministrators, "%WINDIR%\\bin\\bash")),
      {"shell"});
  EXPECT_THAT(blocked[0].askers, ElementsAre("root in a session", "the administrator ada"));
}

TEST_F(PreflightTest, DenyTheDynamicLoader) {
  ExpectLockOut(Collection("Exe", kAllowSystem + Path("Deny", kEveryone, "*\\ld.so")), {"loader"});
}

TEST_F(PreflightTest, DenyEverythingToEveryone) {
  ExpectLockOut(Collection("Exe", Path("Deny", kEveryone, "*")), {"init", "shell", "portcullis"});
}

TEST_F(PreflightTest, DenyTwice) {
  const auto blocked =
      ExpectLockOut(Collection("Exe", kAllowSystem + Path("Deny", kEveryone, "*\\sudo") +
                                          Path("Deny", kUsers, "%SYSTEM32%\\su*")),
                    {"sudo"});
  for (const NeededFileBlocked& one : blocked) {
    EXPECT_EQ(one.advice.size(), one.path.ends_with("/sudo") ? 2U : 1U);
  }
}

TEST_F(PreflightTest, ExceptionsThatTakeALoginAway) {
  const auto blocked = ExpectLockOut(
      Collection("Exe", Path("Allow", kEveryone, "%WINDIR%\\*", "%SYSTEM32%\\login")), {"login"});
  EXPECT_THAT(Advice(blocked), ElementsAre("add to the Exe collection: allow Administrators path "
                                           "%SYSTEM32%\\login"));
  EXPECT_TRUE(blocked[0].rule_id.empty());
}

TEST_F(PreflightTest, RulesForAdministratorsThatProgramsOfOthersNeed) {
  // The account that administers sees the linked token: programs run.
  EXPECT_THAT(Run(Collection("Exe", Path("Allow", kAdministrators, "*"))), IsEmpty());
  // Libraries see the plain one.
  const auto blocked =
      ExpectLockOut(Collection("Dll", Path("Allow", kAdministrators, "*")), {"libraries"});
  EXPECT_THAT(blocked[0].askers, ElementsAre("the administrator ada"));
  EXPECT_THAT(Advice(blocked), Contains(HasSubstr("allow Everyone")));
}

TEST_F(PreflightTest, LibrariesWithoutTheCLibrary) {
  const auto blocked = ExpectLockOut(
      Collection("Dll", Path("Allow", kEveryone, "%WINDIR%\\*", "*\\libc.so.6")), {"libraries"});
  ASSERT_EQ(blocked.size(), 1U);
  EXPECT_EQ(blocked[0].path, "/usr/lib/x86_64-linux-gnu/libc.so.6");
  EXPECT_EQ(blocked[0].collection, CollectionType::kDll);
}

TEST_F(PreflightTest, ScriptsWithoutThoseOfThePackageManager) {
  const auto blocked = ExpectLockOut(
      Collection("Script", Path("Allow", kEveryone, "%PROGRAMFILES%\\*")), {"packages"});
  EXPECT_THAT(Advice(blocked), Contains("add to the Script collection: allow Administrators path "
                                        "%OSDRIVE%\\var\\lib\\dpkg\\*"));
  EXPECT_THAT(Advice(blocked), Contains(HasSubstr("%SYSTEM32%\\deb-systemd-helper")));
}

TEST_F(PreflightTest, DenyTheInterpreterOfAScript) {
  ExpectLockOut(Collection("Exe", kAllowSystem + Path("Deny", kEveryone, "*\\perl*")),
                {"packages"});
}

TEST_F(PreflightTest, DenyPortcullisItself) {
  ExpectLockOut(
      Collection("Exe", kAllowSystem + Path("Deny", kEveryone, "%OSDRIVE%\\usr\\bin\\portcullis")),
      {"portcullis"});
}

TEST_F(PreflightTest, DenyByAPublisherOfWhatCanNotBeRead) {
  // Nothing is known of it, so a deny rule that needs it denies.
  EXPECT_THAT(Run(Collection("Exe", kAllowSystem + Publisher("Deny"))), IsEmpty());
}

TEST_F(PreflightTest, ANameThatNoPatternMeansAloneIsAllowedByHash) {
  Write("/etc/passwd", "root:x:0:0::/root:/opt/a*b\n");
  Write("/opt/a*b", Program("odd"));
  const auto blocked = ExpectLockOut(Collection("Exe", kAllowSystem), {"shell"});
  ASSERT_EQ(blocked.size(), 1U);
  EXPECT_THAT(Advice(blocked), Contains(HasSubstr("its hash")));
}

TEST_F(PreflightTest, SoftwareRestrictionPoliciesThatKeepPeopleOut) {
  srp::Policy policy = testing::SrpPolicyOf(srp::Level::kDisallowed, {testing::AllowPath("/opt")});
  const auto blocked = Run(policy);
  EXPECT_THAT(GroupsOf(blocked), Contains("shell"));
  for (const NeededFileBlocked& one : blocked) {
    ASSERT_EQ(one.advice.size(), 1U) << one.path;
    EXPECT_EQ(one.advice[0].ToWords(),
              "add to the Software Restriction Policies: Unrestricted path " + one.path);
    EXPECT_THAT(one.advice[0].ToXml(), HasSubstr("Level=\"Unrestricted\" Path=\"" + one.path));
    policy.rules.push_back(one.advice[0].srp);
  }
  EXPECT_THAT(Run(policy), IsEmpty()) << "what was advised is enough";
}

TEST_F(PreflightTest, FindingsAreOneAGroup) {
  const auto findings = CheckNeededFiles(Run(Collection("Exe", Path("Deny", kEveryone, "*"))));
  std::vector<std::string> subjects;
  for (const Finding& finding : findings) {
    EXPECT_EQ(finding.id, "needed-files");
    EXPECT_TRUE(finding.weakens());
    subjects.push_back(finding.subject);
  }
  EXPECT_THAT(subjects,
              ::testing::UnorderedElementsAre("init", "shell", "login", "sudo", "sshd", "packages",
                                              "repair", "portcullis", "loader"));
  const auto none = CheckNeededFiles({});
  ASSERT_EQ(none.size(), 1U);
  EXPECT_FALSE(none[0].weakens());
}

TEST(Preflight, OfThisMachinePassesTheDefaultRules) {
  std::ifstream in("share/policies/default-rules-with-dll.xml", std::ios::binary);
  const std::string xml{std::istreambuf_iterator<char>(in), {}};
  auto policy = applocker::ReadPolicyOrFail(MemorySource(AsBytes(xml)));
  ASSERT_TRUE(policy) << policy.error().message;
  const auto set = PolicySet::Builder().AddMergedLayer({{"policy", *policy}}).Build();
  ASSERT_TRUE(set);
  const HostConfig config = HostConfig::Default();
  const auto mounts = MountTable::OfThisProcess(config.network_file_systems);
  ASSERT_TRUE(mounts);
  const PathSpeller speller(config, *mounts, {});
  PreflightSetup setup;
  setup.speller = &speller;
  for (const NeededFileBlocked& one : RunPreflight(*set, setup)) ADD_FAILURE() << one.ToSentence();
}

}  // namespace
}  // namespace portcullis::enforcement
