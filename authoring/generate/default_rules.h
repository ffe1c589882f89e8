// SPDX-License-Identifier: Apache-2.0
// AppLocker's default rules, with the ids, names and descriptions that Windows' editor gives them.
//
// Shape:   a collection of each type; the Dll one, which Windows leaves off, with its rules too.
// Errors:  those of the reader, if what is shipped is no policy; a test reads it.
// Threads: reentrant.
// Source:  section 8.7 of the reference; share/policies/default-rules-with-dll.xml.
#pragma once

#include "base/result.h"
#include "policy/applocker/model.h"

namespace portcullis {

Result<applocker::AppLockerPolicy> DefaultRules();

}  // namespace portcullis
