// SPDX-License-Identifier: Apache-2.0
// Rules of Software Restriction Policies as items that AppLocker can say, and why others are none.
//
// Threads: pure functions.
// Source:  docs/srp-to-applocker.md.
#pragma once

#include <string>
#include <vector>

#include "policy/srp/migration/drafts.h"
#include "policy/srp/settings.h"
#include "policy/srp/to_applocker.h"

namespace portcullis::srp::migration {

struct Context {
  const Settings& settings;
  const Environment& environment;
  const MigrationOptions& options;
};

// Adds the rule's items, and to `report` how far they say what it says.
void AddItems(const Rule& rule, const Context& context, std::vector<Item>& items, size_t place,
              MigratedRule& report);

// "Unrestricted path rule {...}", of a user's policy with that in front.
std::string LabelOf(const Rule& rule);

}  // namespace portcullis::srp::migration
