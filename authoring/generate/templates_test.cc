// SPDX-License-Identifier: Apache-2.0
// The policies of share/policies that one may start from: each reads without a warning and says of
// example files what it promises.
#include <gmock/gmock.h>

#include <filesystem>
#include <map>

#include "authoring/access/windows_folders.h"
#include "authoring/known_bypasses.h"
#include "host/path_spellings.h"
#include "host/read_file.h"
#include "policy/applocker/limits.h"
#include "policy/applocker/policy_reader.h"
#include "policy/policy_set.h"

namespace portcullis {
namespace {

using applocker::CollectionType;
using ::testing::IsEmpty;

enum class Who : uint8_t { kUser, kAdministrator };

applocker::PolicyDocument ReadTemplate(const std::string& name) {
  const auto text = ReadFile("share/policies/" + name, applocker::kMaxPolicyBytes);
  if (!text) {
    ADD_FAILURE() << name << ": " << text.error().message;
    return {};
  }
  applocker::ReadOptions options;
  options.strict = true;
  const MemorySource source(AsBytes(*text));
  return applocker::ReadPolicy(source, options);
}

PolicySet Load(const std::string& name) {
  PolicySet::Builder builder;
  const auto document = ReadTemplate(name);
  EXPECT_TRUE(document.policy) << name;
  builder.AddMergedLayer({{name, document.policy.value_or(applocker::AppLockerPolicy())}});
  return std::move(*builder.Build());
}

struct Example {
  CollectionType collection;
  const char* path;
  Who who;
  Verdict verdict;
  const char* publisher = nullptr;  // and with it the original name
  const char* binary = "";
};

Verdict Judge(const PolicySet& policies, const Example& example) {
  static const PathSpeller speller(HostConfig::Default(), MountTable(), {});
  FileIdentity identity;
  identity.kind = FileKind::kPe;
  if (example.publisher != nullptr) {
    identity.publisher = FullyQualifiedBinaryName{example.publisher, "PRODUCT", example.binary,
                                                  FileVersion::Of(10, 0, 0, 0)};
  }
  const FileAttributes attributes = MakeFileAttributes(identity, speller.ForText(example.path));
  AccessToken token;
  token.user = well_known_sids::UnixUser(1000);
  token.groups = {{well_known_sids::kEveryone}, {well_known_sids::kUsers}};
  if (example.who == Who::kAdministrator)
    token.groups.push_back({well_known_sids::kAdministrators});
  Request request;
  request.collection = example.collection;
  request.file = &attributes;
  request.token = &token;
  return Decide(policies, request).verdict;
}

void Expect(const char* policy, const std::vector<Example>& examples) {
  const PolicySet policies = Load(policy);
  for (const Example& example : examples) {
    EXPECT_EQ(ToString(Judge(policies, example)), std::string(ToString(example.verdict)))
        << policy << ": " << example.path;
  }
}

constexpr auto kExe = CollectionType::kExe;
constexpr auto kDll = CollectionType::kDll;
constexpr auto kScript = CollectionType::kScript;
constexpr auto kMsi = CollectionType::kMsi;
constexpr auto kUser = Who::kUser;
constexpr auto kAdmin = Who::kAdministrator;
constexpr auto kYes = Verdict::kAllowed;
constexpr auto kNo = Verdict::kDeniedByDefault;
constexpr const char* kMicrosoft = "O=MICROSOFT CORPORATION, L=REDMOND, S=WASHINGTON, C=US";

TEST(Templates, ReadWithoutAWarning) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("share/policies")) {
    const auto document = ReadTemplate(entry.path().filename());
    EXPECT_TRUE(document.policy) << entry.path();
    EXPECT_THAT(document.errors, IsEmpty()) << entry.path();
    EXPECT_THAT(document.warnings, IsEmpty()) << entry.path();
    ++count;
  }
  EXPECT_GE(count, 7U);
}

TEST(Templates, AuditBeforeTheyEnforce) {
  for (const char* name : {"audit-everything.xml", "debian-server.xml", "debian-workstation.xml",
                           "windows-hardened.xml"}) {
    const auto document = ReadTemplate(name);
    ASSERT_TRUE(document.policy) << name;
    for (const auto& collection : document.policy->collections) {
      EXPECT_EQ(collection.mode(), applocker::EnforcementMode::kAuditOnly) << name;
    }
  }
}

TEST(Templates, AuditEverythingTellsOfEveryFile) {
  Expect("audit-everything.xml", {{kExe, "/usr/bin/ls", kUser, kNo},
                                  {kExe, "/usr/bin/ls", kAdmin, kNo},
                                  {kDll, "/usr/lib/libc.so.6", kUser, kNo},
                                  {kScript, "/etc/init.d/x", kAdmin, kNo},
                                  {kMsi, "C:\\a.msi", kUser, kNo},
                                  {CollectionType::kAppx, "C:\\a.appx", kUser, kNo, "CN=X", "APPX"},
                                  {kExe, "C:\\Windows\\a.exe", kUser, kNo, kMicrosoft, "A.EXE"}});
}

TEST(Templates, DebianServerAllowsPackagesAndNoToolsThatRunOtherCode) {
  Expect("debian-server.xml", {{kExe, "/usr/bin/ls", kUser, kYes},
                               {kExe, "/usr/sbin/sshd", kUser, kYes},
                               {kExe, "/usr/bin/perl", kUser, kYes},
                               {kExe, "/usr/bin/gdb", kUser, kNo},
                               {kExe, "/usr/bin/vim.basic", kUser, kNo},
                               {kExe, "/usr/bin/gdb", kAdmin, kYes},
                               {kExe, "/usr/local/bin/x", kUser, kNo},
                               {kExe, "/usr/local/bin/x", kAdmin, kYes},
                               {kExe, "/opt/x/y", kUser, kNo},
                               {kExe, "/opt/x/y", kAdmin, kYes},
                               {kExe, "/home/alice/x", kUser, kNo},
                               {kExe, "/home/alice/x", kAdmin, kNo},
                               {kExe, "/tmp/x", kAdmin, kNo},
                               {kScript, "/etc/cron.daily/apt", kUser, kYes},
                               {kScript, "/usr/bin/ldd", kUser, kYes},
                               {kScript, "/var/lib/dpkg/info/x.postinst", kAdmin, kYes},
                               {kScript, "/var/lib/dpkg/info/x.postinst", kUser, kNo},
                               {kScript, "/home/alice/x.sh", kUser, kNo},
                               {kDll, "/usr/lib/x86_64-linux-gnu/libc.so.6", kUser, kYes},
                               {kDll, "/usr/local/lib/x.so", kUser, kNo},
                               {kDll, "/tmp/x.so", kUser, kNo},
                               {kMsi, "/var/cache/apt/archives/x.deb", kAdmin, kYes},
                               {kMsi, "/tmp/x.deb", kAdmin, kNo}});
}

TEST(Templates, DebianWorkstationAllowsSystemWideProgramsAndNoneOfTheHome) {
  Expect("debian-workstation.xml", {{kExe, "/usr/bin/vim.basic", kUser, kYes},
                                    {kExe, "/usr/bin/gdb", kUser, kNo},
                                    {kExe, "/usr/bin/gdb", kAdmin, kYes},
                                    {kExe, "/opt/google/chrome/chrome", kUser, kYes},
                                    {kExe, "/var/lib/flatpak/app/x/bin/y", kUser, kYes},
                                    {kDll, "/snap/core/1/lib/x.so", kUser, kYes},
                                    {kExe, "/usr/local/bin/x", kUser, kNo},
                                    {kExe, "/usr/local/bin/x", kAdmin, kYes},
                                    {kExe, "/home/alice/.local/bin/x", kUser, kNo},
                                    {kScript, "/opt/x/run.sh", kUser, kYes},
                                    {kScript, "/home/alice/x.py", kUser, kNo},
                                    {kMsi, "/home/alice/x.deb", kAdmin, kNo}});
}

TEST(Templates, WindowsHardenedLeavesOutWhereUsersWriteAndKnownBypasses) {
  Expect(
      "windows-hardened.xml",
      {{kExe, "C:\\Windows\\System32\\calc.exe", kUser, kYes, kMicrosoft, "CALC.EXE"},
       {kExe, "C:\\Windows\\SysWOW64\\Tasks\\a.exe", kUser, kNo},
       {kExe, "C:\\Windows\\Temp\\a.exe", kUser, kNo},
       {kExe, "C:\\Windows\\Temp\\a.exe", kAdmin, kYes},
       {kExe, "C:\\Windows\\System32\\spool\\drivers\\color\\a.exe", kUser, kNo},
       {kScript, "C:\\Windows\\tracing\\a.ps1", kUser, kNo},
       {kDll, "C:\\Windows\\Tasks\\a.dll", kUser, kNo},
       {kExe, "C:\\Windows\\System32\\mshta.exe", kUser, Verdict::kDenied, kMicrosoft, "MSHTA.EXE"},
       {kExe, "C:\\Program Files\\renamed.exe", kAdmin, Verdict::kDenied, kMicrosoft,
        "MSBUILD.EXE"},
       {kExe, "C:\\Program Files (x86)\\App\\a.exe", kUser, kYes},
       {kExe, "C:\\Users\\alice\\a.exe", kUser, kNo},
       {kMsi, "C:\\Users\\alice\\a.msi", kUser, kNo, kMicrosoft, "{GUID}"},
       {kMsi, "C:\\Windows\\Installer\\1.msi", kUser, kYes},
       {CollectionType::kAppx, "C:\\a.appx", kUser, kYes, "CN=X", "APPX"}});
}

// Neither what stands in such a folder nor a stream of it.
TEST(Templates, WindowsHardenedLeavesOutEveryFolderThatIsKnown) {
  const PolicySet policies = Load("windows-hardened.xml");
  for (const WindowsFolder& folder : KnownWindowsFolders()) {
    if (!folder.is_writable) continue;
    const auto paths = WindowsPathsOf(folder.path, HostConfig::Default());
    ASSERT_TRUE(paths) << folder.path;
    for (const std::string& path : *paths) {
      for (const auto collection : {kExe, kScript, kDll}) {
        for (const char* name : {"\\a.exe", ":a.exe"}) {
          const std::string file = path + name;
          EXPECT_EQ(ToString(Judge(policies, {collection, file.c_str(), kUser, kNo})),
                    std::string(ToString(kNo)))
              << file;
        }
      }
    }
  }
}

// The template was written once; the list goes on.
TEST(Templates, WindowsHardenedDeniesTheWholeList) {
  const auto document = ReadTemplate("windows-hardened.xml");
  ASSERT_TRUE(document.policy);
  for (const KnownBypass& bypass : KnownBypasses()) {
    if (bypass.platform != BypassPlatform::kWindows || !bypass.needed_by.empty()) continue;
    const auto* collection = document.policy->Find(bypass.collection);
    ASSERT_NE(collection, nullptr) << bypass.name;
    const bool is_denied = std::ranges::any_of(collection->rules, [&](const auto& rule) {
      return rule.action == applocker::Action::kDeny && rule.condition == ConditionOf(bypass);
    });
    EXPECT_TRUE(is_denied) << bypass.name;
  }
}

}  // namespace
}  // namespace portcullis
