// SPDX-License-Identifier: Apache-2.0
// What checks ask about: the policy as it decides, and who may write where its rules allow.
//
// Shape:   a probe is a file that need not exist; the engine says whether the policy allows it.
// Lifetime: borrows the input, which outlives it; answers live as long as it does.
// Threads: for one thread: answers are remembered.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "authoring/change/cover_index.h"
#include "authoring/lint/lint.h"
#include "host/path_spellings.h"
#include "policy/policy_set.h"

namespace portcullis::lint {

// A file that somebody might run.
struct Probe {
  applocker::CollectionType collection = applocker::CollectionType::kExe;
  std::string path;
  std::optional<FullyQualifiedBinaryName> publisher;
  bool is_windows_signed = false;
};

// Where users may put a file that an allow rule then allows.
struct OpenPlaces {
  std::vector<WritablePlace> places;
  // Folders that are closed to files, while a stream of the folder itself is allowed.
  std::vector<WritablePlace> streams;
  std::optional<Error> unknown;  // why nothing can be said
};

class Context {
 public:
  static Result<Context> Create(const LintInput& input);

  const applocker::AppLockerPolicy& policy() const { return input_->policy; }
  const MatchingSettings& settings() const { return input_->settings; }
  const HostConfig& config() const { return input_->config; }
  const FlatHashes* facts() const { return input_->facts; }

  // Which rules of the collection may cover one.
  const authoring::CoverIndex& CoversOf(const applocker::RuleCollection& collection) const;

  // Of an allow rule for a path; nothing for every other.
  const OpenPlaces& PlacesOf(const applocker::RuleCollection& collection,
                             const applocker::Rule& rule) const;

  // An ordinary user, who also has `also`.
  static AccessToken OrdinaryUser(const Sid& also);
  static AccessToken Administrator();
  Decision Decide(const Probe& probe, const AccessToken& token) const;
  bool Allows(const Probe& probe, const AccessToken& token) const {
    return !IsDenial(Decide(probe, token).verdict);
  }

  // Whose programs are asked about: Linux' where that is said or a path is one of Linux alone,
  // Windows' where it is not said and not every path is.
  bool is_for_linux() const { return input_->is_for_linux || names_linux_; }
  bool is_for_windows() const { return !input_->is_for_linux && (names_windows_ || !names_linux_); }

 private:
  struct Written {
    std::vector<WritablePlace> places;
    std::optional<Error> error;
    bool is_cut = false;  // There are more.
  };
  Context(const LintInput& input, PolicySet set);
  FileAttributes AttributesOf(const Probe& probe) const;
  void NotePath(const std::string& path);
  const Written& WrittenIn(const std::string& folder) const;
  OpenPlaces FindPlaces(const applocker::RuleCollection& collection,
                        const applocker::Rule& rule) const;
  void SortPlaces(const applocker::RuleCollection& collection, const applocker::Rule& rule,
                  const std::vector<WritablePlace>& places, OpenPlaces& open) const;
  // Whether this rule matches the probe, and the policy allows it.
  bool RuleAllows(const applocker::Rule& rule, const Probe& probe) const;

  const LintInput* input_;
  PolicySet set_;
  PathSpeller speller_;
  bool names_linux_ = false;
  bool names_windows_ = false;
  mutable std::map<std::string, Written> written_;
  mutable std::map<const applocker::Rule*, OpenPlaces> open_;
  mutable std::map<const applocker::RuleCollection*, authoring::CoverIndex> covers_;
};

}  // namespace portcullis::lint
