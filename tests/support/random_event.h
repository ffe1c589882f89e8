// SPDX-License-Identifier: Apache-2.0
// Events for property tests: any combination of fields, any bytes in texts, within the limits.
#pragma once

#include "eventlog/event.h"
#include "tests/policy/choices.h"

namespace portcullis::testing {

eventlog::Event RandomEvent(Choices& choices);

}  // namespace portcullis::testing
