// SPDX-License-Identifier: Apache-2.0
// What files are judged by in a simulation, and for whom.
//
// Lifetime: borrows all that it points at.
// Threads: immutable.
#pragma once

#include <string>
#include <vector>

#include "host/path_spellings.h"
#include "policy/policy_set.h"
#include "security/access_token.h"

namespace portcullis::simulation {

struct User {
  std::string name;  // as it is shown
  AccessToken token;
};

struct Setup {
  const PolicySet* policies = nullptr;  // the new ones
  // What was in force before, by the same settings; null: nothing, so that all was allowed.
  const PolicySet* former = nullptr;
  std::vector<User> users;  // each fact is judged for each of them
  const PathSpeller* speller = nullptr;
  unsigned threads = 1;
};

}  // namespace portcullis::simulation
