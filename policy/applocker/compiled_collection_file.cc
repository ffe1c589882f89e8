// SPDX-License-Identifier: Apache-2.0
// A collection as tables of a compiled file, and what must hold of them.
#include <algorithm>

#include "policy/applocker/compiled_collection.h"
#include "policy/applocker/limits.h"

namespace portcullis::applocker {

void CompiledCollection::Write(TableWriter& writer) const {
  writer.Number(deny_count_);
  sids_.Write(writer);
  store_.Write(writer);
  writer.Table(rules_);
  writer.Table(exceptions_);
  index_.front().Write(writer);
  writer.Number(exception_indexes_.size());
  for (const ConditionIndex& index : exception_indexes_) {
    writer.Number(index.certain_from());
    index.Write(writer);
  }
}

std::unique_ptr<const CompiledCollection> CompiledCollection::Read(
    TableReader& reader, const Shape& shape, const MatchingSettings& settings) {
  std::unique_ptr<CompiledCollection> compiled(new CompiledCollection(shape.type, settings));
  compiled->ReadTables(reader);
  if (reader.ok()) compiled->ReadExceptionIndexes(reader);
  if (reader.ok()) compiled->CheckRules(reader, shape);
  if (!reader.ok()) return nullptr;
  return compiled;
}

void CompiledCollection::ReadTables(TableReader& reader) {
  deny_count_ = reader.NumberUpTo(kMaxRulesPerCollection, "there are more deny rules than rules");
  sids_ = SidTable::Read(reader);
  store_ = ConditionStore::Read(reader, settings_);
  reader.Table(rules_);
  reader.Expect(rules_.size() <= kMaxRulesPerCollection, "there are too many rules");
  reader.Expect(deny_count_ <= rules_.size(), "there are more deny rules than rules");
  reader.Table(exceptions_);
  if (!reader.ok()) return;
  index_.push_back(
      ConditionIndex::Read(reader, store_, deny_count_, static_cast<uint32_t>(rules_.size())));
}

void CompiledCollection::ReadExceptionIndexes(TableReader& reader) {
  const uint32_t count = reader.NumberUpTo(static_cast<uint32_t>(rules_.size()),
                                           "there are more indexes of exceptions than rules");
  for (uint32_t i = 0; i < count && reader.ok(); ++i) {
    const uint32_t certain_from = reader.NumberUpTo(kNoRank, "an index begins past all ranks");
    exception_indexes_.push_back(
        ConditionIndex::Read(reader, store_, certain_from, kMaxExceptionsPerRule));
  }
}

// They stand in the order of the rules, so that none is counted twice.
void CompiledCollection::CheckExceptions(TableReader& reader) const {
  uint64_t next_exception = 0;
  uint64_t next_index = 0;
  bool are_in_order = true;
  for (const CompiledRule& rule : rules_) {
    const bool has_index = rule.exception_count == kHasIndex;
    are_in_order &= rule.exceptions == (has_index ? next_index : next_exception);
    next_index += has_index ? 1 : 0;
    next_exception += has_index ? 0 : rule.exception_count;
  }
  reader.Expect(are_in_order && next_exception == exceptions_.size() &&
                    next_index == exception_indexes_.size(),
                "the exceptions of a rule are out of range");
  const auto is_known = [&](const ConditionRef& ref) { return store_.Holds(ref); };
  reader.Expect(std::ranges::all_of(exceptions_, is_known),
                "an exception names a condition that is not there");
}

void CompiledCollection::CheckRules(TableReader& reader, const Shape& shape) const {
  reader.Expect(rules_.size() == shape.rules, "there are not as many rules as are stored");
  bool are_known = true;
  for (const CompiledRule& rule : rules_) {
    are_known &= rule.place < shape.rules && rule.sid < sids_.size() && rule.source < shape.sources;
  }
  reader.Expect(are_known, "a rule names what is not there");
  CheckExceptions(reader);
  reader.Expect(sids_.size() <= rules_.size(), "there are more SIDs than rules");
}

}  // namespace portcullis::applocker
