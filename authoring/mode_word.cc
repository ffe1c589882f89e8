// SPDX-License-Identifier: Apache-2.0
#include "authoring/mode_word.h"

#include <fmt/core.h>

#include "base/quote.h"

namespace portcullis::authoring {

using applocker::EnforcementMode;

Result<EnforcementMode> ParseMode(const std::string& text) {
  if (text == "audit" || text == "AuditOnly") return EnforcementMode::kAuditOnly;
  if (text == "enabled" || text == "Enabled") return EnforcementMode::kEnabled;
  if (text == "not-configured" || text == "NotConfigured") return EnforcementMode::kNotConfigured;
  return Fail(ErrorCode::kMalformed,
              fmt::format("mode {}: not-configured, audit or enabled is allowed", Quote(text)));
}

}  // namespace portcullis::authoring
