// SPDX-License-Identifier: Apache-2.0
// The verdict on one event, also where the file could not be identified.
//
// Shape:   Decide's answer for the collection that the operation and the file's kind choose. Where
//          the kind is not known an exec is judged by Exe and by Script, and the worse counts.
// Threads: pure.
// Source:  docs/enforcement.md "The life of one exec".
#pragma once

#include <vector>

#include "enforcement/policy_in_force.h"
#include "enforcement/verdict_cache.h"
#include "identity/file_identity.h"
#include "policy/request.h"

namespace portcullis::enforcement {

// Of a file that could not be looked at: every attribute is unknown.
FileIdentity UnidentifiedFile();
bool IsUnidentified(const FileIdentity& identity);

struct VerdictQuestion {
  Operation operation = Operation::kExecute;
  const FileIdentity& identity;
  const std::vector<PathSpelling>& spellings;
  const AccessToken& token;
};
std::shared_ptr<KnownVerdict> DecideVerdict(const PolicyInForce& force,
                                            const VerdictQuestion& question);

// Whether everybody may do what is asked.
bool AllowsEveryone(const PolicyInForce& force, const VerdictQuestion& question);
// Whether everybody may do everything with the file that the kernel asks about: execute it, and
// where opens are judged load it and read it as a script.
bool AllowsEveryoneEverything(const PolicyInForce& force, const VerdictQuestion& question,
                              bool opens_are_judged);

// Whether a collection that the operation may choose can block.
bool MayBlock(const PolicyInForce& force, Operation operation);

}  // namespace portcullis::enforcement
