// SPDX-License-Identifier: Apache-2.0
#include "cli/authoring_arguments.h"

#include <algorithm>
#include <map>

#include "cli/common_arguments.h"
#include "eventlog/event_store.h"

namespace portcullis::cli {
namespace {

// What the rules of `policy new` ask for.
void AddNewRuleOptions(CLI::App& app, PolicyNewOptions& rules) {
  AddRepeatable(app, "--rule-type", rules.rule_types, "TYPE,...",
                "publisher, path, hash in order of preference: each file gets a rule of the first "
                "that is possible (default: publisher,hash)");
  app.add_flag("--optimize", rules.optimize,
               "Few rules: one a publisher and product, one a folder, one for all hashes");
  app.add_option("--publisher-level", rules.publisher_level,
                 "How much a publisher rule asks for (default: version; with --optimize product)")
      ->type_name("all-signed|publisher|product|file|version");
  app.add_option("--version", rules.version,
                 "Which versions, seen from the file's, at that level (default: at-least)")
      ->type_name("at-least|exactly|at-most|any");
  AddRepeatable(app, "--whole", rules.whole, "DIR",
                "With --optimize: this folder may be allowed as a whole, if no user can write "
                "anywhere in it; else what is below it");
  app.add_option("--prefix", rules.prefix, "Begin the names of the rules with this and a colon")
      ->type_name("TEXT");
  app.add_flag("--skip-missing", rules.skip_missing,
               "Pass over files that no rule can be made for");
}

// What else stands in the policy of `policy new`.
void AddNewPolicyOptions(CLI::App& app, PolicyNewOptions& policy) {
  app.add_option("--mode", policy.mode, "What the collections do (default: not-configured)")
      ->type_name("not-configured|audit|enabled");
  app.add_option("--service-enforcement", policy.services,
                 "Whether services are judged by the rules for programs and libraries")
      ->type_name("not-configured|enabled|services-only");
  app.add_flag("--allow-windows", policy.allow_windows,
               "Allow what Windows itself signed where no rule denies it");
  app.add_flag("--default-rules", policy.default_rules, "AppLocker's default rules too");
  app.add_flag("--deny-known-bypasses", policy.deny_known_bypasses,
               "Deny programs that are known to run other code than their own");
}

void AddNewOptions(CLI::App& app, Options& options) {
  AddFormat(app, options);
  AddFileOptions(app, options);
  app.add_flag("-r,--recursive", options.recursive, "Walk directories");
  AddRepeatable(app, "--facts", options.facts, "FILE",
                "Files that `inspect --format json` printed elsewhere (- is standard input)");
  PolicyNewOptions& made = options.authoring.policy_new;
  app.add_flag("--events", made.from_events,
               "Files that the event log has as denied, or as audited");
  app.add_option("--store", options.events.store,
                 "The event log (default: /var/lib/portcullis/events/events.db)")
      ->type_name("FILE");
  app.add_option("--since", options.events.since,
                 "Of its events those after this: an age (90s, 30m, 2h, 7d), a date or a time")
      ->type_name("T");
  app.add_option("--machine", made.machine,
                 "Where facts are from that do not say so (default: their file's name), and what "
                 "this host is called")
      ->type_name("NAME");
  app.add_flag("--host", made.host, "Facts are of this host: look who may write its folders");
  app.add_option("--folders", made.folders,
                 "Who may write the folders of the hosts that the files are from: JSON lines")
      ->type_name("FILE");
  AddNewRuleOptions(app, made);
  app.add_option("--user", options.user, "Whom the rules are for (default: Everyone)")
      ->type_name("NAME-or-SID");
  AddNewPolicyOptions(app, made);
  app.add_option("-o,--output", options.output,
                 "The file to write (default: standard output); a file OUTPUT.origins.jsonl beside "
                 "it says where each rule comes from")
      ->type_name("PATH");
  app.add_option("--origins", made.origins, "Write that there instead")->type_name("PATH");
}

// ---- policy merge, diff, optimize, edit

void AddResult(CLI::App& app, Options& options, const char* text) {
  app.add_option("-o,--output", options.output, text)->type_name("PATH");
}

void AddPolicies(CLI::App& app, Options& options, const char* text, int at_least, int at_most) {
  app.add_option("FILE", options.paths, text)
      ->type_name("")
      ->expected(at_least, at_most)
      ->required();
}

void AddMergeOptions(CLI::App& app, Options& options) {
  AddPolicies(app, options, "The target, then the policies that are merged into it", 2, 1000);
  app.add_option_function<std::string>(
         "--as",
         [&options](const std::string& how) {
           options.authoring.compare.as_group_policies = how == "gpo";
         },
         "How: cmdlet, what the target has stays, as Set-AppLockerPolicy -Merge has it (default); "
         "gpo, as group policies in order of application, the later ones count")
      ->type_name("cmdlet|gpo")
      ->check(CLI::IsMember({"cmdlet", "gpo"}));
  AddResult(app, options, "The file to write (default: standard output)");
}

void AddDiffOptions(CLI::App& app, Options& options) {
  AddFormat(app, options);
  AddPolicies(app, options, "The policy before and the policy after", 2, 2);
  CompareOptions& compare = options.authoring.compare;
  AddRepeatable(app, "--on", compare.on, "FACTS",
                "Print the files whose verdict changes, of those that `inspect --format json` "
                "printed; may be repeated");
  AddRepeatable(app, "--user", compare.users, "NAME-or-SID",
                "Who asks about these files (default: Everyone alone); may be repeated");
  AddRepeatable(app, "--groups", options.groups, "SID,...",
                "Further groups of these users; SID:deny-only for one that only denies");
  AddRepeatable(app, "--settings", options.settings, "NAME=VALUE",
                "How an open question of the matching is answered; see portcullis-test(1)");
  AddHostConfig(app, options);
}

void AddOptimizeOptions(CLI::App& app, Options& options) {
  AddFormat(app, options);
  AddPolicies(app, options, "The policy (- is standard input)", 1, 1);
  app.add_flag("--join-hashes", options.authoring.compare.join_hashes,
               "Make the hash rules of one user and action one rule");
  AddRepeatable(app, "--settings", options.settings, "NAME=VALUE",
                "How an open question of the matching is answered where the policy will be used; "
                "see portcullis-test(1)");
  AddResult(app, options, "The file to write (default: standard output)");
}

void AddEditedPolicy(CLI::App& app, Options& options) {
  AddPolicies(app, options, "The policy in XML, which is replaced (- is standard input)", 1, 1);
  AddResult(app, options, "Write this file, and leave the policy (- is standard output)");
}

void AddCollection(CLI::App& app, Options& options) {
  app.add_option("--collection", options.authoring.edit.rule.collection,
                 "Exe, Dll, Script, Msi, Appx or ManagedInstaller")
      ->type_name("TYPE")
      ->required();
}

void AddConditionOptions(CLI::App& app, EditOptions& edit) {
  authoring::RuleText& rule = edit.rule;
  app.add_option("--path", rule.path, "What it is about: a path, * and ? are wildcards")
      ->type_name("P");
  app.add_option("--publisher", rule.publisher, "or a publisher, * for any")->type_name("P");
  app.add_option("--product", rule.product, "of a publisher (default: *)")->type_name("P");
  app.add_option("--binary", rule.binary, "of a publisher (default: *)")->type_name("B");
  app.add_option("--low", rule.low, "The lowest version (default: *)")->type_name("V");
  app.add_option("--high", rule.high, "The highest version (default: *)")->type_name("V");
  AddRepeatable(app, "--hash", rule.hashes, "SHA256", "or hashes, 64 hex digits; may be repeated");
  AddRepeatable(app, "--hash-of", edit.hash_of, "FILE",
                "The hash of this file, as `inspect` has it; may be repeated");
  AddRepeatable(app, "--except-path", rule.except_paths, "P",
                "What the rule is not about; may be repeated");
}

void AddAddRuleOptions(CLI::App& app, Options& options) {
  authoring::RuleText& rule = options.authoring.edit.rule;
  AddEditedPolicy(app, options);
  AddCollection(app, options);
  app.add_option("--action", rule.action, "What it says")->type_name("allow|deny")->required();
  app.add_option("--user", rule.user, "Whom it is for (default: S-1-1-0, Everyone)")
      ->type_name("SID");
  AddConditionOptions(app, options.authoring.edit);
  app.add_option("--name", rule.name, "Its name (default: what it is about)")->type_name("N");
  app.add_option("--description", rule.description, "Its description")->type_name("D");
  app.add_option("--id", rule.id, "Its id (default: derived from what it says)")->type_name("GUID");
}

void AddRemoveRuleOptions(CLI::App& app, Options& options) {
  app.add_option_function<std::string>(
         "FILE", [&options](const std::string& file) { options.paths = {file}; },
         "The policy in XML, which is replaced (- is standard input)")
      ->type_name("")
      ->required();
  app.add_option("ID", options.authoring.edit.ids, "Rules to remove: all of them, or none")
      ->type_name("")
      ->required();
  AddResult(app, options, "Write this file, and leave the policy (- is standard output)");
}

void AddSetModeOptions(CLI::App& app, Options& options) {
  AddEditedPolicy(app, options);
  AddCollection(app, options);
  app.add_option("--mode", options.authoring.edit.mode, "What becomes of its denials")
      ->type_name("not-configured|audit|enabled")
      ->required();
}

void AddApplyOptions(CLI::App& app, Options& options) {
  app.add_option_function<std::string>(
         "FILE", [&options](const std::string& file) { options.paths = {file}; },
         "The policy in XML, which is replaced")
      ->type_name("")
      ->required();
  app.add_option("CHANGES", options.authoring.edit.changes,
                 "What `policy diff --format json` printed (- is standard input)")
      ->type_name("")
      ->required();
  AddResult(app, options, "Write this file, and leave the policy (- is standard output)");
}

using AddOptions = void (*)(CLI::App& app, Options& options);

// One of `words`, which are separated by bars.
void AddChoice(CLI::App& app, const char* name, std::string& value, const char* words,
               const char* text) {
  app.add_option(name, value, text)->type_name(words)->check([words](const std::string& word) {
    const bool is_known =
        word.find('|') == std::string::npos &&
        ("|" + std::string(words) + "|").find("|" + word + "|") != std::string::npos;
    return is_known ? std::string() : std::string(words) + " is allowed";
  });
}

void AddSimulateInputs(CLI::App& app, Options& options) {
  app.add_option("FILE", options.paths,
                 "Facts: what `inspect --format json` printed, packed by gzip, zstd or xz or not "
                 "(- is standard input)")
      ->type_name("");
  AddRepeatable(app, "--facts", options.facts, "FILE", "The same; may be repeated");
  app.add_option_function<std::string>(
         "--events",
         [&options](const std::string& store) {
           options.authoring.simulate.store = store.empty() ? eventlog::kDefaultStore : store;
         },
         "What the event log remembers (default: /var/lib/portcullis/events/events.db)")
      ->type_name("STORE")
      ->expected(0, 1);
}

void AddSimulateOptions(CLI::App& app, Options& options) {
  SimulateOptions& simulate = options.authoring.simulate;
  AddSimulateInputs(app, options);
  AddRepeatable(app, "--policy", options.policies, "FILE",
                "The new policy; several are group policies in order of application");
  AddRepeatable(app, "--former", simulate.former, "FILE",
                "The policy before it (default: of events what was recorded, else none)");
  AddRepeatable(
      app, "--user", simulate.users, "NAME-or-SID",
      "For whom (default: Everyone alone); of events only this account's; may be repeated");
  AddRepeatable(app, "--groups", options.groups, "SID,...",
                "Further groups of these users; SID:deny-only for one that only denies");
  AddChoice(app, "--format", simulate.format, "table|json|junit",
            "How to print: table for people, json with one object a line, junit for CI");
  AddChoice(app, "--fail-on", simulate.fail_on, "change|denial|block|never",
            "What ends with 1: every change; what was allowed and is denied (the default); only "
            "what is blocked now; nothing");
  app.add_option("--limit", simulate.limit, "Print only the N most frequent groups of changes")
      ->type_name("N");
  AddRepeatable(app, "--settings", options.settings, "NAME=VALUE",
                "Answer an open question of AppLocker's matching otherwise");
  app.add_flag("--strict", options.strict, "Refuse what is only warned of in a policy");
  AddHostConfig(app, options);
  app.add_option("-j,--jobs", options.jobs, "Threads that judge (default: one a processor)")
      ->type_name("N")
      ->check(CLI::Range(1, 256));
}

void AddLintOptions(CLI::App& app, Options& options) {
  PolicyLintOptions& lint = options.authoring.policy_lint;
  app.add_option("FILE", options.paths,
                 "AppLocker policies, in XML or compiled (- is standard input)")
      ->type_name("")
      ->required();
  AddChoice(app, "--format", lint.format, "table|json|sarif",
            "How to print: table for people, json with one object a line, sarif for code hosts");
  AddChoice(app, "--min-severity", lint.min_severity, "note|warning|error",
            "Tell only of what is at least as bad (default: note)");
  AddRepeatable(app, "--disable", lint.disabled, "ID,...", "Leave these checks out");
  app.add_flag("--host", lint.host, "Look who may write the folders of this host");
  app.add_option("--folders", lint.folders,
                 "Who may write the folders of the hosts that the policy is for: JSON lines")
      ->type_name("FILE");
  AddRepeatable(app, "--facts", options.facts, "FILE",
                "What `inspect --format json` printed of files that the policy is for");
  AddHostConfig(app, options);
}

const std::map<std::string, AddOptions>& OptionsOfCommands() {
  static const std::map<std::string, AddOptions> commands = {
      {"policy new", AddNewOptions},
      {"simulate", AddSimulateOptions},
      {"policy lint", AddLintOptions},
      {"policy merge", AddMergeOptions},
      {"policy diff", AddDiffOptions},
      {"policy optimize", AddOptimizeOptions},
      {"policy edit add-rule", AddAddRuleOptions},
      {"policy edit remove-rule", AddRemoveRuleOptions},
      {"policy edit set-mode", AddSetModeOptions},
      {"policy edit apply", AddApplyOptions},
  };
  return commands;
}

}  // namespace

bool AddAuthoringOptions(CLI::App& app, const std::string& name, Options& options) {
  const auto& commands = OptionsOfCommands();
  const auto command = commands.find(name);
  if (command == commands.end()) return false;
  command->second(app, options);
  return true;
}

}  // namespace portcullis::cli
