// SPDX-License-Identifier: Apache-2.0
#include "formats/xml/parser.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace portcullis::xml {
namespace {

using ::testing::HasSubstr;

// Writes each event as one line: what it was and where it stood.
class Recorder final : public Handler {
 public:
  void OnStartTag(const StartTag& tag, Cursor& cursor) override {
    log += fmt::format("{} <{}", Place(cursor.Here()), Show(tag.name));
    for (const NamespaceDeclaration& declaration : tag.declarations) {
      log += fmt::format(" xmlns:{}={}", declaration.prefix, declaration.uri);
    }
    for (const Attribute& attribute : tag.attributes) {
      log += fmt::format(" {}@{}={}", Show(attribute.name), Place(cursor.At(attribute)),
                         attribute.value);
    }
    log += '\n';
    if (tag.name.local == stop_at) cursor.Stop();
  }
  void OnEndTag(Cursor& cursor) override { log += fmt::format("{} >\n", Place(cursor.Here())); }
  void OnText(std::string_view piece, Cursor&) override { text += piece; }
  void OnCdata(Cursor& cursor) override { log += fmt::format("{} cdata\n", Place(cursor.Here())); }

  std::string log;
  std::string text;
  std::string stop_at;

 private:
  static std::string Place(Position position) {
    return fmt::format("{}:{}", position.line, position.column);
  }
  static std::string Show(const Name& name) {
    if (name.uri.empty()) return std::string(name.local);
    return fmt::format("{{{}}}{}({})", name.uri, name.local, name.prefix);
  }
};

// Gives the bytes in pieces of `piece`.
class Pieces final : public ByteStream {
 public:
  Pieces(std::string_view bytes, size_t piece) : bytes_(bytes), piece_(piece) {}
  Result<size_t> ReadSome(std::span<uint8_t> out) override {
    const size_t size = std::min({piece_, out.size(), bytes_.size()});
    std::copy_n(bytes_.begin(), size, out.begin());
    bytes_.remove_prefix(size);
    return size;
  }

 private:
  std::string_view bytes_;
  size_t piece_;
};

std::optional<Refusal> ParseText(std::string_view bytes, Recorder& recorder,
                                 size_t piece = 1 << 20) {
  Pieces stream(bytes, piece);
  return Parse(stream, recorder);
}

std::string Outcome(std::string_view bytes, size_t piece = 1 << 20) {
  Recorder recorder;
  const auto refusal = ParseText(bytes, recorder, piece);
  if (!refusal) return "accepted";
  return fmt::format("{}:{} {}", refusal->position.line, refusal->position.column, refusal->id);
}

// Characters of the Basic Multilingual Plane.
std::string Utf16(std::u16string_view text, bool is_little) {
  std::string bytes;
  for (const char16_t unit : text) {
    const auto low = static_cast<char>(unit & 0xFF);
    const auto high = static_cast<char>(unit >> 8);
    bytes += is_little ? low : high;
    bytes += is_little ? high : low;
  }
  return bytes;
}

TEST(XmlParser, ShowsElementsWithTheirPlaces) {
  Recorder recorder;
  EXPECT_FALSE(ParseText("<a x=\"1\"\n   y='2'>t&lt;<!-- c --><b/>\r\n</a>", recorder));
  EXPECT_EQ(recorder.log, "1:1 <a x@1:4=1 y@2:4=2\n2:25 <b\n2:29 >\n3:1 >\n");
  EXPECT_EQ(recorder.text, "t<\n");
}

TEST(XmlParser, CountsColumnsInCodePoints) {
  Recorder recorder;
  EXPECT_FALSE(
      ParseText("<a é=\"\xF0\x9F\x98\x80\" b=\"\">\xC3\xA9\xF0\x9F\x98\x80<b/></a>", recorder));
  EXPECT_EQ(recorder.log, "1:1 <a é@1:4=\xF0\x9F\x98\x80 b@1:10=\n1:17 <b\n1:21 >\n1:21 >\n");
}

TEST(XmlParser, CountsColumnsTheSameInUtf16) {
  for (const bool is_little : {true, false}) {
    for (const bool has_mark : {true, false}) {
      Recorder recorder;
      std::u16string text = u"<a>\u00E9\u20AC\U0001F600<b x=''/></a>";
      if (has_mark) text.insert(text.begin(), u'\uFEFF');
      EXPECT_FALSE(ParseText(Utf16(text, is_little), recorder));
      EXPECT_EQ(recorder.log, "1:1 <a\n1:7 <b x@1:10=\n1:16 >\n1:16 >\n");
      EXPECT_EQ(recorder.text, "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
    }
  }
}

TEST(XmlParser, ReadsTheSameInPiecesOfAnySize) {
  const std::string utf16 = Utf16(u"\uFEFF<a k='v\U0001F600'>\u00E9<b/>\r\n<c/></a>", true);
  const std::string utf8 = "\xEF\xBB\xBF<a k='v\xF0\x9F\x98\x80'>\xC3\xA9<b/>\r\n<c/></a>";
  Recorder whole;
  EXPECT_FALSE(ParseText(utf8, whole));
  for (const size_t piece : {1U, 2U, 3U, 5U, 7U}) {
    for (const std::string& bytes : {utf16, utf8}) {
      Recorder recorder;
      EXPECT_FALSE(ParseText(bytes, recorder, piece));
      EXPECT_EQ(recorder.log, whole.log) << piece;
      EXPECT_EQ(recorder.text, whole.text) << piece;
    }
  }
}

TEST(XmlParser, SplitsNamesByNamespace) {
  Recorder recorder;
  EXPECT_FALSE(
      ParseText("<p:a xmlns:p='urn:p' xmlns='urn:d' p:x='1' x='2'><b xmlns=''/></p:a>", recorder));
  EXPECT_EQ(recorder.log,
            "1:1 <{urn:p}a(p) xmlns:p=urn:p xmlns:=urn:d {urn:p}x(p)@1:36=1 x@1:44=2\n"
            "1:50 <b xmlns:=\n1:63 >\n1:63 >\n");
}

TEST(XmlParser, TellsOfCdataSections) {
  Recorder recorder;
  EXPECT_FALSE(ParseText("<a><![CDATA[<x>]]></a>", recorder));
  EXPECT_EQ(recorder.log, "1:1 <a\n1:4 cdata\n1:19 >\n");
  EXPECT_EQ(recorder.text, "<x>");
}

TEST(XmlParser, StopsWhenTheHandlerSaysSo) {
  Recorder recorder;
  recorder.stop_at = "b";
  EXPECT_FALSE(ParseText("<a><b/><c/>", recorder));
  EXPECT_EQ(recorder.log, "1:1 <a\n1:4 <b\n");
}

struct BadText {
  std::string_view text;
  std::string_view outcome;
};

TEST(XmlParser, RefusesWhatIsNotWellFormedAtItsPlace) {
  const BadText cases[] = {
      {"", "1:1 xml-no-element"},
      {"<!-- only -->", "1:14 xml-no-element"},
      {"<a>", "1:4 xml-truncated"},
      {"<a", "1:1 xml-truncated"},
      {"<a><![CDATA[", "1:13 xml-truncated"},
      {"<a>\n</b>", "2:3 xml-tag-mismatch"},
      {"<a x='1' x='2'/>", "1:10 xml-duplicate-attribute"},
      {"<a/>\n<b/>", "2:1 xml-after-root"},
      {"<a/>text", "1:5 xml-after-root"},
      {"<a>&b;</a>", "1:4 xml-entity"},
      {"<a>&#0;</a>", "1:4 xml-character-reference"},
      {"<a>\x01</a>", "1:4 xml-invalid-token"},
      {"<a>\xFF</a>", "1:4 xml-invalid-token"},
      {"<a>\xC0\xAF</a>", "1:4 xml-invalid-token"},
      {"<a>\xED\xA0\x80</a>", "1:4 xml-invalid-token"},
      {"<p:a/>", "1:1 xml-prefix"},
      {"<a p:x='1'/>", "1:1 xml-prefix"},
      {" <?xml version='1.0'?><a/>", "1:2 xml-declaration"},
      {"<a x='<'/>", "1:7 xml-invalid-token"},
      {"<a><!-- -- --></a>", "1:11 xml-invalid-token"},
      {"<!DOCTYPE a><a/>", "1:12 xml-doctype"},
      {"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "1:13 xml-doctype"},
      {"<?xml version='1.1'?><a/>", "1:7 xml-version"},
  };
  for (const BadText& bad : cases) {
    EXPECT_EQ(Outcome(bad.text), bad.outcome) << bad.text;
    EXPECT_EQ(Outcome(bad.text, 1), bad.outcome) << "one byte a time: " << bad.text;
  }
}

TEST(XmlParser, RefusesABillionLaughsAtTheDocumentType) {
  std::string bomb = "<?xml version='1.0'?>\n<!DOCTYPE lolz [\n <!ENTITY l0 'lol'>\n";
  for (int i = 1; i < 10; ++i) {
    bomb += fmt::format(" <!ENTITY l{} '{}'>\n", i, fmt::format("&l{0};&l{0};&l{0};", i - 1));
  }
  EXPECT_EQ(Outcome(bomb + "]>\n<lolz>&l9;</lolz>"), "2:16 xml-doctype");
}

TEST(XmlParser, RefusesADeclaredEncodingThatContradictsTheBytes) {
  const auto declared = [](std::u16string_view name) {
    std::u16string text = u"<?xml version='1.0' encoding='";
    return text.append(name).append(u"'?><a/>");
  };
  const auto utf8 = [](const std::u16string& text) {
    return std::string(text.begin(), text.end());
  };
  EXPECT_EQ(Outcome(utf8(declared(u"utf-8"))), "accepted");
  EXPECT_EQ(Outcome("\xEF\xBB\xBF" + utf8(declared(u"UTF-8"))), "accepted");
  EXPECT_EQ(Outcome(utf8(declared(u"utf-16"))), "1:21 xml-encoding");
  EXPECT_EQ(Outcome("\xEF\xBB\xBF" + utf8(declared(u"utf-16"))), "1:21 xml-encoding");
  EXPECT_EQ(Outcome(utf8(declared(u"windows-1252"))), "1:21 xml-encoding");
  EXPECT_EQ(Outcome(utf8(declared(u"us-ascii"))), "1:21 xml-encoding");
  EXPECT_EQ(Outcome(Utf16(declared(u"utf-16"), true)), "accepted");
  EXPECT_EQ(Outcome(Utf16(declared(u"UTF-16"), false)), "accepted");
  EXPECT_EQ(Outcome(Utf16(declared(u"UTF-16le"), true)), "accepted");
  EXPECT_EQ(Outcome(Utf16(declared(u"UTF-16BE"), true)), "1:21 xml-encoding");
  EXPECT_EQ(Outcome(Utf16(declared(u"utf-8"), true)), "1:21 xml-encoding");
  EXPECT_EQ(Outcome(Utf16(declared(u"utf-8").insert(0, 1, u'\uFEFF'), false)), "1:21 xml-encoding");
}

TEST(XmlParser, SaysWhatTheDeclarationAndTheBytesAre) {
  Recorder recorder;
  const auto refusal = ParseText("<?xml version='1.0' encoding='latin\"1'?><a/>", recorder);
  ASSERT_TRUE(refusal);
  const auto good = ParseText("<?xml version='1.0' encoding='utf-16'?><a/>", recorder);
  ASSERT_TRUE(good);
  EXPECT_THAT(good->message, HasSubstr("\"utf-16\", the bytes are read as UTF-8"));
  EXPECT_EQ(good->code, ErrorCode::kMalformed);
}

TEST(XmlParser, RefusesHalfCharactersOfUtf16) {
  const auto bytes = [](std::u16string_view text) { return Utf16(text, true); };
  EXPECT_EQ(Outcome(bytes({u"<a>\xD800</a>", 8})), "1:4 xml-encoding");
  EXPECT_EQ(Outcome(bytes({u"<a>\xDC00</a>", 8})), "1:4 xml-encoding");
  EXPECT_EQ(Outcome(bytes({u"<a>\xD800\xD800\xDC00</a>", 10})), "1:4 xml-encoding");
  EXPECT_EQ(Outcome(bytes(u"<a/>") + "\n"), "1:5 xml-encoding");
  EXPECT_EQ(Outcome(bytes({u"<a/>\xD800", 5})), "1:5 xml-encoding");
}

TEST(XmlParser, RefusesUtf32) {
  EXPECT_EQ(Outcome(std::string("<\0\0\0a\0\0\0/\0\0\0>\0\0\0", 16)), "1:1 xml-encoding");
  EXPECT_EQ(Outcome(std::string("\xFF\xFE\0\0<\0\0\0", 8)), "1:1 xml-encoding");
  EXPECT_EQ(Outcome(std::string("\0\0\xFE\xFF\0\0\0<", 8)), "1:1 xml-encoding");
}

std::string Nested(size_t depth) {
  std::string text;
  for (size_t i = 0; i < depth; ++i) text += "<a>";
  for (size_t i = 0; i < depth; ++i) text += "</a>";
  return text;
}

TEST(XmlParser, CapsTheDepth) {
  EXPECT_EQ(Outcome(Nested(kMaxDepth)), "accepted");
  EXPECT_EQ(Outcome(Nested(kMaxDepth + 1)), "1:97 xml-too-deep");
  EXPECT_EQ(Outcome(Nested(100'000)), "1:97 xml-too-deep");
}

TEST(XmlParser, CapsAStartTag) {
  const auto tag = [](size_t size) { return "<a x='" + std::string(size - 9, 'v') + "'/>"; };
  EXPECT_EQ(Outcome(tag(kMaxTokenBytes)), "accepted");
  EXPECT_EQ(Outcome(tag(kMaxTokenBytes + 1)), "1:1 xml-token-too-long");
  EXPECT_EQ(Outcome(tag(8 * kMaxTokenBytes)), "1:1 xml-token-too-long");
  EXPECT_EQ(Outcome("<!--" + std::string(8 * kMaxTokenBytes, 'v') + "--><a/>"),
            "1:1 xml-token-too-long");
}

// `count` times what `format` makes of the number.
std::string Numbered(std::string_view format, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += fmt::format(fmt::runtime(format), i);
  return text;
}

TEST(XmlParser, CapsTheAttributesOfATag) {
  EXPECT_EQ(Outcome("<a" + Numbered(" x{}=''", kMaxAttributes) + "/>"), "accepted");
  EXPECT_EQ(Outcome("<r>\n<a" + Numbered(" x{}=''", kMaxAttributes + 1) + "/></r>"),
            "2:1 xml-attributes");
  EXPECT_EQ(Outcome("<a xmlns='u'" + Numbered(" x{}=''", kMaxAttributes) + "/>"),
            "1:1 xml-attributes");
}

TEST(XmlParser, CapsTheLengthOfANamespace) {
  const std::string longest(kMaxNamespaceBytes, 'u');
  EXPECT_EQ(Outcome("<a xmlns:p='" + longest + "' xmlns='" + longest + "'/>"), "accepted");
  EXPECT_EQ(Outcome("<a xmlns:p='" + longest + "u'/>"), "1:4 xml-namespace-too-long");
  EXPECT_EQ(Outcome("<a b='' xmlns='" + longest + "u'/>"), "1:9 xml-namespace-too-long");
}

TEST(XmlParser, CapsTheNamespacesInScope) {
  const std::string most = Numbered(" xmlns:p{}='u'", kMaxNamespaces);
  EXPECT_EQ(Outcome("<a" + most + "/>"), "accepted");
  EXPECT_EQ(Outcome("<a><b" + most + "/><c" + most + "/></a>"), "accepted");
  EXPECT_EQ(Outcome("<a" + most + "><b\n xmlns='v'/></a>"), "2:2 xml-namespaces");
  EXPECT_EQ(Outcome("<a" + most + "><b xmlns=''/></a>"),
            fmt::format("1:{} xml-namespaces", most.size() + 7));
}

// Each of these names would be given the whole namespace: a gigabyte.
TEST(XmlParser, RefusesANamespaceBeforeItIsGivenToTheAttributesOfItsTag) {
  const std::string tag =
      "<a xmlns:p='" + std::string(100'000, 'u') + "'" + Numbered(" p:x{}=''", 10'000) + "/>";
  EXPECT_EQ(Outcome(tag), "1:4 xml-namespace-too-long");
}

class Deaf final : public Handler {
 public:
  void OnStartTag(const StartTag&, Cursor&) override {}
  void OnEndTag(Cursor&) override {}
  void OnText(std::string_view, Cursor&) override {}
  void OnCdata(Cursor&) override {}
};

// The parser remembers each name that it meets.
TEST(XmlParser, CapsTheMemoryOfTheParser) {
  std::string text = "<a>";
  for (size_t i = 0; i < 1'500'000; ++i) text.append("<b").append(std::to_string(i)).append("/>");
  Pieces stream(text, text.size());
  Deaf handler;
  const auto refusal = Parse(stream, handler);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->id, "xml-memory");
  EXPECT_EQ(refusal->code, ErrorCode::kLimitExceeded);
  EXPECT_THAT(refusal->message, HasSubstr("67108864"));
}

// One text without an end, of which no more than the cap is taken.
class Endless final : public ByteStream {
 public:
  Result<size_t> ReadSome(std::span<uint8_t> out) override {
    std::ranges::fill(out, uint8_t{' '});
    if (given == 0) std::ranges::copy(std::string_view("<a>"), out.begin());
    given += out.size();
    return out.size();
  }
  uint64_t given = 0;
};

TEST(XmlParser, CapsTheDocument) {
  Endless stream;
  Recorder recorder;
  const auto refusal = Parse(stream, recorder);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->id, "xml-too-large");
  EXPECT_EQ(refusal->code, ErrorCode::kLimitExceeded);
  EXPECT_LE(stream.given, kMaxDocumentBytes + (1 << 20));
}

class Failing final : public ByteStream {
 public:
  Result<size_t> ReadSome(std::span<uint8_t>) override { return Fail(ErrorCode::kIo, "gone"); }
};

TEST(XmlParser, PassesOnThatTheSourceFailed) {
  Failing stream;
  Recorder recorder;
  const auto refusal = Parse(stream, recorder);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->id, "read-failed");
  EXPECT_EQ(refusal->code, ErrorCode::kIo);
  EXPECT_EQ(refusal->message, "gone");
}

}  // namespace
}  // namespace portcullis::xml
