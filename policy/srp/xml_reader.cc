// SPDX-License-Identifier: Apache-2.0
#include "policy/srp/xml_reader.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/byte_source.h"
#include "base/quote.h"
#include "formats/xml/parser.h"
#include "policy/srp/check.h"
#include "policy/srp/xml_attributes.h"

namespace portcullis::srp {
namespace {

using xml::Position;

enum class Element : uint8_t { kPolicy, kTypes, kType, kRules, kRule };

class PolicyHandler final : public xml::Handler {
 public:
  void OnStartTag(const xml::StartTag& tag, xml::Cursor& cursor) override {
    const Position here = cursor.Here();
    const auto element = ElementOf(tag.name);
    if (!element) {
      const std::string where = open_.empty() ? "as the root" : "there";
      return Refuse(
          here, cursor,
          fmt::format("the element {} can not stand {}; {} {} allowed", Quote(tag.name.local),
                      where, Allowed(), open_.empty() ? "is" : "may be"));
    }
    XmlAttributes attributes(tag, cursor);
    const Result<void> read = Read(*element, tag.name.local, attributes, here);
    if (!read) return Stop(read.error(), cursor);
    open_.push_back(*element);
  }

  void OnEndTag(xml::Cursor&) override { open_.pop_back(); }

  void OnText(std::string_view text, xml::Cursor& cursor) override {
    // As the schema has it, not even blanks may stand in an element that has no content.
    const bool is_empty = open_.back() == Element::kType || open_.back() == Element::kRule;
    if (!is_empty && text.find_first_not_of(" \t\r\n") == std::string_view::npos) return;
    Refuse(cursor.Here(), cursor, fmt::format("text {}, where only elements stand", Quote(text)));
  }
  void OnCdata(xml::Cursor& cursor) override {
    Refuse(cursor.Here(), cursor, "a CDATA section, where only elements stand");
  }

  Result<Policy> Take() {
    if (error_) return Unexpected(*error_);
    return std::move(policy_);
  }

 private:
  // What may stand in what is open; an element that came already may not come again.
  std::optional<Element> ElementOf(const xml::Name& name) {
    if (open_.empty())
      return name.Is("SoftwareRestrictionPolicy") ? Found(Element::kPolicy) : std::nullopt;
    switch (open_.back()) {
      case Element::kPolicy:
        if (name.Is("ExecutableTypes") && !has_types_ && !has_rules_) return Element::kTypes;
        if (name.Is("Rules") && !has_rules_) return Element::kRules;
        return std::nullopt;
      case Element::kTypes:
        return name.Is("ExecutableType") ? Found(Element::kType) : std::nullopt;
      case Element::kRules:
        return name.Is("PathRule") || name.Is("HashRule") || name.Is("CertificateRule") ||
                       name.Is("UrlZoneRule")
                   ? Found(Element::kRule)
                   : std::nullopt;
      default:
        return std::nullopt;
    }
  }
  static std::optional<Element> Found(Element element) { return element; }

  std::string_view Allowed() const {
    if (open_.empty()) return "SoftwareRestrictionPolicy";
    switch (open_.back()) {
      case Element::kPolicy:
        return "ExecutableTypes, then Rules, each once,";
      case Element::kTypes:
        return "ExecutableType";
      case Element::kRules:
        return "PathRule, HashRule, CertificateRule and UrlZoneRule";
      default:
        return "nothing";
    }
  }

  Result<void> Read(Element element, std::string_view name, XmlAttributes& attributes,
                    Position here) {
    switch (element) {
      case Element::kPolicy:
        return ReadPolicyAttributes(attributes, policy_);
      case Element::kTypes:
        has_types_ = true;
        policy_.executable_types.emplace();
        return attributes.RefuseOthers();
      case Element::kType:
        return ReadType(attributes, here);
      case Element::kRules:
        has_rules_ = true;
        return attributes.RefuseOthers();
      case Element::kRule:
        return ReadRule(name, attributes, here);
    }
    return {};
  }

  Result<void> ReadType(XmlAttributes& attributes, Position here) {
    if (policy_.executable_types->size() == kMaxDesignatedTypes) {
      return At(here, {ErrorCode::kLimitExceeded,
                       fmt::format("more than {} designated types", kMaxDesignatedTypes)});
    }
    Policy one;
    one.executable_types = {TRY(attributes.Required("Extension"))};
    TRY_VOID(attributes.RefuseOthers());
    if (const auto checked = CheckSettings(one); !checked) return At(here, checked.error());
    policy_.executable_types->push_back(std::move(one.executable_types->front()));
    return {};
  }

  Result<void> ReadRule(std::string_view name, XmlAttributes& attributes, Position here) {
    if (policy_.rules.size() == kMaxRules) {
      return At(here, {ErrorCode::kLimitExceeded, fmt::format("more than {} rules", kMaxRules)});
    }
    Rule rule = TRY(ReadRuleAttributes(name, attributes));
    rule.scope = policy_.scope;
    if (const auto checked = CheckRule(rule); !checked) return At(here, checked.error());
    if (!keys_.insert(KeyOf(rule)).second) {
      return At(here, {ErrorCode::kMalformed, fmt::format("{} stands there already", KeyOf(rule))});
    }
    policy_.rules.push_back(std::move(rule));
    return {};
  }

  static Unexpected At(Position where, const Error& error) {
    return Fail(error.code,
                fmt::format("line {}, column {}: {}", where.line, where.column, error.message));
  }
  void Refuse(Position where, xml::Cursor& cursor, std::string message) {
    Stop(At(where, {ErrorCode::kMalformed, std::move(message)}).value(), cursor);
  }
  void Stop(const Error& error, xml::Cursor& cursor) {
    if (!error_) error_ = error;
    cursor.Stop();
  }

  Policy policy_;
  std::vector<Element> open_;
  std::set<std::string> keys_;
  bool has_types_ = false;
  bool has_rules_ = false;
  std::optional<Error> error_;
};

}  // namespace

Result<Policy> ReadSrpXml(Bytes document) {
  if (document.size() > kMaxSrpXmlBytes) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("{} bytes, at most {} are allowed", document.size(), kMaxSrpXmlBytes));
  }
  const MemorySource source(document);
  xml::SourceStream stream(source);
  PolicyHandler handler;
  const auto refusal = xml::Parse(stream, handler);
  if (refusal) {
    return Fail(refusal->code, fmt::format("line {}, column {}: {}", refusal->position.line,
                                           refusal->position.column, refusal->message));
  }
  return handler.Take();
}

}  // namespace portcullis::srp
