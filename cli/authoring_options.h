// SPDX-License-Identifier: Apache-2.0
// What the command line said to the commands that write and compare policies, as text.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "authoring/change/rule_text.h"

namespace portcullis::cli {

// Those of `policy new`.
struct PolicyNewOptions {
  std::vector<std::string> rule_types;  // lists of them
  std::string prefix;
  bool skip_missing = false;
  bool optimize = false;
  std::optional<std::string> publisher_level;
  std::optional<std::string> version;
  std::vector<std::string> whole;      // folders that may be allowed as such
  bool host = false;                   // facts are of this host
  std::optional<std::string> folders;  // the file that describes those of elsewhere
  std::string mode = "not-configured";
  std::optional<std::string> services;
  bool allow_windows = false;
  bool default_rules = false;
  bool deny_known_bypasses = false;
  bool from_events = false;
  std::optional<std::string> machine;
  std::optional<std::string> origins;  // the file to write
};

// Those of `simulate`.
struct SimulateOptions {
  std::vector<std::string> former;
  std::vector<std::string> users;
  std::optional<std::string> store;  // the event log, where it is asked
  std::string format = "table";
  std::string fail_on = "denial";
  std::optional<size_t> limit;
};

// Those of `policy lint`.
struct PolicyLintOptions {
  std::string format = "table";
  std::vector<std::string> disabled;  // lists of ids
  std::string min_severity = "note";
  bool host = false;
  std::optional<std::string> folders;  // the file that describes them
};

// Those of `policy merge`, `policy diff`, `policy optimize` and `policy show --effective`.
struct CompareOptions {
  bool as_group_policies = false;
  bool join_hashes = false;
  bool effective = false;
  std::vector<std::string> on;  // files of facts
  std::vector<std::string> users;
};

// Those of `policy edit`.
struct EditOptions {
  authoring::RuleText rule;
  std::vector<std::string> hash_of;  // files
  std::vector<std::string> ids;
  std::string mode;
  std::string changes;  // a file
};

// One structure a command; `Options` in cli/options.h holds this.
struct AuthoringOptions {
  PolicyNewOptions policy_new;
  SimulateOptions simulate;
  PolicyLintOptions policy_lint;
  CompareOptions compare;
  EditOptions edit;
};

}  // namespace portcullis::cli
