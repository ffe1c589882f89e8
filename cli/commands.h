// SPDX-License-Identifier: Apache-2.0
// The commands of portcullis; main's table and the tests run them alike.
#pragma once

#include <string>
#include <vector>

#include "cli/io.h"
#include "cli/options.h"

namespace portcullis::cli {

ExitStatus RunInspect(const Options& options, Io& io);
ExitStatus RunTest(const Options& options, Io& io);
ExitStatus RunExplain(const Options& options, Io& io);
ExitStatus RunServe(const Options& options, Io& io);
ExitStatus RunStatus(const Options& options, Io& io);
ExitStatus RunEvents(const Options& options, Io& io);
ExitStatus RunDoctor(const Options& options, Io& io);
ExitStatus RunCatalogIndex(const Options& options, Io& io);
ExitStatus RunPolicyCheck(const Options& options, Io& io);
ExitStatus RunPolicyShow(const Options& options, Io& io);
ExitStatus RunPolicyNew(const Options& options, Io& io);
ExitStatus RunPolicyLint(const Options& options, Io& io);
ExitStatus RunPolicyCompile(const Options& options, Io& io);
ExitStatus RunPolicySddl(const Options& options, Io& io);
ExitStatus RunPolicyMerge(const Options& options, Io& io);
ExitStatus RunPolicyDiff(const Options& options, Io& io);
ExitStatus RunPolicyOptimize(const Options& options, Io& io);
ExitStatus RunPolicyAddRule(const Options& options, Io& io);
ExitStatus RunPolicyRemoveRule(const Options& options, Io& io);
ExitStatus RunPolicySetMode(const Options& options, Io& io);
ExitStatus RunPolicyApply(const Options& options, Io& io);
ExitStatus RunPolicySet(const Options& options, Io& io);
ExitStatus RunPolicyConfirm(const Options& options, Io& io);
ExitStatus RunPolicyRevert(const Options& options, Io& io);
ExitStatus RunRegpol(const Options& options, Io& io);
ExitStatus RunSrpShow(const Options& options, Io& io);
ExitStatus RunSrpCheck(const Options& options, Io& io);
ExitStatus RunSrpConvert(const Options& options, Io& io);
ExitStatus RunSrpToAppLocker(const Options& options, Io& io);
ExitStatus RunSddlParse(const Options& options, Io& io);
ExitStatus RunSddlPrint(const Options& options, Io& io);
ExitStatus RunSddlCheck(const Options& options, Io& io);
ExitStatus RunSimulate(const Options& options, Io& io);
ExitStatus RunSrpRun(const Options& options, Io& io);

const std::vector<Command>& Commands();

// The whole program but for the process around it. `arguments` is without the program's name.
ExitStatus RunPortcullis(const std::vector<std::string>& arguments, Io& io);

}  // namespace portcullis::cli
