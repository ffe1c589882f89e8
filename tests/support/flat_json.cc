// SPDX-License-Identifier: Apache-2.0
#include "tests/support/flat_json.h"

#include <nlohmann/json.hpp>
#include <set>
#include <vector>

namespace portcullis::testing {

std::optional<FlatJson> ReadFlatJson(std::string_view text) {
  using nlohmann::json;
  std::vector<std::set<std::string>> keys;
  bool is_twice = false;
  const auto watch = [&](int, json::parse_event_t event, const json& parsed) {
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key) {
      is_twice |= !keys.back().insert(parsed.get<std::string>()).second;
    }
    return true;
  };
  const json value = json::parse(text, watch, false);
  if (value.is_discarded() || is_twice) return std::nullopt;
  FlatJson flat;
  const json places = value.flatten();
  for (const auto& [place, item] : places.items()) {
    flat[place] = item.is_string() ? item.get<std::string>() : item.dump();
    if (item.is_null() && value.at(json::json_pointer(place)).is_object()) flat[place] = "{}";
    if (item.is_null() && value.at(json::json_pointer(place)).is_array()) flat[place] = "[]";
  }
  return flat;
}

}  // namespace portcullis::testing
