// SPDX-License-Identifier: Apache-2.0
// A second reader of XML, for tests: elements in their order.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::testing {

struct FlatElement {
  std::string name;  // "namespace name", or the name alone
  std::map<std::string, std::string> attributes;
  std::string text;  // directly in it
};

// In the order of their start tags; nothing for what is not well-formed.
std::optional<std::vector<FlatElement>> ReadFlatXml(std::string_view text);

}  // namespace portcullis::testing
