// SPDX-License-Identifier: Apache-2.0
// Where the tags of a policy's text stand: a second, light reading that knows columns.
//
// Shape:   rules by id, collections by their number in the text.
// Limits:  those of formats/xml/parser.h; the text was read as a policy before.
// Errors:  none: what is not well-formed ends the reading, and the rest has no place.
// Threads: a value.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "base/byte_source.h"
#include "formats/xml/parser.h"
#include "policy/applocker/model.h"

namespace portcullis::lint {

class Places {
 public:
  static Places Read(const ByteSource& policy);

  // {0, 0} where it is not known.
  xml::Position OfRule(const applocker::RuleId& id) const;
  xml::Position OfCollection(size_t number) const;

 private:
  class Reader;
  std::map<std::array<uint8_t, 16>, xml::Position> rules_;
  std::vector<xml::Position> collections_;
};

}  // namespace portcullis::lint
