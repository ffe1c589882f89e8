// SPDX-License-Identifier: Apache-2.0
// One row of the table of checks, and what a check sees.
//
// Shape:   a check looks at one rule or at one collection, and tells what it finds there.
// Threads: checks are pure but for what the context remembers; one run, one thread.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "authoring/lint/context.h"
#include "authoring/lint/finding.h"

namespace portcullis::lint {

class CheckRun {
 public:
  // Told about a rule, or about the collection where that is null.
  using Sink = std::function<void(const applocker::Rule* rule, std::string message)>;
  CheckRun(const Context& about, const applocker::RuleCollection& in, Sink sink)
      : context(about), collection(in), sink_(std::move(sink)) {}

  void Tell(std::string message) const { sink_(nullptr, std::move(message)); }
  void TellOf(const applocker::Rule& rule, std::string message) const {
    sink_(&rule, std::move(message));
  }

  const Context& context;
  const applocker::RuleCollection& collection;

 private:
  const Sink sink_;
};

struct Check {
  CheckInfo info;
  // One of the two.
  void (*of_rule)(const CheckRun& run, const applocker::Rule& rule) = nullptr;
  void (*of_collection)(const CheckRun& run) = nullptr;
};

// The groups, in the order of docs/lint.md.
std::span<const Check> PathChecks();
std::span<const Check> ExceptionChecks();
std::span<const Check> PublisherChecks();
std::span<const Check> HashChecks();
std::span<const Check> SubjectChecks();
std::span<const Check> RedundancyChecks();
std::span<const Check> ReachChecks();
std::span<const Check> CollectionChecks();

}  // namespace portcullis::lint
