// SPDX-License-Identifier: Apache-2.0
// The ids of all rules of a policy, to find those that stand twice.
//
// Shape:   ids are collected as they come and compared once, at the end: a hash table over a
//          hundred thousand rules would cost more memory than the sort costs time.
// Threads: one thread a UniqueIds.
#pragma once

#include <vector>

#include "formats/xml/parser.h"
#include "policy/applocker/model.h"
#include "policy/applocker/xml/report.h"

namespace portcullis::applocker {

class UniqueIds {
 public:
  void Add(const RuleId& id, xml::Position where) { ids_.push_back({id, where}); }
  // Reports each id that is equal to an earlier one: to the letter against the schema, in other
  // case beyond it.
  void Check(Report& report);

 private:
  struct Used {
    RuleId id;
    xml::Position where;
  };
  std::vector<Used> ids_;
};

}  // namespace portcullis::applocker
