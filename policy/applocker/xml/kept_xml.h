// SPDX-License-Identifier: Apache-2.0
// Keeps what the schema lets stand without looking into it, as XML that reads the same anywhere.
//
// Shape:   a canonical text: no comments, no CDATA sections, `/>` for an empty element. An element
//          that is kept whole declares every namespace that was in scope where it stood.
// Limits:  kMaxKeptBytes in all; what is over it is not kept, and is_over_limit() says so.
// Threads: one thread a KeptXml.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "formats/xml/parser.h"

namespace portcullis::applocker {

inline constexpr size_t kMaxKeptBytes = 1U << 20;

class KeptXml {
 public:
  // Every element of the document passes here, kept or not: the scope of namespaces.
  void Enter(std::span<const xml::NamespaceDeclaration> declarations);
  void Leave();

  // Between the Enter and the Leave of an element that is kept.
  enum class Scope {
    kOwn,       // declares what it declared itself: its parent is kept as well
    kInherited  // declares all that is in scope
  };
  void OpenAny(const xml::StartTag& tag, Scope scope);
  // An element the schema knows: its plain attributes, no declarations.
  void OpenKnown(const xml::StartTag& tag);
  void Text(std::string_view text);
  void Close();

  // What was kept since the last call.
  std::string Take();
  bool is_over_limit() const { return is_over_limit_; }

 private:
  struct Scoped {
    size_t depth;
    xml::NamespaceDeclaration declaration;
  };

  void Append(std::string_view text);
  void AppendEscaped(std::string_view text);
  void AppendAttribute(const xml::Attribute& attribute);
  void AppendDeclaration(const xml::NamespaceDeclaration& declaration);
  void AppendScope();
  void BeginTag(const xml::Name& name);

  size_t depth_ = 0;
  std::vector<Scoped> scope_;
  std::vector<std::string> open_names_;
  bool is_tag_open_ = false;  // "<name ..." without its ">"
  bool is_over_limit_ = false;
  size_t total_ = 0;
  std::string text_;
};

}  // namespace portcullis::applocker
