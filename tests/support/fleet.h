// SPDX-License-Identifier: Apache-2.0
// The facts of many machines, as `inspect --format json` prints them, and a policy about them; all
// from a seed.
//
// Every machine has most of its programs where the others have them. One file in kOwnEvery stands
// in a folder of the machine's user, so that no other machine has its line. Three of four programs
// are signed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "authoring/file_report.h"
#include "policy/applocker/model.h"

namespace portcullis::testing {

class Fleet {
 public:
  static constexpr size_t kOwnEvery = 20;

  explicit Fleet(size_t machines = 1000, size_t programs = 5000)
      : machines_(machines), programs_(programs) {}

  // Fact `number` of all of them: the machines one after the other, programs as they come.
  FileReport Report(uint64_t number, uint64_t facts_a_machine) const;
  std::string Line(uint64_t number, uint64_t facts_a_machine) const;

  // Four of ten rules are of paths, three of publishers, three of hashes; one of ten denies. Every
  // second rule is about programs of the fleet.
  applocker::AppLockerPolicy Policy(size_t rules, uint64_t seed) const;

 private:
  size_t machines_;
  size_t programs_;
};

}  // namespace portcullis::testing
