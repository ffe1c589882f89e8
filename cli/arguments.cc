// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <map>
#include <sstream>

#include "cli/authoring_arguments.h"
#include "cli/common_arguments.h"
#include "cli/options.h"
#include "cli/text.h"
#include "cli/version.h"

namespace portcullis::cli {
namespace {

constexpr const char* kFooter =
    "Exit status: 0 done, or all allowed; 1 something was denied or found; 2 wrong usage;\n"
    "3 could not do it. `portcullis COMMAND --help` has an example of each command.";

void AddCatalogs(CLI::App& app, Options& options);

}  // namespace

void AddFormat(CLI::App& app, Options& options) {
  app.add_option_function<std::string>(
         "--format", [&options](const std::string& format) { options.json = format == "json"; },
         "How to print: table for people, json with one object a line")
      ->type_name("table|json")
      ->check([](const std::string& format) {
        return format == "table" || format == "json" ? std::string()
                                                     : std::string("table or json is allowed");
      });
}

void AddHostConfig(CLI::App& app, Options& options) {
  app.add_option("--macros,--host-config", options.host_config,
                 "The table of path macros and accounts (default: /etc/portcullis/host.conf)")
      ->type_name("FILE");
}

CLI::Option* AddRepeatable(CLI::App& app, const char* name, std::vector<std::string>& values,
                           const char* type, const char* text) {
  return app.add_option(name, values, text)
      ->type_name(type)
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void AddFileOptions(CLI::App& app, Options& options) {
  app.add_option("PATH", options.paths, "Files to look at")->type_name("");
  app.add_option("--at", options.at, "When signatures are judged, in UTC (default: now)")
      ->type_name("TIME");
  AddRepeatable(app, "--trust", options.trust, "FILE-or-DIR",
                "Certificates that signatures may end at, in place of the default ones; may be "
                "repeated");
  AddCatalogs(app, options);
  AddRepeatable(app, "--map", options.maps, "DIR=WINPATH",
                "Spell the tree DIR as if it stood at that Windows path; may be repeated");
  AddHostConfig(app, options);
  app.add_option("--as", options.as, "What is done with the files, whatever they are")
      ->type_name("execute|load|script|install|package|open");
  app.add_option("-j,--jobs", options.jobs, "Files looked at at once (default: one a processor)")
      ->type_name("N")
      ->check(CLI::Range(1, 256));
}

namespace {

void AddCatalogs(CLI::App& app, Options& options) {
  app.add_option("--catalogs", options.catalogs,
                 "The indexed directory of catalogs that vouch for files (default: "
                 "/etc/portcullis/catalogs)")
      ->type_name("DIR");
}

void AddPolicyOptions(CLI::App& app, Options& options) {
  AddRepeatable(
      app, "--policy", options.policies, "FILE",
      "A policy of AppLocker or of Software Restriction Policies; several are group policies in "
      "order of application");
  AddRepeatable(app, "--and", options.and_policies, "FILE",
                "A policy that must allow as well; may be repeated");
  app.add_option("--user", options.user, "Whose verdict (default: Everyone alone)")
      ->type_name("NAME-or-SID");
  AddRepeatable(app, "--groups", options.groups, "SID,...",
                "Further groups of that user; SID:deny-only for one that only denies");
  AddRepeatable(app, "--facts", options.facts, "FILE",
                "Judge what `inspect --format json` printed elsewhere (- is standard input)");
  AddRepeatable(app, "--settings", options.settings, "NAME=VALUE",
                "Answer an open question of AppLocker's matching otherwise");
  app.add_flag("--strict", options.strict, "Refuse what is only warned of in a policy");
}

void AddVariableOptions(CLI::App& app, JudgeOptions& judge) {
  AddRepeatable(app, "--env", judge.variables, "NAME=VALUE",
                "What a variable in path rules of Software Restriction Policies stands for");
  AddRepeatable(app, "--registry", judge.registries, "FILE",
                "A .reg file with the values that registry path rules name");
}

void AddJudgeOptions(CLI::App& app, Options& options) {
  AddFileOptions(app, options);
  AddPolicyOptions(app, options);
  AddRepeatable(app, "--filter", options.filter, "VERDICT,...",
                "Print only these verdicts: Allowed, AllowedByDefault, Denied, DeniedByDefault");
  app.add_flag("--by-effect", options.by_effect,
               "Exit with 1 only for what would be blocked, not for what is audited");
  AddVariableOptions(app, options.judge);
  app.add_flag("--srp-too", options.judge.srp_too,
               "Ask Software Restriction Policies where AppLocker has rules as well");
}

// What serve and doctor share: the policies and the configuration of the service.
void AddServiceOptions(CLI::App& app, Options& options) {
  AddRepeatable(app, "--policy", options.policies, "FILE",
                "An AppLocker policy; several are group policies in order of application (default: "
                "/etc/portcullis/policy.xml)");
  app.add_option("--config", options.service_config,
                 "The settings of the service (default: /etc/portcullis/service.conf)")
      ->type_name("FILE");
  AddHostConfig(app, options);
}

void AddServeOptions(CLI::App& app, Options& options) {
  AddServiceOptions(app, options);
  AddRepeatable(app, "--trust", options.trust, "FILE-or-DIR",
                "Certificates that signatures may end at, in place of the default ones; may be "
                "repeated");
  AddCatalogs(app, options);
  app.add_option("--for", options.run_for, "End after this time: 20s, 500ms, 2min")
      ->type_name("DURATION");
  app.add_flag("--observe", options.observe,
               "Deny and delay nothing, whatever the policy enforces; say what it would do");
}

constexpr std::array<std::string_view, 7> kEventFormats = {"table",    "json",    "xml",  "ocsf",
                                                           "journald", "rfc5424", "facts"};

void AddEventFilter(CLI::App& app, EventOptions& events) {
  app.add_option("--since", events.since,
                 "What happened after this: an age (90s, 30m, 2h, 7d), a date or a time in UTC")
      ->type_name("T");
  app.add_option("--until", events.until, "What happened before this")->type_name("T");
  AddRepeatable(app, "--id", events.ids, "N,...", "Events of these numbers (8004: denied program)");
  app.add_option("--user", events.user, "What this account asked for")
      ->type_name("NAME-or-SID-or-UID");
  app.add_option("--path", events.path, "What was asked of this file")->type_name("P");
  app.add_option("--request", events.request, "Explain the event that this id was told for")
      ->type_name("ID");
  app.add_option("--limit", events.limit, "The newest N alone")
      ->type_name("N")
      ->check(CLI::Range(1, 1'000'000));
}

void AddEventOptions(CLI::App& app, EventOptions& events) {
  AddEventFilter(app, events);
  app.add_flag("-f,--follow", events.follow, "Go on with what happens, until interrupted");
  app.add_option("--format", events.format,
                 "How to print: table for people; json (Elastic Common Schema), xml (Windows' "
                 "events), ocsf, journald, rfc5424; facts for `test --facts`")
      ->type_name("table|json|xml|ocsf|journald|rfc5424|facts")
      ->check([](const std::string& format) {
        return std::ranges::find(kEventFormats, format) != kEventFormats.end()
                   ? std::string()
                   : std::string("table, json, xml, ocsf, journald, rfc5424 or facts is allowed");
      });
  app.add_option("--store", events.store,
                 "The event log (default: /var/lib/portcullis/events/events.db)")
      ->type_name("FILE");
}

void AddStatusOptions(CLI::App& app, StatusOptions& status) {
  app.add_option("--format", status.format,
                 "How to print: table for people, json with one object, prometheus for a scraper's "
                 "file")
      ->type_name("table|json|prometheus")
      ->check([](const std::string& format) {
        return format == "table" || format == "json" || format == "prometheus"
                   ? std::string()
                   : std::string("table, json or prometheus is allowed");
      });
  app.add_option("--socket", status.socket,
                 "Where the service is asked (default: /run/portcullis/control.sock)")
      ->type_name("PATH");
}

// What `policy set`, `confirm` and `revert` share.
void AddPlaceOptions(CLI::App& app, Options& options) {
  app.add_option("--config", options.service_config,
                 "The settings of the service (default: /etc/portcullis/service.conf)")
      ->type_name("FILE");
  app.add_option("--socket", options.set.socket,
                 "Where the service listens (default: /run/portcullis/control.sock)")
      ->type_name("PATH");
}

void AddSetOptions(CLI::App& app, Options& options) {
  app.add_option_function<std::string>(
         "FILE", [&options](const std::string& file) { options.paths = {file}; },
         "The AppLocker policy, in XML or compiled (- is standard input)")
      ->type_name("");
  app.add_flag("--undo", options.set.undo,
               "Put back the policy that was in force before the last one was set");
  app.add_option("--try", options.set.trial,
                 "Go back to the former policy after this time (1s to 7 days: 120s, 10min) unless "
                 "`portcullis policy confirm` is run")
      ->type_name("DURATION");
  AddRepeatable(app, "--accept-blocked", options.set.accept_blocked, "NAME,...",
                "Put it in force though it blocks these, which the machine needs");
  app.add_option("--policy", options.set.policy,
                 "The file to replace (default: /etc/portcullis/policy.xml)")
      ->type_name("PATH");
  AddHostConfig(app, options);
  AddRepeatable(app, "--trust", options.trust, "FILE-or-DIR",
                "Certificates that signatures may end at, in place of the default ones; may be "
                "repeated");
  AddCatalogs(app, options);
  AddPlaceOptions(app, options);
}

void AddCompileOptions(CLI::App& app, Options& options) {
  app.add_option("FILE", options.paths,
                 "AppLocker policies; several are group policies in order of application")
      ->type_name("")
      ->required();
  app.add_option("-o,--output", options.output, "The compiled file")->type_name("PATH")->required();
}

void AddSddlOptions(CLI::App& app, const std::string& name, SddlOptions& sddl) {
  app.add_option("--domain-sid", sddl.domain_sid,
                 "Whose accounts DA, DU, LA and the like are: the SID of a domain")
      ->type_name("SID");
  // So that a program may ask for what it gets anyway.
  app.add_option_function<std::string>(
         "--format", [](const std::string&) {}, "One JSON object a line, the only form there is")
      ->type_name("json")
      ->check([](const std::string& format) {
        return format == "json" ? std::string() : std::string("json is allowed");
      });
  if (name != "sddl check") return;
  app.add_option("--token", sddl.token, "Who asks: an object with sids, user_claims and so on")
      ->type_name("JSON")
      ->required();
  app.add_option("--access", sddl.access, "What is asked for: a number, or names of rights (FX)")
      ->type_name("N")
      ->required();
  app.add_flag("--trace", sddl.trace, "Print what became of every ACE and sub-expression");
  app.add_option("SDDL", sddl.sddl, "The security descriptor")->type_name("")->required();
}

void AddMigrationOptions(CLI::App& app, Options& options) {
  app.add_option_function<std::string>(
         "--for",
         [&options](const std::string& whose) { options.srp.for_windows = whose == "windows"; },
         "Whose paths variables are written as: those of this host and of Windows, or of Windows "
         "alone (default: host)")
      ->type_name("host|windows")
      ->check([](const std::string& whose) {
        return whose == "host" || whose == "windows" ? std::string()
                                                     : std::string("host or windows is allowed");
      });
  app.add_flag("--audit", options.srp.audit, "Have the rules tell, and block nothing");
  AddVariableOptions(app, options.judge);
  AddRepeatable(app, "--against", options.srp.against, "PATH",
                "Judge this file, or all of this folder, by both and print where they differ");
  AddRepeatable(app, "--facts", options.facts, "FILE",
                "The same for what `inspect --format json` printed elsewhere");
  app.add_option("--user", options.user, "Who asks about these files (default: Everyone alone)")
      ->type_name("NAME-or-SID");
  AddRepeatable(app, "--groups", options.groups, "SID,...",
                "Further groups of that user; SID:deny-only for one that only denies");
  AddHostConfig(app, options);
}

void AddSrpOptions(CLI::App& app, const std::string& name, Options& options) {
  app.add_option("FILE", options.paths,
                 "Registry.pol, .reg, GptTmpl.inf or XML (- is standard input); several apply in "
                 "their order")
      ->type_name("")
      ->required();
  app.add_option("--scope", options.srp.scope,
                 "Whose policy a Registry.pol is (default: that of its folder, else machine); with "
                 "convert also which of two is written")
      ->type_name("machine|user")
      ->check([](const std::string& scope) {
        return scope == "machine" || scope == "user" ? std::string()
                                                     : std::string("machine or user is allowed");
      });
  if (name != "srp convert" && name != "srp to-applocker") return;
  app.add_option("-o,--output", options.output, "The file to write (- is standard output)")
      ->type_name("PATH")
      ->required();
  if (name == "srp to-applocker") return AddMigrationOptions(app, options);
  app.add_option("--to", options.srp.to, "Its form (default: by the end of its name)")
      ->type_name("regpol|reg|inf|xml")
      ->check([](const std::string& form) {
        return form == "regpol" || form == "reg" || form == "inf" || form == "xml"
                   ? std::string()
                   : std::string("regpol, reg, inf or xml is allowed");
      });
}

void AddSrpRunOptions(CLI::App& app, Options& options) {
  app.add_option("--level", options.srp_run.level,
                 "How much it may: fully-trusted, basic-user, constrained, untrusted, disallowed")
      ->type_name("LEVEL")
      ->required();
  AddHostConfig(app, options);
  app.add_option("PROGRAM", options.paths, "The program and its arguments, behind --")
      ->type_name("")
      ->required();
}

void AddCommandOptions(CLI::App& app, const std::string& name, Options& options) {
  if (name == "srp run") return AddSrpRunOptions(app, options);
  if (name.starts_with("sddl ")) return AddSddlOptions(app, name, options.sddl);
  if (name == "events") return AddEventOptions(app, options.events);
  if (name == "status") return AddStatusOptions(app, options.status);
  if (AddAuthoringOptions(app, name, options)) return;
  AddFormat(app, options);
  if (name == "inspect") {
    app.add_flag(
        "--weak-hashes", options.weak_hashes,
        "The MD5 and SHA-1 of the whole file too, which hash rules of Software Restriction "
        "Policies hold");
    AddFileOptions(app, options);
    app.add_flag("-r,--recursive", options.recursive, "Walk directories");
    app.add_flag("-v,--verbose", options.verbose,
                 "Every signature with its certificates, time stamp and page hashes");
  } else if (name == "serve") {
    AddServeOptions(app, options);
  } else if (name == "doctor") {
    AddServiceOptions(app, options);
  } else if (name.ends_with("test") || name.ends_with("explain")) {
    AddJudgeOptions(app, options);
    if (name.ends_with("test")) {
      app.add_flag("--summary", options.summary, "Print counts and the worst places instead");
    }
  } else if (name == "catalog index") {
    AddCatalogs(app, options);
  } else if (name == "policy set") {
    AddSetOptions(app, options);
  } else if (name == "policy confirm" || name == "policy revert") {
    AddPlaceOptions(app, options);
  } else if (name == "regpol") {
    app.add_option("FILE", options.paths, "Registry.pol files (- is standard input)")
        ->type_name("")
        ->required();
  } else if (name.starts_with("srp ")) {
    AddSrpOptions(app, name, options);
  } else if (name == "policy compile") {
    AddCompileOptions(app, options);
  } else {
    app.add_option("FILE", options.paths,
                   "AppLocker policies, in XML or compiled (- is standard input)")
        ->type_name("")
        ->required();
    app.add_flag("--strict", options.strict, "Refuse what is only warned of");
    app.add_flag("--schema-only", options.schema_only, "Refuse only what Windows' schema refuses");
    if (name == "policy show") {
      app.add_flag("--effective", options.authoring.compare.effective,
                   "Merge them as group policies in order of application, and say where each part "
                   "came from");
    }
    if (name == "policy sddl") {
      app.add_option("--binary", options.descriptors,
                     "Write the security descriptors there, a file each, in place of printing the "
                     "rules; a file that is there already is left alone and none is written")
          ->type_name("DIR");
    }
  }
}

std::string SummaryOfFamily(const std::string& family) {
  if (family == "catalog") return "Keep the index of the catalogs";
  if (family == "policy edit") return "Change one thing in a policy";
  if (family == "sddl") return "Read, print and ask security descriptors";
  if (family == "srp") {
    return "Read, check, convert, ask and migrate Software Restriction Policies, and run a program "
           "at a level";
  }
  return "Look at " + family + " files, and put one in force";
}

// "policy check" stands as `check` below `policy`, which is made when it is first needed.
CLI::App* AddCommand(CLI::App& app, std::map<std::string, CLI::App*>& families,
                     const Command& command) {
  const std::string name = command.name;
  CLI::App* parent = &app;
  size_t begin = 0;
  for (size_t blank = name.find(' '); blank != std::string::npos; blank = name.find(' ', begin)) {
    const std::string family = name.substr(0, blank);
    CLI::App*& made = families[family];
    if (made == nullptr) {
      made = parent->add_subcommand(family.substr(begin), SummaryOfFamily(family));
      made->require_subcommand(1);
    }
    parent = made;
    begin = blank + 1;
  }
  CLI::App* subcommand = parent->add_subcommand(name.substr(begin), command.summary);
  subcommand->footer(std::string("Example:\n") + command.example);
  return subcommand;
}

ParsedArguments EndWith(const CLI::App& app, const CLI::ParseError& error) {
  ParsedArguments parsed;
  std::ostringstream out;
  std::ostringstream err;
  if (app.exit(error, out, err) == 0) {
    parsed.out = out.str();
    return parsed;
  }
  parsed.status = ExitStatus::kUsage;
  parsed.err = "portcullis: " + Printable(error.what()) + "\n";
  return parsed;
}

}  // namespace

ParsedArguments ParseArguments(const std::vector<std::string>& arguments,
                               const std::vector<Command>& commands) {
  try {
    CLI::App app("Judges programs, libraries, scripts and installers by AppLocker policies.",
                 "portcullis");
    app.set_version_flag("--version", std::string("portcullis ") + kVersion);
    app.footer(kFooter);
    app.require_subcommand(1);
    std::map<std::string, CLI::App*> families;
    ParsedArguments parsed;
    for (const Command& command : commands) {
      CLI::App* subcommand = AddCommand(app, families, command);
      AddCommandOptions(*subcommand, command.name, parsed.options);
      subcommand->callback([&parsed, &command] { parsed.command = &command; });
    }
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    try {
      app.parse(reversed);
    } catch (const CLI::ParseError& error) {
      return EndWith(app, error);
    }
    return parsed;
  } catch (const std::exception& error) {
    ParsedArguments parsed;
    parsed.status = ExitStatus::kUsage;
    parsed.err = "portcullis: " + Printable(error.what()) + "\n";
    return parsed;
  }
}

std::vector<std::string> SplitList(const std::vector<std::string>& lists) {
  std::vector<std::string> parts;
  for (const std::string& list : lists) {
    std::istringstream stream(list);
    for (std::string part; std::getline(stream, part, ',');) {
      if (!part.empty()) parts.push_back(part);
    }
  }
  return parts;
}

}  // namespace portcullis::cli
