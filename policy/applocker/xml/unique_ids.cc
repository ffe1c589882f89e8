// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/xml/unique_ids.h"

#include <fmt/core.h>

#include <algorithm>
#include <span>
#include <tuple>

namespace portcullis::applocker {

void UniqueIds::Check(Report& report) {
  std::ranges::sort(ids_, {}, [](const Used& used) {
    return std::tie(used.id.bytes, used.id.upper_case_digits, used.where);
  });
  for (size_t i = 1; i < ids_.size() && !report.is_full(); ++i) {
    const Used& earlier = ids_[i - 1];
    const Used& used = ids_[i];
    if (!(used.id == earlier.id)) continue;
    if (used.id.upper_case_digits == earlier.id.upper_case_digits) {
      report.Error(used.where, "duplicate-rule-id",
                   fmt::format("the rule id {} is used already in line {}; ids are unique in a "
                               "policy",
                               used.id.ToString(), earlier.where.line));
    } else {
      const auto [first, second] = std::minmax(earlier.where, used.where);
      report.BeyondSchema(second, "rule-id-differs-only-in-case",
                          fmt::format("the rule id {} is that of line {} but for the case of its "
                                      "digits; in the registry they are one",
                                      used.id.ToString(), first.line));
    }
  }
}

}  // namespace portcullis::applocker
