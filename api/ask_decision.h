// SPDX-License-Identifier: Apache-2.0
// A host's question and its answer in the engine's words, for who judges: the service, and the
// offline library.
//
// Shape:   an answer's level is what the host is to do (LevelFor of policy/decision.h); verdict,
//          mode, reason and rule are what the policy says.
// Errors:  none; an answer that is one has its number (ErrorAnswer).
// Threads: pure functions.
// Source:  docs/safer-api.md.
#pragma once

#include <cstdint>
#include <optional>

#include "api/ask_protocol.h"
#include "identity/file_identity.h"
#include "policy/decision.h"
#include "policy/request.h"

namespace portcullis::api {

// The rules are those that the host names, whatever the file looks like: a script that is asked
// about as a program is judged by the rules for programs.
struct Asked {
  Operation operation = Operation::kScript;
  applocker::CollectionType collection = applocker::CollectionType::kScript;
};
Asked AskedBy(AskFor ask_for);

// Whence the host says the file came; 0 is none said.
std::optional<srp::UrlZone> ZoneSaid(const AskRequest& request);

// `identity` is what was judged, or null where it was never found out. PORTCULLIS_E_CHANGED where
// the host read other bytes than those.
AskAnswer AnswerFor(const AskRequest& request, uint64_t generation, const Decision& decision,
                    bool is_blocked, const FileIdentity* identity);
AskAnswer ErrorAnswer(uint64_t number, int error);

}  // namespace portcullis::api
