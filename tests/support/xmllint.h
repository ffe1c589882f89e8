// SPDX-License-Identifier: Apache-2.0
// `xmllint --schema` as a second opinion.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace portcullis::testing {

enum class Opinion : uint8_t { kNotWellFormed, kInvalid, kValid };

bool HasXmllint();

// What xmllint says of each text, all of them in one run.
std::vector<Opinion> AskXmllint(const std::filesystem::path& schema,
                                const std::vector<std::string>& texts);

}  // namespace portcullis::testing
