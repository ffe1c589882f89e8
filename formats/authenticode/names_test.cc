// SPDX-License-Identifier: Apache-2.0
#include "formats/authenticode/names.h"

#include <openssl/asn1.h>

#include <memory>

namespace portcullis::authenticode {
namespace {

struct Entry {
  const char* oid;
  std::string value;
  int type = V_ASN1_UTF8STRING;
  int set = 0;  // 0: a relative name of its own; -1: joined to the one before
};

using NamePtr = std::unique_ptr<X509_NAME, decltype(&X509_NAME_free)>;

NamePtr Name(const std::vector<Entry>& entries) {
  NamePtr name(X509_NAME_new(), X509_NAME_free);
  for (const Entry& entry : entries) {
    X509_NAME_add_entry_by_txt(name.get(), entry.oid, entry.type,
                               reinterpret_cast<const uint8_t*>(entry.value.data()),
                               static_cast<int>(entry.value.size()), -1, entry.set);
  }
  return name;
}

std::string Publisher(const std::vector<Entry>& entries) {
  return PublisherName(Name(entries).get());
}
std::string Display(const std::vector<Entry>& entries) { return DisplayName(Name(entries).get()); }

TEST(PublisherName, IsOLSCInThisOrderAndUpperCase) {
  EXPECT_EQ(Publisher({{"C", "US"},
                       {"ST", "Washington"},
                       {"L", "Redmond"},
                       {"O", "Microsoft Corporation"},
                       {"OU", "MOPR"},
                       {"CN", "Microsoft Windows"}}),
            "O=MICROSOFT CORPORATION, L=REDMOND, S=WASHINGTON, C=US");
}

TEST(PublisherName, LeavesOutWhatIsMissing) {
  EXPECT_EQ(Publisher({{"C", "DE"}, {"ST", "Nordrhein-Westfalen"}, {"O", "Johannes Schindelin"}}),
            "O=JOHANNES SCHINDELIN, S=NORDRHEIN-WESTFALEN, C=DE");
  EXPECT_EQ(Publisher({{"O", "Acme"}, {"C", "US"}}), "O=ACME, C=US");
}

TEST(PublisherName, DoesNotQuoteInTheShortForm) {
  EXPECT_EQ(Publisher({{"C", "US"}, {"O", "Acme, \"Inc.\""}}), "O=ACME, \"INC.\", C=US");
}

TEST(PublisherName, IsTheWholeNameInReverseWithoutOOrAPlace) {
  EXPECT_EQ(Publisher({{"CN", "Microsoft Windows Main Build Lab Account"}}),
            "CN=MICROSOFT WINDOWS MAIN BUILD LAB ACCOUNT");
  EXPECT_EQ(Publisher({{"O", "Acme"}, {"CN", "tool"}}), "CN=TOOL, O=ACME");
  EXPECT_EQ(Publisher({{"C", "US"}, {"L", "Here"}, {"CN", "x"}}), "CN=X, L=HERE, C=US");
}

TEST(PublisherName, QuotesTheWholeNameAsWindowsDoes) {
  const struct {
    std::string value, expected;
  } rows[] = {
      {"a,b", "CN=\"A,B\""},     {"a+b", "CN=\"A+B\""},   {"a=b", "CN=\"A=B\""},
      {"a\"b", "CN=\"A\"\"B\""}, {"a;b", "CN=\"A;B\""},   {"a<b", "CN=\"A<B\""},
      {"a#b", "CN=\"A#B\""},     {" a", "CN=\" A\""},     {"a ", "CN=\"A \""},
      {"a b", "CN=A B"},         {"a\nb", "CN=\"A\nB\""}, {"a'b", "CN=A'B"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(Publisher({{"CN", row.value}}), row.expected) << row.value;
  }
}

TEST(PublisherName, JoinsTheAttributesOfOneRelativeName) {
  EXPECT_EQ(Publisher({{"O", "a"}, {"CN", "b"}, {"OU", "c", V_ASN1_UTF8STRING, -1}}),
            "CN=B + OU=C, O=A");
}

TEST(PublisherName, WritesUnknownAttributesByNumber) {
  EXPECT_EQ(Publisher({{"2.5.4.15", "Private Organization"}, {"CN", "x"}}),
            "CN=X, OID.2.5.4.15=PRIVATE ORGANIZATION");
}

TEST(PublisherName, TakesTheFirstOfSeveral) {
  EXPECT_EQ(Publisher({{"O", "first"}, {"O", "second"}, {"C", "US"}}), "O=FIRST, C=US");
}

TEST(PublisherName, UpperCasesAsWindowsDoes) {
  EXPECT_EQ(Publisher({{"C", "de"},
                       {"O",
                        "Stra\xC3\x9F"
                        "e \xC3\xBC\xC4\xB1"}}),
            "O=STRA\xC3\x9F"
            "E \xC3\x9C\xC4\xB1, C=DE");
}

TEST(DisplayName, KeepsOrderAndCaseAndCallsTheStateS) {
  EXPECT_EQ(Display({{"C", "US"}, {"ST", "Texas"}, {"emailAddress", "a@b"}, {"CN", "Dell, Inc"}}),
            "C=US, S=Texas, E=a@b, CN=Dell, Inc");
  EXPECT_EQ(Display({{"1.3.6.1.4.1.311.60.2.1.3", "EE"}, {"1.2.3.4", "x"}}),
            "jurisdictionC=EE, 1.2.3.4=x");
}

TEST(DisplayName, DecodesEveryStringType) {
  const struct {
    const char* what;
    int type;
    std::string bytes, expected;
  } rows[] = {
      {"UTF8String", V_ASN1_UTF8STRING, "O\xC3\x9C", "CN=O\xC3\x9C"},
      {"bad UTF8String", V_ASN1_UTF8STRING, "O\xDC", "CN=O\xEF\xBF\xBD"},
      {"T61String", V_ASN1_T61STRING, "O\xDC", "CN=O\xC3\x9C"},
      {"PrintableString", V_ASN1_PRINTABLESTRING, "abc", "CN=abc"},
      {"BMPString", V_ASN1_BMPSTRING, std::string("\0O\0\xDC", 4), "CN=O\xC3\x9C"},
      {"BMPString, pair", V_ASN1_BMPSTRING, "\xD8\x3D\xDE\x00", ""},
      {"BMPString, lone surrogate", V_ASN1_BMPSTRING, std::string("\xD8\x3D\0O", 4),
       "CN=\xEF\xBF\xBDO"},
      {"UniversalString", V_ASN1_UNIVERSALSTRING, std::string("\0\1\xF6\0", 4),
       "CN=\xF0\x9F\x98\x80"},
      {"UniversalString, too large", V_ASN1_UNIVERSALSTRING, std::string("\x7F\0\0\0", 4),
       "CN=\xEF\xBF\xBD"},
  };
  for (const auto& row : rows) {
    const std::string bytes = row.expected.empty() ? std::string("\xD8\x3D\xDE\x00", 4) : row.bytes;
    const std::string expected = row.expected.empty() ? "CN=\xF0\x9F\x98\x80" : row.expected;
    EXPECT_EQ(Display({{"CN", bytes, row.type}}), expected) << row.what;
  }
}

}  // namespace
}  // namespace portcullis::authenticode
