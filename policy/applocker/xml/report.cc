// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/xml/report.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace portcullis::applocker {
namespace {

void SortByPlace(std::vector<Diagnostic>& diagnostics) {
  std::ranges::stable_sort(diagnostics, {}, [](const Diagnostic& diagnostic) {
    return std::pair(diagnostic.line, diagnostic.column);
  });
}

}  // namespace

std::string ToString(const Diagnostic& diagnostic) {
  if (diagnostic.line == 0) return fmt::format("{} [{}]", diagnostic.message, diagnostic.id);
  return fmt::format("line {}, column {}: {} [{}]", diagnostic.line, diagnostic.column,
                     diagnostic.message, diagnostic.id);
}

// Room for no error at all would make every document an accepted one.
Report::Report(const ReadOptions& options) : options_(options) {
  options_.max_errors = std::max<size_t>(options.max_errors, 1);
}

void Report::Error(xml::Position where, std::string_view id, std::string message) {
  if (is_full()) return;
  errors_.push_back({where.line, where.column, id, std::move(message)});
}

void Report::BeyondSchema(xml::Position where, std::string_view id, std::string message) {
  is_beyond_schema_ = true;
  if (options_.schema_only) return Warning(where, id, std::move(message));
  Error(where, id, std::move(message));
}

void Report::Warning(xml::Position where, std::string_view id, std::string message) {
  if (warnings_.size() >= options_.max_errors) {
    ++dropped_warnings_;
    return;
  }
  warnings_.push_back({where.line, where.column, id, std::move(message)});
}

void Report::WarningUnlessStrict(xml::Position where, std::string_view id, std::string message) {
  if (options_.strict) return Error(where, id, std::move(message));
  Warning(where, id, std::move(message));
}

void Report::MoveInto(PolicyDocument& document) {
  SortByPlace(errors_);
  SortByPlace(warnings_);
  if (is_full()) {
    const Diagnostic& last = errors_.back();
    errors_.push_back({last.line, last.column, "too-many-errors",
                       fmt::format("{} errors; the reading ends here", errors_.size())});
  }
  if (dropped_warnings_ > 0) {
    const Diagnostic& last = warnings_.back();
    warnings_.push_back({last.line, last.column, "too-many-warnings",
                         fmt::format("{} more warnings", dropped_warnings_)});
  }
  document.errors = std::move(errors_);
  document.warnings = std::move(warnings_);
}

}  // namespace portcullis::applocker
