// SPDX-License-Identifier: Apache-2.0
// A path rule, ready to be compared: components against components.
//
// Shape:   a wildcard never sees a separator. As many components as the file's path has: the file
//          itself; fewer: a folder it lies in. A text without a separator is compared with the
//          file's name alone; one that ends with a separator names folders alone.
// Units:   texts are in the alphabet of policy/path_text.h.
// Limits:  time is that of WildcardMatch for each component.
// Lifetime: owns its texts.
// Threads: immutable once made.
// Source:  docs/srp.md "Path rules"; policy/srp/reference.h is the slow twin.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/request.h"
#include "policy/srp/answer.h"

namespace portcullis::srp {

class PathRule {
 public:
  explicit PathRule(std::string_view expanded);

  // How specifically it names a file of this path; nothing where it does not.
  std::optional<Specificity> Match(const PathAttribute& path) const;

  // Whether paths of both kinds are compared with it alike: it has no '/'.
  bool is_of_both_kinds() const { return !host_; }

  // Patterns in upper case in which `*` may cross separators, for the index: together they match
  // every path of this kind that the rule matches, and others.
  std::vector<std::string> Wider(PathKind kind) const;

 private:
  // The rule as paths of one kind are compared with it.
  struct Form {
    std::string upper;
    std::string exact;
    uint32_t components = 0;
    uint32_t literals = 0;  // of these, in front, without a wildcard
    bool is_name = false;
    bool is_folder = false;
  };
  static Form FormOf(std::string_view expanded, PathKind kind);
  const Form& FormFor(PathKind kind) const {
    return kind == PathKind::kHost && host_ ? *host_ : windows_;
  }

  Form windows_;
  std::unique_ptr<const Form> host_;  // null: the same
};

}  // namespace portcullis::srp
