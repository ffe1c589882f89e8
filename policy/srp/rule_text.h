// SPDX-License-Identifier: Apache-2.0
// How a rule of Software Restriction Policies is named in events, answers and messages.
//
// Threads: pure functions.
#pragma once

#include <string>

#include "policy/srp/model.h"

namespace portcullis::srp {

// Its GUID without braces; of a certificate rule, which has none, the thumbprint in lower case.
std::string IdText(const Rule& rule);

// The same, but zeros for a certificate rule: where only a GUID has room.
std::string GuidText(const Rule& rule);

// What it is about: a path as written, a thumbprint, `MD5 0x... of 4096 bytes`, the name of a zone.
std::string TargetText(const Rule& rule);

}  // namespace portcullis::srp
