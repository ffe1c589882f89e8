// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/xml/kept_xml.h"

#include <algorithm>
#include <utility>

#include "formats/xml/escape.h"

namespace portcullis::applocker {
namespace {

std::string FullName(const xml::Name& name) {
  if (name.prefix.empty()) return std::string(name.local);
  return std::string(name.prefix).append(":").append(name.local);
}

}  // namespace

void KeptXml::Enter(std::span<const xml::NamespaceDeclaration> declarations) {
  ++depth_;
  for (const xml::NamespaceDeclaration& declaration : declarations) {
    scope_.push_back({depth_, declaration});
  }
}

void KeptXml::Leave() {
  while (!scope_.empty() && scope_.back().depth == depth_) scope_.pop_back();
  --depth_;
}

void KeptXml::OpenAny(const xml::StartTag& tag, Scope scope) {
  BeginTag(tag.name);
  if (scope == Scope::kInherited) {
    AppendScope();
  } else {
    for (const xml::NamespaceDeclaration& declaration : tag.declarations) {
      AppendDeclaration(declaration);
    }
  }
  for (const xml::Attribute& attribute : tag.attributes) AppendAttribute(attribute);
}

void KeptXml::OpenKnown(const xml::StartTag& tag) {
  BeginTag(tag.name);
  for (const xml::Attribute& attribute : tag.attributes) {
    if (attribute.name.uri.empty()) AppendAttribute(attribute);
  }
}

void KeptXml::Text(std::string_view text) {
  if (std::exchange(is_tag_open_, false)) Append(">");
  AppendEscaped(text);
}

void KeptXml::Close() {
  if (std::exchange(is_tag_open_, false)) {
    Append("/>");
  } else {
    Append("</");
    Append(open_names_.back());
    Append(">");
  }
  open_names_.pop_back();
}

std::string KeptXml::Take() { return std::exchange(text_, {}); }

void KeptXml::Append(std::string_view text) {
  if (text.size() > kMaxKeptBytes - total_) is_over_limit_ = true;
  if (is_over_limit_) return;
  total_ += text.size();
  text_ += text;
}

void KeptXml::AppendEscaped(std::string_view text) {
  if (text.size() > kMaxKeptBytes - total_) is_over_limit_ = true;
  if (is_over_limit_) return;
  std::string escaped;
  xml::AppendEscaped(escaped, text);
  Append(escaped);
}

void KeptXml::AppendAttribute(const xml::Attribute& attribute) {
  Append(" ");
  Append(FullName(attribute.name));
  Append("=\"");
  AppendEscaped(attribute.value);
  Append("\"");
}

void KeptXml::AppendDeclaration(const xml::NamespaceDeclaration& declaration) {
  Append(" xmlns");
  if (!declaration.prefix.empty()) {
    Append(":");
    Append(declaration.prefix);
  }
  Append("=\"");
  AppendEscaped(declaration.uri);
  Append("\"");
}

// Each prefix once, by its innermost declaration.
void KeptXml::AppendScope() {
  for (auto scoped = scope_.begin(); scoped != scope_.end() && !is_over_limit_; ++scoped) {
    const xml::NamespaceDeclaration& declaration = scoped->declaration;
    const bool is_hidden = std::any_of(scoped + 1, scope_.end(), [&](const Scoped& inner) {
      return inner.declaration.prefix == declaration.prefix;
    });
    if (!is_hidden && !declaration.uri.empty()) AppendDeclaration(declaration);
  }
}

void KeptXml::BeginTag(const xml::Name& name) {
  if (std::exchange(is_tag_open_, false)) Append(">");
  open_names_.push_back(FullName(name));
  Append("<");
  Append(open_names_.back());
  is_tag_open_ = true;
}

}  // namespace portcullis::applocker
