// SPDX-License-Identifier: Apache-2.0
//
// Expat does the parsing. This file decides what it is fed (always UTF-8, see decoder.h), what is
// refused beyond well-formedness, and how its events look to a handler. The document type is
// refused at its first character, so no entity is ever declared.
#include "formats/xml/parser.h"

#include <expat.h>
#include <fmt/core.h>

#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "base/quote.h"
#include "formats/xml/decoder.h"
#include "formats/xml/memory_budget.h"
#include "formats/xml/tag_scanner.h"

namespace portcullis::xml {
namespace {

constexpr size_t kChunkBytes = 64 << 10;
// Expat joins namespace, local name and prefix by it; no name or namespace may hold it.
constexpr char kSeparator = '\x01';

constexpr XML_Memory_Handling_Suite kMemory = {MemoryBudget::Allocate, MemoryBudget::Reallocate,
                                               MemoryBudget::Free};

XML_Parser CreateParser(MemoryBudget& budget) {
  const MemoryBudget::Scope scope(budget);
  constexpr std::array<XML_Char, 2> kSeparatorText = {kSeparator, '\0'};
  return XML_ParserCreate_MM("UTF-8", &kMemory, kSeparatorText.data());
}

struct ExpatError {
  XML_Error code;
  std::string_view id;
  std::string_view message;
};
constexpr std::array<ExpatError, 11> kExpatErrors = {{
    {XML_ERROR_INVALID_TOKEN, "xml-invalid-token", "this character can not stand here"},
    {XML_ERROR_UNCLOSED_TOKEN, "xml-truncated", "the text ends inside of markup"},
    {XML_ERROR_PARTIAL_CHAR, "xml-truncated", "the text ends inside of a character"},
    {XML_ERROR_UNCLOSED_CDATA_SECTION, "xml-truncated", "the text ends inside of a CDATA section"},
    {XML_ERROR_TAG_MISMATCH, "xml-tag-mismatch", "the end tag does not match the start tag"},
    {XML_ERROR_DUPLICATE_ATTRIBUTE, "xml-duplicate-attribute", "an attribute stands twice"},
    {XML_ERROR_JUNK_AFTER_DOC_ELEMENT, "xml-after-root", "something follows the root element"},
    {XML_ERROR_UNDEFINED_ENTITY, "xml-entity", "an entity other than the five of XML"},
    {XML_ERROR_BAD_CHAR_REF, "xml-character-reference", "a reference to what is no character"},
    {XML_ERROR_UNBOUND_PREFIX, "xml-prefix", "a prefix that no namespace is declared for"},
    {XML_ERROR_MISPLACED_XML_PI, "xml-declaration", "an XML declaration that is not at the start"},
}};

struct FreeParser {
  void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};

// "uri SEP local SEP prefix", "uri SEP local" or "local".
Name SplitName(const char* joined) {
  const std::string_view text = joined;
  const size_t first = text.find(kSeparator);
  if (first == std::string_view::npos) return {.uri = {}, .local = text, .prefix = {}};
  const std::string_view rest = text.substr(first + 1);
  const size_t second = rest.find(kSeparator);
  const bool has_prefix = second != std::string_view::npos;
  return {.uri = text.substr(0, first),
          .local = rest.substr(0, second),
          .prefix = has_prefix ? rest.substr(second + 1) : std::string_view()};
}

class Session final : public Cursor {
 public:
  explicit Session(Handler& handler) : handler_(handler), parser_(CreateParser(budget_)) {}

  std::optional<Refusal> Run(ByteStream& stream);

  Position Here() const override { return position_; }
  Position At(const Attribute& attribute) const override;
  void Stop() override;

 private:
  void InstallHandlers();
  bool Feed(Bytes bytes, bool is_last);
  bool IsTokenTooLong();
  void Refuse(std::string_view id, ErrorCode code, std::string message);
  void RefuseByExpat();
  void RefuseNamespace(Position where, std::string_view id, std::string message);
  bool IsAtBadUnit() const;
  Position ExpatPosition() const;
  std::string_view TokenText() const;

  bool IsOver() const { return is_stopped_ || refusal_.has_value(); }
  // Takes the place of the event; false when it is a straggler behind the end of the reading.
  bool Arrive();
  void OnStart(const char* name, const char** attributes);
  void OnDeclaration(const char* version, const char* encoding);
  void OnNamespace(const char* prefix, const char* uri);

  Handler& handler_;
  MemoryBudget budget_{kMaxParserBytes};  // outlives the parser
  std::unique_ptr<XML_ParserStruct, FreeParser> parser_;
  Decoder decoder_;
  std::optional<Refusal> refusal_;
  bool is_stopped_ = false;
  Position position_;
  size_t depth_ = 0;
  size_t namespaces_ = 0;   // declarations in scope
  uint64_t fed_bytes_ = 0;  // of UTF-8
  std::vector<Attribute> attributes_;
  std::vector<NamespaceDeclaration> declarations_;
};

Session& Self(void* user) { return *static_cast<Session*>(user); }

std::optional<Refusal> Session::Run(ByteStream& stream) {
  if (!parser_) {
    Refuse("xml-memory", ErrorCode::kLimitExceeded, "out of memory");
    return refusal_;
  }
  InstallHandlers();
  std::vector<uint8_t> chunk(kChunkBytes);
  uint64_t total = 0;
  for (bool is_last = false; !is_last;) {
    const Result<size_t> size = stream.ReadSome(chunk);
    if (!size) {
      position_ = ExpatPosition();
      Refuse("read-failed", size.error().code, size.error().message);
      return refusal_;
    }
    is_last = *size == 0;
    total += *size;
    if (total > kMaxDocumentBytes) {
      position_ = ExpatPosition();
      Refuse("xml-too-large", ErrorCode::kLimitExceeded,
             fmt::format("the document is over {} bytes", kMaxDocumentBytes));
      return refusal_;
    }
    if (!Feed(Bytes(chunk).first(*size), is_last)) break;
  }
  return refusal_;
}

// False when the reading is over.
bool Session::Feed(Bytes bytes, bool is_last) {
  const std::string_view text = decoder_.Decode(bytes, is_last);
  if (decoder_.encoding() == Encoding::kUtf32) {
    Refuse("xml-encoding", ErrorCode::kUnsupported, "UTF-32; UTF-8 and UTF-16 are read");
    return false;
  }
  fed_bytes_ += text.size();
  const MemoryBudget::Scope scope(budget_);
  const XML_Status status =
      XML_Parse(parser_.get(), text.data(), static_cast<int>(text.size()), is_last ? 1 : 0);
  if (IsOver()) return false;
  if (status != XML_STATUS_OK) {
    RefuseByExpat();
    return false;
  }
  return !IsTokenTooLong();
}

// What expat holds back is one token that has not ended yet. It may wait for twice the token's size
// before it looks again, hence the factor.
bool Session::IsTokenTooLong() {
  const XML_Index done = XML_GetCurrentByteIndex(parser_.get());
  const uint64_t held = fed_bytes_ - (done > 0 ? static_cast<uint64_t>(done) : 0);
  if (held <= 2 * kMaxTokenBytes + kChunkBytes) return false;
  position_ = ExpatPosition();
  Refuse("xml-token-too-long", ErrorCode::kLimitExceeded,
         fmt::format("a tag, comment or instruction is over {} bytes", kMaxTokenBytes));
  return true;
}

void Session::Refuse(std::string_view id, ErrorCode code, std::string message) {
  if (!refusal_) refusal_ = Refusal{position_, id, code, std::move(message)};
  if (parser_) XML_StopParser(parser_.get(), XML_FALSE);
}

void Session::RefuseByExpat() {
  const XML_Error code = XML_GetErrorCode(parser_.get());
  position_ = ExpatPosition();
  if (code == XML_ERROR_NO_MEMORY) {
    if (budget_.is_exhausted()) {
      return Refuse("xml-memory", ErrorCode::kLimitExceeded,
                    fmt::format("the names and tags take more than {} bytes to parse; that is the "
                                "limit",
                                kMaxParserBytes));
    }
    return Refuse("xml-memory", ErrorCode::kLimitExceeded, "out of memory");
  }
  if (code == XML_ERROR_INVALID_TOKEN && decoder_.has_bad_unit() && IsAtBadUnit()) {
    return Refuse("xml-encoding", ErrorCode::kMalformed, "not UTF-16: half of a character");
  }
  if (code == XML_ERROR_NO_ELEMENTS) {
    if (depth_ == 0) return Refuse("xml-no-element", ErrorCode::kMalformed, "no root element");
    return Refuse("xml-truncated", ErrorCode::kTruncated,
                  fmt::format("the text ends with {} elements open", depth_));
  }
  for (const ExpatError& error : kExpatErrors) {
    if (error.code != code) continue;
    const bool is_cut = error.id == "xml-truncated";
    return Refuse(error.id, is_cut ? ErrorCode::kTruncated : ErrorCode::kMalformed,
                  std::string(error.message));
  }
  const char* const text = XML_ErrorString(code);
  Refuse("xml-malformed", ErrorCode::kMalformed, text != nullptr ? text : "not well-formed");
}

bool Session::IsAtBadUnit() const {
  int offset = 0;
  int size = 0;
  const char* const context = XML_GetInputContext(parser_.get(), &offset, &size);
  return context != nullptr && offset >= 0 && offset < size && context[offset] == Decoder::kBadByte;
}

Position Session::ExpatPosition() const {
  return {static_cast<uint32_t>(XML_GetCurrentLineNumber(parser_.get())),
          static_cast<uint32_t>(XML_GetCurrentColumnNumber(parser_.get()) + 1)};
}

// The text of the current token as it stands in the document.
std::string_view Session::TokenText() const {
  int offset = 0;
  int size = 0;
  const char* const context = XML_GetInputContext(parser_.get(), &offset, &size);
  if (context == nullptr || offset < 0 || offset > size) return {};
  const auto rest =
      std::string_view(context, static_cast<size_t>(size)).substr(static_cast<size_t>(offset));
  const int length = XML_GetCurrentByteCount(parser_.get());
  return rest.substr(0, length > 0 ? static_cast<size_t>(length) : 0);
}

Position Session::At(const Attribute& attribute) const {
  return FindAttribute(TokenText(), attribute.name.prefix, attribute.name.local, position_);
}

void Session::Stop() {
  is_stopped_ = true;
  XML_StopParser(parser_.get(), XML_FALSE);
}

bool Session::Arrive() {
  if (IsOver()) return false;
  position_ = ExpatPosition();
  return true;
}

void Session::OnStart(const char* name, const char** attributes) {
  if (!Arrive()) return;
  if (++depth_ > kMaxDepth) {
    return Refuse("xml-too-deep", ErrorCode::kLimitExceeded,
                  fmt::format("elements nest deeper than {}", kMaxDepth));
  }
  if (XML_GetCurrentByteCount(parser_.get()) > static_cast<int>(kMaxTokenBytes)) {
    return Refuse("xml-token-too-long", ErrorCode::kLimitExceeded,
                  fmt::format("a start tag is over {} bytes", kMaxTokenBytes));
  }
  attributes_.clear();
  for (; *attributes != nullptr; attributes += 2) {
    if (attributes_.size() + declarations_.size() >= kMaxAttributes) {
      return Refuse("xml-attributes", ErrorCode::kLimitExceeded,
                    fmt::format("a tag with more than {} attributes", kMaxAttributes));
    }
    attributes_.push_back({SplitName(attributes[0]), attributes[1]});
  }
  handler_.OnStartTag({SplitName(name), attributes_, declarations_}, *this);
  declarations_.clear();
}

void Session::OnDeclaration(const char* version, const char* encoding) {
  if (!Arrive()) return;
  if (version != nullptr && std::string_view(version) != "1.0") {
    position_ = FindAttribute(TokenText(), {}, "version", position_);
    return Refuse("xml-version", ErrorCode::kUnsupported,
                  fmt::format("XML version {}; 1.0 is read", Quote(version)));
  }
  if (encoding == nullptr || DeclarationAgrees(encoding, decoder_.encoding())) return;
  position_ = FindAttribute(TokenText(), {}, "encoding", position_);
  Refuse("xml-encoding", ErrorCode::kMalformed,
         fmt::format("the declared encoding is {}, the bytes are read as {}; UTF-8 and UTF-16 are "
                     "read, under their own name or none",
                     Quote(encoding), ToString(decoder_.encoding())));
}

void Session::OnNamespace(const char* prefix, const char* uri) {
  if (!Arrive()) return;
  const std::string_view name = uri != nullptr ? uri : "";
  const bool is_too_long = name.size() > kMaxNamespaceBytes;
  if (!is_too_long && ++namespaces_ <= kMaxNamespaces) {
    declarations_.push_back({prefix != nullptr ? prefix : "", std::string(name)});
    return;
  }
  const Position where = prefix != nullptr ? FindAttribute(TokenText(), "xmlns", prefix, position_)
                                           : FindAttribute(TokenText(), {}, "xmlns", position_);
  if (is_too_long) {
    return RefuseNamespace(
        where, "xml-namespace-too-long",
        fmt::format("a namespace of {} bytes; {} are allowed", name.size(), kMaxNamespaceBytes));
  }
  RefuseNamespace(where, "xml-namespaces",
                  fmt::format("more than {} namespace declarations in scope", kMaxNamespaces));
}

// Expat would first finish the tag, and give the namespace to each name in it; without memory it
// does not get far.
void Session::RefuseNamespace(Position where, std::string_view id, std::string message) {
  position_ = where;
  Refuse(id, ErrorCode::kLimitExceeded, std::move(message));
  budget_.Close();
}

void Session::InstallHandlers() {
  XML_Parser parser = parser_.get();
  XML_SetUserData(parser, this);
  XML_SetReturnNSTriplet(parser, 1);
  XML_SetElementHandler(
      parser,
      [](void* user, const char* name, const char** attributes) {
        Self(user).OnStart(name, attributes);
      },
      [](void* user, const char*) {
        Session& self = Self(user);
        if (!self.Arrive()) return;
        --self.depth_;
        self.handler_.OnEndTag(self);
      });
  XML_SetCharacterDataHandler(parser, [](void* user, const char* text, int size) {
    Session& self = Self(user);
    if (self.Arrive()) self.handler_.OnText({text, static_cast<size_t>(size)}, self);
  });
  XML_SetStartCdataSectionHandler(parser, [](void* user) {
    Session& self = Self(user);
    if (self.Arrive()) self.handler_.OnCdata(self);
  });
  XML_SetXmlDeclHandler(parser, [](void* user, const char* version, const char* encoding, int) {
    Self(user).OnDeclaration(version, encoding);
  });
  XML_SetNamespaceDeclHandler(
      parser,
      [](void* user, const char* prefix, const char* uri) { Self(user).OnNamespace(prefix, uri); },
      [](void* user, const char*) {
        Session& self = Self(user);
        if (!self.IsOver()) --self.namespaces_;
      });
  XML_SetStartDoctypeDeclHandler(parser,
                                 [](void* user, const char*, const char*, const char*, int) {
                                   Session& self = Self(user);
                                   if (!self.Arrive()) return;
                                   self.Refuse("xml-doctype", ErrorCode::kUnsupported,
                                               "a document type; none is allowed, nor any entity");
                                 });
}

}  // namespace

std::optional<Refusal> Parse(ByteStream& stream, Handler& handler) {
  return Session(handler).Run(stream);
}

}  // namespace portcullis::xml
