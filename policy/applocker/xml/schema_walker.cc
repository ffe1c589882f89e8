// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/xml/schema_walker.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/quote.h"
#include "policy/applocker/xml/values.h"

namespace portcullis::applocker {
namespace {

constexpr std::string_view kSchemaInstance = "http://www.w3.org/2001/XMLSchema-instance";

std::string Allowed(const NodeRule& rule) {
  if (rule.children.empty()) return "no element";
  std::string names;
  for (const ChildRule& child : rule.children) {
    if (!names.empty()) names += ", ";
    names += child.name;
  }
  return names;
}

std::string AllowedAttributes(const NodeRule& rule) {
  if (rule.attributes.empty()) return "no attribute";
  std::string names;
  for (const AttributeRule& attribute : rule.attributes) {
    if (!names.empty()) names += ", ";
    names += attribute.name;
  }
  return names;
}

std::string Shown(const xml::Name& name) {
  if (name.uri.empty()) return Quote(name.local);
  return fmt::format("{} of the namespace {}", Quote(name.local), Quote(name.uri));
}

bool HasBit(uint8_t bits, size_t i) { return (unsigned{bits} >> i & 1U) != 0; }

}  // namespace

void SchemaWalker::OnStartTag(const xml::StartTag& tag, xml::Cursor& cursor) {
  kept_.Enter(tag.declarations);
  if (skipped_depth_ > 0) {
    ++skipped_depth_;
    return;
  }
  const auto node =
      frames_.empty() ? FindRoot(tag.name, cursor.Here()) : FindChild(tag.name, cursor.Here());
  if (node) {
    Open(*node, tag, cursor);
  } else {
    skipped_depth_ = 1;
    if (frames_.empty()) cursor.Stop();
  }
  StopIfOver(cursor);
}

void SchemaWalker::OnEndTag(xml::Cursor& cursor) {
  if (skipped_depth_ > 0) {
    --skipped_depth_;
  } else {
    Close();
  }
  kept_.Leave();
  StopIfOver(cursor);
}

void SchemaWalker::OnText(std::string_view text, xml::Cursor& cursor) {
  if (skipped_depth_ > 0 || frames_.empty()) return;
  const Frame& frame = frames_.back();
  if (frame.node == Node::kAny) {
    kept_.Text(text);
    return StopIfOver(cursor);
  }
  if (IsWhiteSpace(text) && !RuleOf(frame.node).is_empty()) return;
  xml::Position where = cursor.Here();
  where.column += static_cast<uint32_t>(std::min(text.find_first_not_of(" \t"), text.size()));
  ReportText(where);
  StopIfOver(cursor);
}

void SchemaWalker::OnCdata(xml::Cursor& cursor) {
  if (skipped_depth_ > 0 || frames_.empty() || frames_.back().node == Node::kAny) return;
  ReportText(cursor.Here());
  StopIfOver(cursor);
}

void SchemaWalker::ReportText(xml::Position where) {
  Frame& frame = frames_.back();
  if (std::exchange(frame.has_reported_text, true)) return;
  const NodeRule& rule = RuleOf(frame.node);
  report_.Error(where, "text-not-allowed",
                fmt::format("text in {}; {} is allowed", rule.name,
                            rule.is_empty() ? "nothing, not even white space," : Allowed(rule)));
}

std::optional<Node> SchemaWalker::FindRoot(const xml::Name& name, xml::Position where) {
  if (name.Is("AppLockerPolicy")) return Node::kPolicy;
  is_fragment_ = name.Is("RuleCollection");
  if (is_fragment_) return Node::kCollection;
  report_.Error(where, "unknown-root",
                fmt::format("the root element is {}; allowed are AppLockerPolicy and "
                            "RuleCollection, in no namespace",
                            Shown(name)));
  return std::nullopt;
}

std::optional<Node> SchemaWalker::FindChild(const xml::Name& name, xml::Position where) {
  Frame& parent = frames_.back();
  const NodeRule& rule = RuleOf(parent.node);
  if (rule.ends_in_any && IsComplete(parent)) return FindAny(name, where);
  const auto child = std::ranges::find_if(
      rule.children, [&](const ChildRule& candidate) { return name.Is(candidate.name); });
  if (child == rule.children.end()) {
    report_.Error(
        where, name.uri.empty() ? "unknown-element" : "namespace",
        fmt::format("element {} in {}; allowed is {}", Shown(name), rule.name, Allowed(rule)));
    return std::nullopt;
  }
  CheckOrder(*child, static_cast<uint8_t>(child - rule.children.begin()), where);
  return child->node;
}

// The schema would look into an AppLockerPolicy here; a policy inside a policy is of no use to
// anyone but one who wants two readers to disagree.
std::optional<Node> SchemaWalker::FindAny(const xml::Name& name, xml::Position where) {
  if (name.Is("AppLockerPolicy")) {
    report_.BeyondSchema(where, "nested-policy", "a policy inside of a policy's extensions");
  }
  return Node::kAny;
}

void SchemaWalker::CheckOrder(const ChildRule& child, uint8_t bit, xml::Position where) {
  Frame& parent = frames_.back();
  const NodeRule& rule = RuleOf(parent.node);
  if (child.group < parent.group) {
    report_.Error(where, "element-out-of-order",
                  fmt::format("{} in {} behind an element that it must precede; the order is {}",
                              child.name, rule.name, Allowed(rule)));
  } else if (HasBit(parent.seen, bit) && !MayRepeat(child.occurs)) {
    report_.Error(where, "repeated-element",
                  fmt::format("{} stands twice in {}; once is allowed", child.name, rule.name));
  }
  ReportMissing(parent, child.group, where);
  parent.group = std::max(parent.group, child.group);
  parent.seen = static_cast<uint8_t>(parent.seen | 1U << bit);
}

// Reports, once, each required child of the first `groups_before` groups that has not come.
void SchemaWalker::ReportMissing(Frame& frame, uint8_t groups_before, xml::Position where) {
  const NodeRule& rule = RuleOf(frame.node);
  for (size_t i = 0; i < rule.children.size(); ++i) {
    const ChildRule& child = rule.children[i];
    if (child.group >= groups_before || !IsRequired(child.occurs) || HasBit(frame.seen, i))
      continue;
    report_.Error(where, "missing-element", fmt::format("{} without {}", rule.name, child.name));
    frame.seen = static_cast<uint8_t>(frame.seen | 1U << i);
  }
}

bool SchemaWalker::IsComplete(const Frame& frame) const {
  const NodeRule& rule = RuleOf(frame.node);
  for (size_t i = 0; i < rule.children.size(); ++i) {
    if (IsRequired(rule.children[i].occurs) && !HasBit(frame.seen, i)) return false;
  }
  return true;
}

void SchemaWalker::Open(Node node, const xml::StartTag& tag, xml::Cursor& cursor) {
  Keep(node, tag);
  frames_.push_back({.node = node, .start = cursor.Here()});
  builder_.Begin(node, cursor.Here());
  ReadAttributes(node, tag, cursor);
}

void SchemaWalker::StopIfOver(xml::Cursor& cursor) {
  if (kept_.is_over_limit()) {
    report_.Error(cursor.Here(), "extension-too-large",
                  fmt::format("the extensions hold more than {} bytes", kMaxKeptBytes));
  }
  if (kept_.is_over_limit() || report_.is_full() || builder_.must_stop()) cursor.Stop();
}

void SchemaWalker::ReadAttributes(Node node, const xml::StartTag& tag, xml::Cursor& cursor) {
  const NodeRule& rule = RuleOf(node);
  uint32_t seen = 0;
  for (const xml::Attribute& attribute : tag.attributes) {
    if (report_.is_full()) return;
    const auto known = std::ranges::find_if(rule.attributes, [&](const AttributeRule& candidate) {
      return attribute.name.Is(candidate.name);
    });
    if (known == rule.attributes.end()) {
      ReadForeignAttribute(node, attribute, cursor);
      continue;
    }
    seen |= 1U << (known - rule.attributes.begin());
    builder_.Set(known->field, {attribute, cursor});
  }
  for (size_t i = 0; i < rule.attributes.size(); ++i) {
    if (!rule.attributes[i].is_required || (seen >> i & 1U) != 0) continue;
    report_.Error(cursor.Here(), "missing-attribute",
                  fmt::format("{} without {}", rule.name, rule.attributes[i].name));
  }
}

void SchemaWalker::ReadForeignAttribute(Node node, const xml::Attribute& attribute,
                                        xml::Cursor& cursor) {
  const std::string_view local = attribute.name.local;
  if (attribute.name.uri == kSchemaInstance) {
    if (local == "schemaLocation" || local == "noNamespaceSchemaLocation") return;
    if (local == "type") {
      return report_.BeyondSchema(cursor.At(attribute), "xsi-type",
                                  "an xsi:type; the schema needs none here");
    }
  }
  if (node == Node::kAny) return;
  report_.Error(cursor.At(attribute), "unknown-attribute",
                fmt::format("attribute {} of {}; allowed is {}", Shown(attribute.name),
                            RuleOf(node).name, AllowedAttributes(RuleOf(node))));
}

void SchemaWalker::Keep(Node node, const xml::StartTag& tag) {
  const bool is_any = node == Node::kAny;
  if (kept_depth_ == 0 && !is_any && node != Node::kPolicyExtensions) return;
  ++kept_depth_;
  if (!is_any) return kept_.OpenKnown(tag);
  const bool is_outermost = frames_.back().node != Node::kAny;
  kept_.OpenAny(tag, is_outermost ? KeptXml::Scope::kInherited : KeptXml::Scope::kOwn);
}

void SchemaWalker::Close() {
  Frame& frame = frames_.back();
  ReportMissing(frame, UINT8_MAX, frame.start);
  const Node node = frame.node;
  frames_.pop_back();
  if (kept_depth_ > 0) {
    kept_.Close();
    if (--kept_depth_ == 0) builder_.Keep(node, kept_.Take());
  }
  builder_.End(node);
}

}  // namespace portcullis::applocker
