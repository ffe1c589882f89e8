// SPDX-License-Identifier: Apache-2.0
#include "policy/text_hash.h"

#include "policy/path_text.h"

namespace portcullis {

std::vector<TextComponent> SplitIntoComponents(std::string_view text) {
  std::vector<TextComponent> components;
  for (size_t begin = 0;;) {
    const size_t separator = text.find(kSeparator, begin);
    const std::string_view component = text.substr(begin, separator - begin);
    components.push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(component.size()),
                          HashText(component)});
    if (separator == std::string_view::npos) return components;
    begin = separator + 1;
  }
}

}  // namespace portcullis
