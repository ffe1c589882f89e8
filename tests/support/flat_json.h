// SPDX-License-Identifier: Apache-2.0
// A second reader of JSON, for tests: every value by its place.
//
// Shape:   "/file/hash/sha256" -> its text; numbers, true, false and null as JSON has them, a
//          string without its quotes; an empty object or array is "{}" or "[]".
// Errors:  nothing for what is not one JSON value in UTF-8, or has a member twice.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace portcullis::testing {

using FlatJson = std::map<std::string, std::string>;

std::optional<FlatJson> ReadFlatJson(std::string_view text);

}  // namespace portcullis::testing
