// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include <iterator>

namespace portcullis::cli {

namespace {

// In the order in which --help lists them.
constexpr Command kCommands[] = {
    {"inspect", "Say what each file is: kind, hash, publisher, signature",
     "  portcullis inspect /usr/bin/ls\n"
     "  portcullis inspect -r --format json ./image > facts.jsonl",
     RunInspect},
    {"test", "Say what the policy decides for each file",
     "  portcullis test --policy policy.xml --user alice /usr/bin /home/alice\n"
     "  portcullis test --policy policy.xml --map ./image=C: --filter Denied,DeniedByDefault "
     "./image",
     RunTest},
    {"explain", "Say why the policy decides so, rule by rule",
     "  portcullis explain --policy policy.xml --user alice /home/alice/tool", RunExplain},
    {"simulate", "Say what a policy would have done with files seen on any number of machines",
     "  portcullis simulate --policy new.xml --former old.xml facts/*.jsonl.gz\n"
     "  portcullis simulate --policy new.xml --events --format junit > report.xml",
     RunSimulate},
    {"serve", "Stand between the kernel and every program, and answer by the policy",
     "  portcullis serve --policy policy.xml --observe --for 20s\n"
     "  portcullis serve --policy policy.xml --format json 2>> decisions.jsonl",
     RunServe},
    {"status", "Say how the running service is",
     "  portcullis status\n"
     "  portcullis status --format prometheus > portcullis.prom",
     RunStatus},
    {"doctor", "Say what of this host makes enforcement weaker",
     "  portcullis doctor --policy policy.xml", RunDoctor},
    {"events", "Print what the service remembers of its decisions",
     "  portcullis events --since 2h --id 8004,8007\n"
     "  portcullis events --request ID\n"
     "  portcullis events --follow --format json",
     RunEvents},
    {"catalog index", "Make the index by which catalogs are found, reading only what changed",
     "  portcullis catalog index\n"
     "  portcullis catalog index --catalogs ./catroot",
     RunCatalogIndex},
    {"policy check", "Read policies and report every error and warning",
     "  portcullis policy check policy.xml", RunPolicyCheck},
    {"policy show", "Print the collections and rules of a policy",
     "  portcullis policy show policy.xml", RunPolicyShow},
    {"policy new", "Make a policy of files, of facts about files, or of what was blocked",
     "  portcullis policy new -r /opt/vendor --optimize -o policy.xml\n"
     "  portcullis policy new --facts facts.jsonl --rule-type publisher,path,hash --mode audit\n"
     "  portcullis policy new --events --since 7d --user alice -o alice.xml",
     RunPolicyNew},
    {"policy lint", "Say what is wrong with policies, why, and what to do about it",
     "  portcullis policy lint policy.xml\n"
     "  portcullis policy lint --host --min-severity warning --format sarif policy.xml > "
     "policy.sarif",
     RunPolicyLint},
    {"policy compile", "Make a file of policies that decides as soon as it is opened",
     "  portcullis policy compile policy.xml -o policy.compiled", RunPolicyCompile},
    {"policy sddl", "Print the rules of a policy as security descriptors, or write these",
     "  portcullis policy sddl --binary ./descriptors policy.xml", RunPolicySddl},
    {"policy merge", "Merge policies into one",
     "  portcullis policy merge policy.xml more.xml -o merged.xml\n"
     "  portcullis policy merge --as gpo local.xml site.xml domain.xml",
     RunPolicyMerge},
    {"policy diff", "Say what differs between two policies, by their rules or by their verdicts",
     "  portcullis policy diff old.xml new.xml\n"
     "  portcullis policy diff old.xml new.xml --on facts.jsonl --user alice",
     RunPolicyDiff},
    {"policy optimize", "Remove rules that other rules cover: the same verdicts by fewer rules",
     "  portcullis policy optimize policy.xml --join-hashes -o small.xml", RunPolicyOptimize},
    {"policy edit add-rule", "Add a rule to a policy",
     "  portcullis policy edit add-rule policy.xml --collection Exe --action allow --path "
     "'/opt/tools/*'\n"
     "  portcullis policy edit add-rule policy.xml --collection Exe --action deny --hash-of ./tool",
     RunPolicyAddRule},
    {"policy edit remove-rule", "Remove rules from a policy, by their ids",
     "  portcullis policy edit remove-rule policy.xml 921cc481-6e17-4653-8f75-050b80acca20",
     RunPolicyRemoveRule},
    {"policy edit set-mode", "Enforce a collection of a policy, or have it tell",
     "  portcullis policy edit set-mode policy.xml --collection Exe --mode audit",
     RunPolicySetMode},
    {"policy edit apply", "Make the changes that `policy diff` found",
     "  portcullis policy edit apply old.xml changes.jsonl\n"
     "  portcullis policy diff --format json old.xml new.xml | portcullis policy edit apply "
     "old.xml -",
     RunPolicyApply},
    {"policy set",
     "Put a policy in force, unless it would block what this machine needs; with --try the "
     "former one comes back unless it is confirmed in time, also if the service or the machine "
     "is started anew meanwhile",
     "  portcullis policy set policy.xml --try 120s\n"
     "  portcullis policy confirm",
     RunPolicySet},
    {"policy confirm", "Keep the policy that is on trial", "  portcullis policy confirm",
     RunPolicyConfirm},
    {"policy revert", "End the trial at once: the former policy comes back",
     "  portcullis policy revert", RunPolicyRevert},
    {"regpol", "Print what the Registry.pol of a group policy sets",
     "  portcullis regpol Machine/Registry.pol", RunRegpol},
    {"srp show", "Print the settings and rules of Software Restriction Policies",
     "  portcullis srp show Machine/Registry.pol Machine/GptTmpl.inf User/Registry.pol",
     RunSrpShow},
    {"srp check", "Read each file of Software Restriction Policies and report what is wrong",
     "  portcullis srp check policy.reg", RunSrpCheck},
    {"srp test", "Say what Software Restriction Policies decide for each file",
     "  portcullis srp test --policy policy.reg --map ./image=C: ./image", RunTest},
    {"srp explain", "Say which of their rules match each file, in order, and why the first decides",
     "  portcullis srp explain --policy policy.reg /opt/tools/run", RunExplain},
    {"srp convert", "Write Software Restriction Policies in another form",
     "  portcullis srp convert policy.reg -o policy.xml\n"
     "  portcullis srp convert policy.xml -o Registry.pol",
     RunSrpConvert},
    {"srp to-applocker",
     "Write Software Restriction Policies as rules of AppLocker, and say what those can not say",
     "  portcullis srp to-applocker policy.reg -o policy.xml --against /usr/bin\n"
     "  portcullis srp to-applocker Registry.pol --for windows --audit -o policy.xml",
     RunSrpToAppLocker},
    {"sddl parse", "Read security descriptors as text, a line each, and print both spellings",
     "  portcullis sddl parse < descriptors.sddl", RunSddlParse},
    {"sddl print", "Read security descriptors as bytes in hex, a line each, and print both",
     "  portcullis sddl print < descriptors.hex", RunSddlPrint},
    {"sddl check", "Say whether a token gets rights by a security descriptor",
     "  portcullis sddl check --token '{\"sids\":[\"WD\"]}' --access FX 'D:(A;;FX;;;WD)'",
     RunSddlCheck},
    {"srp run", "Run a program with no more than a security level gives",
     "  portcullis srp run --level basic-user -- /opt/vendor/setup", RunSrpRun},
};

}  // namespace

const std::vector<Command>& Commands() {
  static const std::vector<Command> commands(std::begin(kCommands), std::end(kCommands));
  return commands;
}

ExitStatus RunPortcullis(const std::vector<std::string>& arguments, Io& io) {
  const ParsedArguments parsed = ParseArguments(arguments, Commands());
  io.out.Write(parsed.out);
  io.err.Write(parsed.err);
  ExitStatus status = parsed.status;
  if (parsed.command != nullptr) status = parsed.command->run(parsed.options, io);
  io.out.Flush();
  if (io.out.failed()) {
    PrintError(io, "standard output: could not be written");
    status = ExitStatus::kFailed;
  }
  io.err.Flush();
  return status;
}

}  // namespace portcullis::cli
