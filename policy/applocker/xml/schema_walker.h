// SPDX-License-Identifier: Apache-2.0
// Holds the events of the parser against the grammar and passes on what fits.
//
// Shape:   an element that can not stand where it stands is reported once and skipped with all it
//          holds; one that only stands in the wrong order, or once too often, is reported and read.
// Limits:  ends the reading when the Report is full.
// Threads: one thread a SchemaWalker.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "formats/xml/parser.h"
#include "policy/applocker/xml/grammar.h"
#include "policy/applocker/xml/kept_xml.h"
#include "policy/applocker/xml/policy_builder.h"
#include "policy/applocker/xml/report.h"

namespace portcullis::applocker {

class SchemaWalker final : public xml::Handler {
 public:
  SchemaWalker(PolicyBuilder& builder, Report& report) : builder_(builder), report_(report) {}

  // The root was a lone RuleCollection.
  bool is_fragment() const { return is_fragment_; }

  void OnStartTag(const xml::StartTag& tag, xml::Cursor& cursor) override;
  void OnEndTag(xml::Cursor& cursor) override;
  void OnText(std::string_view text, xml::Cursor& cursor) override;
  void OnCdata(xml::Cursor& cursor) override;

 private:
  // An element that is open.
  struct Frame {
    Node node;
    xml::Position start;
    uint8_t group = 0;  // of the child that came last
    uint8_t seen = 0;   // bit i: the i-th child of the rule came
    bool has_reported_text = false;
  };

  std::optional<Node> FindRoot(const xml::Name& name, xml::Position where);
  std::optional<Node> FindChild(const xml::Name& name, xml::Position where);
  std::optional<Node> FindAny(const xml::Name& name, xml::Position where);
  void CheckOrder(const ChildRule& child, uint8_t bit, xml::Position where);
  void ReportMissing(Frame& frame, uint8_t groups_before, xml::Position where);
  bool IsComplete(const Frame& frame) const;

  void Open(Node node, const xml::StartTag& tag, xml::Cursor& cursor);
  void ReadAttributes(Node node, const xml::StartTag& tag, xml::Cursor& cursor);
  void ReadForeignAttribute(Node node, const xml::Attribute& attribute, xml::Cursor& cursor);
  void Keep(Node node, const xml::StartTag& tag);
  void Close();
  void ReportText(xml::Position where);
  void StopIfOver(xml::Cursor& cursor);

  PolicyBuilder& builder_;
  Report& report_;
  KeptXml kept_;
  std::vector<Frame> frames_;
  bool is_fragment_ = false;
  size_t skipped_depth_ = 0;  // elements open below the one that could not stand
  size_t kept_depth_ = 0;     // of the frames, those that are kept as text
};

}  // namespace portcullis::applocker
