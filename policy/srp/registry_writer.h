// SPDX-License-Identifier: Apache-2.0
// Writes Software Restriction Policies as values of a registry, and as the files that bring them.
//
// Shape:   keys without a hive, as a Registry.pol has them; reading the entries gives an equal
//          policy. The files begin keys with the hive of the policy's scope where their form has
//          hives.
// Errors:  those of CheckPolicy; kUnsupported where the form can not hold the policy.
// Threads: pure functions.
// Source:  docs/formats/srp-registry.md.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "formats/registry/registry_entry.h"
#include "policy/srp/model.h"

namespace portcullis::srp {

Result<std::vector<registry::Entry>> BuildEntries(const Policy& policy);

Result<std::string> BuildRegistryPol(const Policy& policy);
// One text for the policies of both scopes.
Result<std::string> BuildRegText(std::span<const Policy> policies);
// AuthenticodeEnabled of a machine's policy, which Windows' editor keeps in the security template.
Result<std::string> BuildSecurityTemplate(const Policy& policy);

}  // namespace portcullis::srp
