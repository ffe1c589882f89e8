// SPDX-License-Identifier: Apache-2.0
#include "tests/support/catalog_builder.h"

#include <openssl/evp.h>
#include <openssl/objects.h>

#include <cstdlib>
#include <string_view>

namespace portcullis::testing {
namespace {

using Der = CatalogBytes;

constexpr const char* kTrustListType = "1.3.6.1.4.1.311.10.1";

void Append(Der& out, const Der& more) { out.insert(out.end(), more.begin(), more.end()); }

Der Tlv(uint8_t tag, const Der& content) {
  Der tlv = {tag};
  size_t length_bytes = 0;
  for (size_t rest = content.size(); rest > 0; rest >>= 8) ++length_bytes;
  if (content.size() < 0x80) {
    tlv.push_back(static_cast<uint8_t>(content.size()));
  } else {
    tlv.push_back(static_cast<uint8_t>(0x80 | length_bytes));
    for (size_t i = length_bytes; i-- > 0;) {
      tlv.push_back(static_cast<uint8_t>(content.size() >> (8 * i)));
    }
  }
  Append(tlv, content);
  return tlv;
}

Der Join(std::initializer_list<Der> parts) {
  Der all;
  for (const Der& part : parts) Append(all, part);
  return all;
}

Der Oid(const std::string& text) {
  ASN1_OBJECT* oid = OBJ_txt2obj(text.c_str(), 1);
  if (oid == nullptr) std::abort();
  const uint8_t* data = OBJ_get0_data(oid);
  const Der der = Tlv(0x06, Der(data, data + OBJ_length(oid)));
  ASN1_OBJECT_free(oid);
  return der;
}

Der Attribute(const std::string& oid, const Der& values) {
  return Tlv(0x30, Join({Oid(oid), Tlv(0x31, values)}));
}

Der IndirectData(const Der& digest) {
  const Der image = Tlv(0x30, Join({Tlv(0x03, {0}), Tlv(0xA0, Tlv(0xA2, Tlv(0x80, {})))}));
  const Der kind = Tlv(0x30, Join({Oid("1.3.6.1.4.1.311.2.1.15"), image}));
  const char* algorithm = digest.size() == 20 ? "1.3.14.3.2.26" : "2.16.840.1.101.3.4.2.1";
  const Der info =
      Tlv(0x30, Join({Tlv(0x30, Join({Oid(algorithm), {0x05, 0x00}})), Tlv(0x04, digest)}));
  return Tlv(0x30, Join({kind, info}));
}

// Version 1 has the digest's digits and two zeros, in UTF-16.
Der TagOf(const CatalogMember& member, int version) {
  if (!member.tag.empty()) return member.tag;
  if (version == 2) return member.digest;
  Der tag;
  for (const char digit : HexUpper(member.digest)) Append(tag, {static_cast<uint8_t>(digit), 0});
  Append(tag, {0, 0});
  return tag;
}

Der MemberOf(const CatalogMember& member, int version) {
  Der attributes;
  if (version == 2) Append(attributes, Attribute("1.3.6.1.4.1.311.12.2.3", Tlv(0x80, {})));
  for (size_t i = 0; i < member.other_attributes; ++i) {
    Append(attributes, Attribute("1.3.6.1.4.1.311.12.2.1", Tlv(0x30, {})));
  }
  for (int i = 0; member.has_indirect_data && i < member.copies_of_indirect_data; ++i) {
    Append(attributes, Attribute("1.3.6.1.4.1.311.2.1.4", IndirectData(member.digest)));
  }
  return Tlv(0x30, Join({Tlv(0x04, TagOf(member, version)), Tlv(0x31, attributes)}));
}

}  // namespace

CatalogBytes TakeDigest(const char* name, Bytes bytes) {
  Der digest(EVP_MAX_MD_SIZE);
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_get_digestbyname(name),
                 nullptr) != 1) {
    std::abort();
  }
  digest.resize(size);
  return digest;
}

CatalogBytes BuildTrustList(const CatalogSpec& spec) {
  std::string kind = spec.member_kind;
  if (kind.empty()) {
    kind = spec.version == 1 ? "1.3.6.1.4.1.311.12.1.2" : "1.3.6.1.4.1.311.12.1.3";
  }
  Der members;
  for (const CatalogMember& member : spec.members) Append(members, MemberOf(member, spec.version));
  const std::string_view time = "250827153210Z";
  Der list = Join({Tlv(0x30, Oid(spec.usage)), Tlv(0x04, Der(16, 0x5A)),
                   Tlv(0x17, Der(time.begin(), time.end())),
                   Tlv(0x30, Join({Oid(kind), {0x05, 0x00}})), Tlv(0x30, members)});
  if (spec.has_extensions) Append(list, Tlv(0xA0, Tlv(0x30, {})));
  return list;
}

CatalogBytes WrapUnsigned(const CatalogBytes& list) {
  const Der content = Tlv(0x30, Join({Oid(kTrustListType), Tlv(0xA0, Tlv(0x30, list))}));
  const Der data = Tlv(0x30, Join({Tlv(0x02, {1}), Tlv(0x31, {}), content, Tlv(0x31, {})}));
  return Tlv(0x30, Join({Oid("1.2.840.113549.1.7.2"), Tlv(0xA0, data)}));
}

CatalogBytes SignCatalog(const CatalogBytes& list, SignSpec spec) {
  if (std::string_view(spec.content_type) == SignSpec().content_type) {
    spec.content_type = kTrustListType;
  }
  return SignContent(list, spec);
}

}  // namespace portcullis::testing
