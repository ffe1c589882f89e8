// SPDX-License-Identifier: Apache-2.0
#include "security/text_cursor.h"

#include <fmt/core.h>

namespace portcullis {

Unexpected TextCursor::RefuseAt(size_t offset, std::string_view why, ErrorCode code) const {
  return Fail(code, fmt::format("{} at offset {}: {}", what_, offset, why));
}

}  // namespace portcullis
