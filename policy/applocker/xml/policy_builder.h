// SPDX-License-Identifier: Apache-2.0
// Builds the model of a policy from elements and attributes that stand where they may.
//
// Shape:   Begin, Set for each attribute, what is inside, End. Values are checked here: those of
// the
//          schema, and what this project refuses beyond it.
// Limits:  policy/applocker/limits.h. Rules are counted but no longer kept once there is an error:
//          such a policy is never handed out.
// Threads: one thread a PolicyBuilder.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/xml/parser.h"
#include "policy/applocker/model.h"
#include "policy/applocker/xml/grammar.h"
#include "policy/applocker/xml/report.h"
#include "policy/applocker/xml/unique_ids.h"
#include "policy/applocker/xml/values.h"

namespace portcullis::applocker {

// An attribute and, for a message, its place.
struct Value {
  const xml::Attribute& attribute;
  const xml::Cursor& cursor;

  std::string_view text() const { return attribute.value; }
  std::string_view name() const { return attribute.name.local; }
  xml::Position where() const { return cursor.At(attribute); }
};

class PolicyBuilder {
 public:
  explicit PolicyBuilder(Report& report) : report_(report) {}

  void Begin(Node node, xml::Position where);
  void Set(Field field, const Value& value);
  void End(Node node);
  // The text of what the schema does not look into: elements of a RuleCollectionExtensions, or the
  // whole PolicyExtensions.
  void Keep(Node node, std::string text);
  // A limit of this project is passed; reading on would only cost memory.
  bool must_stop() const { return must_stop_; }

  // After the last element: checks what concerns the whole, and gives up the result.
  void MoveInto(PolicyDocument& document);

 private:
  void BeginCollection(xml::Position where);
  void BeginRule(Condition condition, xml::Position where);
  void BeginCondition(Condition condition, xml::Position where);
  void BeginHash(xml::Position where);
  void BeginExtensions(xml::Position where);
  void EndHash();
  void EndVersionRange();

  void SetOfCollection(Field field, const Value& value);
  void SetOfRule(Field field, const Value& value);
  void SetOfCondition(Field field, const Value& value);
  void SetOfHash(Field field, const Value& value);
  void SetOfExtensions(Field field, const Value& value);
  void SetOfPlugin(Field field, const Value& value);

  void SetVersion(const Value& value);
  void SetCollectionType(const Value& value);
  void SetUserOrGroupSid(const Value& value);
  void SetPublisherText(std::string& target, const Value& value, size_t min_length);
  void SetPath(const Value& value);
  void SetVersionSection(std::optional<FileVersion>& target, const Value& value);
  void SetText(std::string& target, const Value& value, size_t min_length, size_t max_length);
  void SetUnsignedInt(uint32_t& target, const Value& value);
  void StopAt(xml::Position where, std::string_view id, std::string message);

  Report& report_;
  AppLockerPolicy policy_;
  std::vector<CollectionSummary> summaries_;
  UniqueIds ids_;
  bool must_stop_ = false;
  size_t hashes_ = 0;

  // What is open. Each points into policy_ and is set before anything that needs it is read.
  RuleCollection* collection_ = nullptr;
  Rule* rule_ = nullptr;
  Condition* condition_ = nullptr;
  bool is_in_exceptions_ = false;
  xml::Position where_;  // of the element that began last
  std::optional<HashType> hash_type_;
  std::optional<HashDigits> hash_digits_;
};

}  // namespace portcullis::applocker
