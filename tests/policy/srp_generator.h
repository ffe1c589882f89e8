// SPDX-License-Identifier: Apache-2.0
// Policies of Software Restriction Policies, and files that many of their rules are about.
#pragma once

#include "policy/request.h"
#include "policy/srp/environment.h"
#include "policy/srp/model.h"
#include "tests/policy/choices.h"
#include "tests/support/srp_policies.h"

namespace portcullis::testing {

// What the variables of generated rules stand for.
srp::Environment GeneratedSrpEnvironment();
srp::Policy GenerateSrpPolicy(Choices& choices, srp::Scope scope);
FileAttributes GenerateSrpFile(Choices& choices);
AccessToken GenerateSrpToken(Choices& choices);

}  // namespace portcullis::testing
