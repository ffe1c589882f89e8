// SPDX-License-Identifier: Apache-2.0
// Base64, of RFC 4648 section 4, without line ends.
//
// Shape:   bytes in, text out; and back.
// Errors:  nothing where the text is not what an encoder writes (RFC 4648 section 4): a character
//          of no value, a length that is no multiple of four, bits that are left over and not 0.
// Threads: pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis {

std::string Base64(std::string_view bytes);
std::optional<std::vector<uint8_t>> DecodeBase64(std::string_view text);

}  // namespace portcullis
