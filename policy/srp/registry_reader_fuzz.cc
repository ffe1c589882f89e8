// SPDX-License-Identifier: Apache-2.0
// A hostile Registry.pol of Software Restriction Policies: what is read as a policy is written as
// entries that are read as the same policy.
#include <cstdint>
#include <cstdlib>

#include "formats/registry/regpol.h"
#include "policy/srp/registry_reader.h"
#include "policy/srp/registry_writer.h"

namespace {

using namespace portcullis;

std::optional<srp::RegistryReading> Read(std::span<const registry::Entry> entries,
                                         srp::Scope scope) {
  auto changes = registry::ChangesOf(entries);
  if (!changes) return std::nullopt;
  const std::vector<srp::RegistrySource> sources = {{"it", scope, "entry", *std::move(changes)}};
  auto reading = srp::ReadRegistry(sources);
  if (!reading) return std::nullopt;
  return *std::move(reading);
}

void CheckPolicy(const srp::Policy& policy) {
  const auto entries = srp::BuildEntries(policy);
  if (!entries) std::abort();
  const auto again = Read(*entries, policy.scope);
  if (!again) std::abort();
  if ((policy.scope == srp::Scope::kMachine ? again->machine : again->user) != policy) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto entries = registry::ParseRegistryPol(Bytes(data, size));
  if (!entries) return 0;
  const auto reading = Read(*entries, srp::Scope::kMachine);
  if (!reading) return 0;
  for (const srp::Note& note : reading->notes) (void)srp::ToString(note);
  if (reading->machine) CheckPolicy(*reading->machine);
  if (reading->user) CheckPolicy(*reading->user);
  return 0;
}
