// SPDX-License-Identifier: Apache-2.0
// Hashes of the parts of an event that many events share.
//
// Threads: pure.
#pragma once

#include "eventlog/event.h"
#include "eventlog/keyed_hash.h"

namespace portcullis::eventlog {

Hash128 HashOf(const EventRule& rule, const HashKey& key);
Hash128 HashOf(const EventFile& file, const HashKey& key);
// Who: the credentials, session and terminal, not the process or its program.
Hash128 HashOfAccount(const EventProcess& process, const HashKey& key);
Hash128 HashOfProgram(const EventProcess& process, const HashKey& key);
// All but what event_folding.h says.
Hash128 HashForFolding(const Event& event, const HashKey& key);

}  // namespace portcullis::eventlog
