// SPDX-License-Identifier: Apache-2.0
// Which fields of a fact the rules of policies look at, and which of those a fact lacks.
//
// Shape:   of each collection apart, exceptions too. Lacking is not having been told: a file that
// is
//          known to be unsigned lacks no publisher. A lacking field is judged as a missing
//          attribute (docs/semantics.md); this only counts.
// Threads: immutable once made.
#pragma once

#include <array>

#include "authoring/file_report.h"
#include "policy/policy_set.h"

namespace portcullis::simulation {

struct Lacking {
  bool publisher = false;
  bool hash = false;  // none of a type that some rule compares
  bool path = false;

  friend bool operator==(const Lacking&, const Lacking&) = default;
};

class FieldNeeds {
 public:
  // Adds what the rules of AppLocker in `policies` look at.
  void Add(const PolicySet& policies);
  // `file` is made of `report`.
  Lacking LackedBy(const FileReport& report, const FileAttributes& file) const;

 private:
  struct Needs {
    bool publisher = false;
    bool path = false;
    bool sha256 = false;
    bool sha256_flat = false;
    bool sha1 = false;
  };
  static void AddCondition(Needs& needs, const applocker::Condition& condition);

  std::array<Needs, applocker::kCollectionTypes> of_collections_;
};

}  // namespace portcullis::simulation
