// SPDX-License-Identifier: Apache-2.0
#include "cli/authoring_arguments.h"

#include <map>

#include "cli/common_arguments.h"

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

using AddOptions = void (*)(CLI::App& app, Options& options);

const std::map<std::string, AddOptions>& OptionsOfCommands() {
  static const std::map<std::string, AddOptions> commands = {
      {"policy new", AddNewOptions},
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
