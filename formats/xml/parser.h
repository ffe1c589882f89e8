// SPDX-License-Identifier: Apache-2.0
// A strict XML 1.0 parser that streams: events for a handler, or one refusal with its place.
//
// Shape:   UTF-8 or UTF-16 text, with or without a byte-order mark. Names come split into
// namespace,
//          local name and prefix; comments and processing instructions are checked and dropped.
// Units:   lines and columns count from 1, in code points of the decoded text; the mark counts for
//          nothing.
// Limits:  the constants below, each refused by its own id. No document type, so no entities but
//          the five of XML.
// Errors:  whatever is not well-formed, namespaces included; a declared encoding that contradicts
//          the bytes; another encoding; XML 1.1. The first ends the reading.
// Lifetime: what an event shows lives until the handler returns.
// Threads: one thread a Parser.
// Source:  XML 1.0 5th ed., Namespaces in XML 1.0; docs/decisions/0011-expat.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "formats/xml/byte_stream.h"

namespace portcullis::xml {

inline constexpr size_t kMaxDepth = 32;
inline constexpr uint64_t kMaxDocumentBytes = 128ULL << 20;
// Of a start tag, a comment or a processing instruction: the parser holds these whole.
inline constexpr size_t kMaxTokenBytes = 1U << 20;
// Of one tag, its namespace declarations among them.
inline constexpr size_t kMaxAttributes = 256;
// The parser copies the namespace's name for each element and attribute that is in it.
inline constexpr size_t kMaxNamespaceBytes = 256;
// Declarations in scope at once, of all open elements.
inline constexpr size_t kMaxNamespaces = 64;
// What the parser may hold for one document: names, open tags, the current token.
inline constexpr size_t kMaxParserBytes = 64U << 20;

struct Position {
  uint32_t line = 1;
  uint32_t column = 1;

  friend auto operator<=>(const Position&, const Position&) = default;
};

struct Name {
  std::string_view uri;  // empty: no namespace
  std::string_view local;
  std::string_view prefix;

  // In no namespace and named so.
  bool Is(std::string_view plain) const { return uri.empty() && local == plain; }
};

struct Attribute {
  Name name;
  std::string_view value;
};

struct NamespaceDeclaration {
  std::string prefix;  // empty: the default namespace
  std::string uri;     // empty: undeclared again
};

struct StartTag {
  Name name;
  std::span<const Attribute> attributes;               // without the declarations
  std::span<const NamespaceDeclaration> declarations;  // those of this tag
};

struct Refusal {
  Position position;
  std::string_view id;  // a literal: "xml-doctype", ...
  ErrorCode code = ErrorCode::kMalformed;
  std::string message;
};

// Where the parser stands, for a handler that has something to say about it.
class Cursor {
 public:
  virtual ~Cursor() = default;
  // The first character of the tag or text of this event.
  virtual Position Here() const = 0;
  // The first character of an attribute's name; only within OnStartTag.
  virtual Position At(const Attribute& attribute) const = 0;
  // Ends the reading after this event: no further event, no refusal.
  virtual void Stop() = 0;
};

class Handler {
 public:
  virtual ~Handler() = default;
  virtual void OnStartTag(const StartTag& tag, Cursor& cursor) = 0;
  virtual void OnEndTag(Cursor& cursor) = 0;
  // Text between tags, in as many pieces as the parser likes.
  virtual void OnText(std::string_view text, Cursor& cursor) = 0;
  // A CDATA section begins; its text follows by OnText.
  virtual void OnCdata(Cursor& cursor) = 0;
};

// Reads `stream` to its end, to the first refusal, or until the handler stops.
std::optional<Refusal> Parse(ByteStream& stream, Handler& handler);

}  // namespace portcullis::xml
