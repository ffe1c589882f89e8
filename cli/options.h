// SPDX-License-Identifier: Apache-2.0
// What the command line said, as text: nothing is looked up or read yet.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/authoring_options.h"
#include "cli/io.h"

namespace portcullis::cli {

// Those of `events`.
struct EventOptions {
  std::optional<std::string> since;
  std::optional<std::string> until;
  std::vector<std::string> ids;
  std::optional<std::string> user;
  std::optional<std::string> path;
  std::optional<std::string> request;
  std::optional<uint64_t> limit;
  std::optional<std::string> store;
  std::string format = "table";
  bool follow = false;
};

// Those of `status`.
struct StatusOptions {
  std::string format = "table";
  std::optional<std::string> socket;
};

// Those of `policy set`, `policy confirm` and `policy revert`.
struct SetOptions {
  std::optional<std::string> policy;  // the file that is replaced
  std::optional<std::string> socket;
  std::optional<std::string> trial;  // how long
  std::vector<std::string> accept_blocked;
  bool undo = false;
};

// Those of `sddl parse`, `sddl print` and `sddl check`.
struct SddlOptions {
  std::optional<std::string> domain_sid;
  std::string token;
  std::string access;
  std::string sddl;
  bool trace = false;
};

// How Software Restriction Policies among the policies are taken: of `test` and `explain`.
struct JudgeOptions {
  std::vector<std::string> variables;   // NAME=VALUE
  std::vector<std::string> registries;  // .reg files with the values of registry path rules
  bool srp_too = false;                 // asked where AppLocker has rules as well
};

// Those of `srp show`, `srp check`, `srp convert` and `srp to-applocker`.
struct SrpOptions {
  std::optional<std::string> scope;  // "machine", "user"
  std::optional<std::string> to;     // "regpol", "reg", "inf", "xml"
  bool for_windows = false;          // whose paths are written
  bool audit = false;
  std::vector<std::string> against;  // files that are judged by both
};

// Those of `srp run`; the program and its arguments are the paths.
struct SrpRunOptions {
  std::string level;
};

struct Options {
  std::vector<std::string> paths;
  bool json = false;
  bool recursive = false;
  bool verbose = false;
  unsigned jobs = 0;  // 0: one a processor

  // What the files are.
  std::optional<std::string> at;
  std::vector<std::string> trust;
  std::optional<std::string> catalogs;  // a directory
  std::vector<std::string> maps;
  std::optional<std::string> host_config;
  std::optional<std::string> as;
  bool weak_hashes = false;  // `inspect`: the MD5 and SHA-1 of the whole file too

  // What they are judged by.
  std::vector<std::string> policies;
  std::vector<std::string> and_policies;
  std::optional<std::string> user;
  std::vector<std::string> groups;
  std::vector<std::string> facts;
  std::vector<std::string> filter;
  std::vector<std::string> settings;
  bool by_effect = false;
  JudgeOptions judge;
  bool summary = false;

  // The service.
  std::optional<std::string> service_config;
  std::optional<std::string> run_for;
  bool observe = false;

  // Where the result is written: `policy compile`, `srp convert`.
  std::string output;

  // How policies are read.
  bool strict = false;
  bool schema_only = false;
  // Where `policy sddl` writes security descriptors: a directory.
  std::optional<std::string> descriptors;

  EventOptions events;
  StatusOptions status;
  SetOptions set;
  SddlOptions sddl;
  SrpOptions srp;
  SrpRunOptions srp_run;
  AuthoringOptions authoring;
};

// A command of portcullis: one row of main's table.
struct Command {
  const char* name;  // "policy check" is `check` below `policy`
  const char* summary;
  const char* example;
  ExitStatus (*run)(const Options& options, Io& io);
};

// What to run, or what to print and the status to end with.
struct ParsedArguments {
  const Command* command = nullptr;
  Options options;
  ExitStatus status = ExitStatus::kDone;
  std::string out;
  std::string err;
};

// `arguments` without the program's name.
ParsedArguments ParseArguments(const std::vector<std::string>& arguments,
                               const std::vector<Command>& commands);

// Splits at commas; empty parts are dropped.
std::vector<std::string> SplitList(const std::vector<std::string>& lists);

}  // namespace portcullis::cli
