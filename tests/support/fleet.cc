// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fleet.h"

#include <fmt/core.h>

#include <random>

#include "base/json_writer.h"
#include "tests/policy/choices.h"

namespace portcullis::testing {
namespace {

constexpr size_t kVendors = 200;

FileDigest DigestOf(HashType type, size_t program) {
  FileDigest digest{type, {}};
  std::mt19937_64 random(program * 3 + static_cast<size_t>(type));
  for (size_t i = 0; i < digest.size(); ++i) digest.bytes.at(i) = static_cast<uint8_t>(random());
  return digest;
}

std::string Vendor(size_t program) { return fmt::format("Vendor {}", program % kVendors); }

std::string PublisherOf(size_t program) {
  return fmt::format("O=VENDOR {} INCORPORATED, L=REDMOND, S=WASHINGTON, C=US", program % kVendors);
}

std::string BinaryOf(size_t program) { return fmt::format("TOOL-{}.EXE", program); }

FullyQualifiedBinaryName NameOf(size_t program) {
  return {PublisherOf(program), fmt::format("PRODUCT {}", program % 1000), BinaryOf(program),
          FileVersion::Of(static_cast<uint16_t>(program % 20), 1, 0, 5)};
}

std::string FolderOf(size_t program) {
  return fmt::format("Program Files\\{}\\Product {}\\bin", Vendor(program), program % 1000);
}

void AddPaths(FileReport& report, const std::string& below_drive) {
  report.path = "C:\\" + below_drive;
  report.paths = {{"\\Device\\HarddiskVolume3\\" + below_drive, true, false},
                  {"C:\\" + below_drive, true, false},
                  {"%OSDRIVE%\\" + below_drive, true, false}};
  constexpr std::string_view kPrograms = "Program Files\\";
  if (!below_drive.starts_with(kPrograms)) return;
  report.paths.push_back({"%PROGRAMFILES%\\" + below_drive.substr(kPrograms.size()), true, false});
}

void AddSignature(FileIdentity& identity, size_t program) {
  identity.publisher = NameOf(program);
  identity.version_info = VersionInfo{"Product", BinaryOf(program), identity.publisher->version};
  SignatureReport& signature = identity.signature;
  signature.status = SignatureStatus::kValid;
  signature.subject = PublisherOf(program) + ", CN=Vendor Incorporated";
  signature.issuer = "C=US, S=Washington, O=Some Authority, CN=Some Authority Code Signing 2024";
  signature.publisher_name = PublisherOf(program);
}

applocker::Condition ConditionAbout(size_t program, size_t kind, Choices& choices) {
  using namespace applocker;  // NOLINT(google-build-using-namespace)
  if (kind < 4) {
    const std::string folder = FolderOf(program);
    return FilePathCondition{choices.OneIn(3) ? "%OSDRIVE%\\USERS\\*\\" + BinaryOf(program)
                                              : "%OSDRIVE%\\" + folder + "\\*"};
  }
  if (kind < 7) {
    const FullyQualifiedBinaryName name = NameOf(program);
    return FilePublisherCondition{name.publisher, choices.OneIn(2) ? name.product : "*", "*", {}};
  }
  FileHashCondition hashes;
  hashes.hashes.push_back({DigestOf(HashType::kSha256, program), {}, {}});
  return hashes;
}

}  // namespace

FileReport Fleet::Report(uint64_t number, uint64_t facts_a_machine) const {
  const uint64_t machine = number / facts_a_machine % machines_;
  Choices choices(number * 31 + 7);
  const size_t program = choices.Below(programs_);
  FileReport report;
  const bool is_own = choices.OneIn(kOwnEvery);
  AddPaths(report, is_own ? fmt::format("Users\\user{}\\AppData\\Local\\tools\\tool-{}.exe",
                                        machine, program)
                          : fmt::format("{}\\tool-{}.exe", FolderOf(program), program));
  report.operation = program % 4 == 3 ? Operation::kLoad : Operation::kExecute;
  report.collection =
      program % 4 == 3 ? applocker::CollectionType::kDll : applocker::CollectionType::kExe;
  FileIdentity& identity = report.identity;
  identity.kind = FileKind::kPe;
  identity.size = program * 1024;
  identity.hashes = {{DigestOf(HashType::kSha256, program), HashForm::kAuthenticode},
                     {DigestOf(HashType::kSha256Flat, program), HashForm::kFlat},
                     {DigestOf(HashType::kSha1, program), HashForm::kAuthenticode}};
  if (program % 4 != 0) AddSignature(identity, program);
  return report;
}

std::string Fleet::Line(uint64_t number, uint64_t facts_a_machine) const {
  std::string line;
  JsonWriter json(line);
  json.BeginObject();
  WriteReport(json, Report(number, facts_a_machine));
  json.EndObject();
  return line + '\n';
}

applocker::AppLockerPolicy Fleet::Policy(size_t rules, uint64_t seed) const {
  Choices choices(seed);
  applocker::AppLockerPolicy policy;
  for (const auto type : {applocker::CollectionType::kExe, applocker::CollectionType::kDll}) {
    applocker::RuleCollection& collection = policy.collections.emplace_back();
    collection.type = type;
    collection.type_text = ToString(type);
    collection.enforcement_mode = applocker::EnforcementMode::kEnabled;
    for (size_t i = 0; i < rules / 2; ++i) {
      // Beyond the fleet's programs there are none.
      const size_t program = choices.Below(programs_) + (choices.OneIn(2) ? 0 : programs_);
      applocker::Rule rule;
      rule.name = fmt::format("rule {}", i);
      rule.id.bytes[0] = static_cast<uint8_t>(i);
      rule.id.bytes[1] = static_cast<uint8_t>(i >> 8);
      rule.id.bytes[2] = static_cast<uint8_t>(type);
      rule.user_or_group_sid = well_known_sids::kEveryone;
      if (choices.OneIn(10)) rule.action = applocker::Action::kDeny;
      rule.condition = ConditionAbout(program, choices.Below(10), choices);
      collection.rules.push_back(std::move(rule));
    }
  }
  return policy;
}

}  // namespace portcullis::testing
