// SPDX-License-Identifier: Apache-2.0
// Warnings about a rule's path that are certain whatever the files are.
#pragma once

#include "policy/applocker/xml/policy_builder.h"

namespace portcullis::applocker {

void AdviseOnPath(const Value& path, Report& report);

}  // namespace portcullis::applocker
