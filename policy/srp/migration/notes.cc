// SPDX-License-Identifier: Apache-2.0
#include "policy/srp/migration/notes.h"

#include <algorithm>

namespace portcullis::srp::migration {
namespace {

bool HasKind(std::span<const Policy> policies, RuleKind kind) {
  return std::ranges::any_of(policies, [kind](const Policy& policy) {
    return std::ranges::any_of(policy.rules,
                               [kind](const Rule& rule) { return rule.kind() == kind; });
  });
}

bool HasUser(std::span<const Policy> policies) {
  return std::ranges::any_of(policies,
                             [](const Policy& policy) { return policy.scope == Scope::kUser; });
}

constexpr MigrationNote kNoPolicy = {
    "no-policy", false, "no default level is set, so there is no policy: nothing is written"};
constexpr MigrationNote kBeside = {
    "beside", false,
    "where AppLocker has rules Windows ignores Software Restriction Policies: take them away "
    "once these rules are in force"};
constexpr MigrationNote kDesignatedTypes = {
    "designated-types", true,
    "files that a shell opens by a designated type were asked about; AppLocker has no such "
    "list, and asks about programs, libraries, scripts and installers"};
constexpr MigrationNote kSeveralPaths = {
    "several-paths", true,
    "a file that is reached by two paths of one kind, as by a link, was judged by the rule "
    "that names one of them most closely; AppLocker's rules and exceptions each ask all "
    "paths, and of one that is only claimed exceptions of deny rules know nothing"};
constexpr MigrationNote kBasicUser = {
    "basic-user", false,
    "the default Basic User keeps programs from running and not scripts: Script allows what "
    "no rule restricts"};
constexpr MigrationNote kSystemAccount = {
    "system-account", true,
    "programs of LocalSystem were left alone; deny rules hold for LocalSystem too, where "
    "AppLocker asks about it"};
constexpr MigrationNote kAdministrators = {
    "administrators", true,
    "elevated administrators were left alone; deny rules hold for them too, for no rule can "
    "except a group"};
constexpr MigrationNote kAdministratorsHaveARule = {
    "administrators", true,
    "elevated administrators were left alone and have a rule of their own; one who is not "
    "elevated was asked about, and AppLocker takes him for one by his linked token"};
constexpr MigrationNote kNotEnforced = {
    "not-enforced", false,
    "TransparentEnabled is None: only hosts of scripts and installers asked, and only Script "
    "and Msi have rules"};
constexpr MigrationNote kServices = {
    "services", true,
    "AppLocker leaves programs and libraries of services alone; those of LocalSystem alone "
    "were left alone before"};
constexpr MigrationNote kServicesAreAsked = {
    "services", false,
    "Exe and Dll ask about services too (an extension of Windows 10 and later; earlier ones "
    "leave services alone), and LocalSystem has a rule of its own"};
constexpr MigrationNote kPackagedApps = {
    "packaged-apps", true,
    "packaged apps were not asked about; AppLocker blocks them all where Exe has rules, so "
    "Appx allows every signed one; one that is not signed is blocked"};
constexpr MigrationNote kUserPolicy = {
    "user-policy", true,
    "the user's policy and the machine's are written as one, for everyone; the user's held "
    "for that user alone"};
constexpr MigrationNote kUnknown = {
    "unknown", true,
    "a file that could not be hashed, or whose signature could not be read, is refused by "
    "every hash or publisher that restricts; before, only where its size fitted"};

// A note and whether it is to be made.
struct Row {
  bool applies;
  const MigrationNote& note;
};

}  // namespace

std::vector<MigrationNote> NotesOn(std::span<const Policy> policies, const Settings& settings) {
  const bool is_defined = settings.is_defined;
  const bool allows = is_defined && settings.default_level == Level::kUnrestricted;
  const bool restricts = is_defined && !allows;
  const bool scripts_allow = is_defined && settings.default_level == Level::kBasicUser;
  const bool has_denials = allows || scripts_allow;
  const bool has_programs = is_defined && settings.enforcement != TransparentEnabled::kNone;
  const bool spares_administrators = settings.policy_scope == PolicyScope::kAllButAdministrators;
  const bool has_facts =
      HasKind(policies, RuleKind::kHash) || HasKind(policies, RuleKind::kCertificate);
  const Row rows[] = {
      {!is_defined, kNoPolicy},
      {is_defined, kBeside},
      {is_defined, kDesignatedTypes},
      {is_defined, kSeveralPaths},
      {scripts_allow, kBasicUser},
      {has_denials, kSystemAccount},
      {has_denials && spares_administrators, kAdministrators},
      {restricts && spares_administrators, kAdministratorsHaveARule},
      {is_defined && !has_programs, kNotEnforced},
      {has_programs && allows, kServices},
      {has_programs && restricts, kServicesAreAsked},
      {has_programs, kPackagedApps},
      {is_defined && HasUser(policies), kUserPolicy},
      {is_defined && has_facts, kUnknown},
  };
  std::vector<MigrationNote> notes;
  for (const Row& row : rows) {
    if (row.applies) notes.push_back(row.note);
  }
  return notes;
}

}  // namespace portcullis::srp::migration
