// SPDX-License-Identifier: Apache-2.0
// Every signature of a file, for `inspect --verbose`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json_writer.h"
#include "identity/file_identity.h"

namespace portcullis::cli {

struct LabelledLine {
  std::string label;
  std::string text;
};
std::vector<LabelledLine> SignatureLines(const std::vector<SignatureDetails>& signatures);

// The member `signatures`.
void WriteSignatures(JsonWriter& json, const std::vector<SignatureDetails>& signatures);

}  // namespace portcullis::cli
