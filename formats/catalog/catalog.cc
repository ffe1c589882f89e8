// SPDX-License-Identifier: Apache-2.0
#include "formats/catalog/catalog.h"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>

#include "formats/authenticode/der.h"

namespace portcullis::catalog {
namespace {

using authenticode::DerReader;
using authenticode::kDerContext0;
using authenticode::kDerContext1;
using authenticode::kDerGeneralizedTime;
using authenticode::kDerInteger;
using authenticode::kDerOctetString;
using authenticode::kDerOid;
using authenticode::kDerSequence;
using authenticode::kDerSet;
using authenticode::kDerUtcTime;

constexpr std::string_view kFormat = "catalog";

using authenticode::DigestAlgorithm;
using authenticode::SignedData;
using namespace std::string_view_literals;

// Object identifiers as DER has them, without tag and length.
constexpr std::string_view kOidSignedData = "\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02"sv;
constexpr std::string_view kOidTrustList = "\x2B\x06\x01\x04\x01\x82\x37\x0A\x01"sv;
constexpr std::string_view kOidCatalogList = "\x2B\x06\x01\x04\x01\x82\x37\x0C\x01\x01"sv;
constexpr std::string_view kOidMemberV1 = "\x2B\x06\x01\x04\x01\x82\x37\x0C\x01\x02"sv;
constexpr std::string_view kOidMemberV2 = "\x2B\x06\x01\x04\x01\x82\x37\x0C\x01\x03"sv;
constexpr std::string_view kOidIndirectData = "\x2B\x06\x01\x04\x01\x82\x37\x02\x01\x04"sv;
constexpr std::string_view kOidSha1 = "\x2B\x0E\x03\x02\x1A"sv;
constexpr std::string_view kOidSha256 = "\x60\x86\x48\x01\x65\x03\x04\x02\x01"sv;

Unexpected Malformed(std::string_view what) {
  return Fail(ErrorCode::kMalformed, fmt::format("catalog: {}", what));
}

Unexpected OverLimit(std::string_view what, size_t allowed) {
  return Fail(ErrorCode::kLimitExceeded,
              fmt::format("catalog: {}, at most {} are read", what, allowed));
}

bool Is(Bytes oid, std::string_view wanted) { return std::ranges::equal(oid, AsBytes(wanted)); }

// SpcIndirectData: what kind of file (not looked at: the digest decides), then the DigestInfo.
Result<void> ReadIndirectData(Bytes content, Member& member) {
  DerReader reader(content, kFormat);
  TRY(reader.Expect(kDerSequence, "the kind of a member"));
  DerReader info(TRY(reader.Expect(kDerSequence, "the digest of a member")), kFormat);
  DerReader algorithm(TRY(info.Expect(kDerSequence, "the algorithm of a member's digest")),
                      kFormat);
  const Bytes oid = TRY(algorithm.Expect(kDerOid, "the algorithm of a member's digest"));
  const Bytes digest = TRY(info.Expect(kDerOctetString, "the digest of a member"));
  const bool is_sha1 = Is(oid, kOidSha1);
  if (!is_sha1 && !Is(oid, kOidSha256)) return {};
  const size_t size = is_sha1 ? 20 : 32;
  if (digest.size() != size) {
    return Malformed(fmt::format("a member's digest has {} bytes, not {}", digest.size(), size));
  }
  member.algorithm = is_sha1 ? DigestAlgorithm::kSha1 : DigestAlgorithm::kSha256;
  member.digest = digest;
  return {};
}

Result<void> ReadAttributes(Bytes content, Member& member) {
  DerReader attributes(content, kFormat);
  bool has_indirect_data = false;
  for (size_t count = 0; !attributes.empty(); ++count) {
    if (count == kMaxMemberAttributes) {
      return OverLimit("more attributes of one member", kMaxMemberAttributes);
    }
    DerReader attribute(TRY(attributes.Expect(kDerSequence, "an attribute of a member")), kFormat);
    const Bytes type = TRY(attribute.Expect(kDerOid, "the type of an attribute"));
    DerReader values(TRY(attribute.Expect(kDerSet, "the values of an attribute")), kFormat);
    if (!Is(type, kOidIndirectData)) continue;
    // Two would let one reader take the one and another reader the other.
    if (has_indirect_data) return Malformed("a member with two SpcIndirectData");
    has_indirect_data = true;
    TRY_VOID(ReadIndirectData(TRY(values.Expect(kDerSequence, "SpcIndirectData")), member));
    if (!values.empty()) return Malformed("a member with two SpcIndirectData");
  }
  return {};
}

Result<Member> ReadMember(DerReader& subjects) {
  const uint64_t offset = subjects.offset();
  DerReader reader(TRY(subjects.Expect(kDerSequence, "a member")), kFormat, offset);
  Member member;
  member.tag = TRY(reader.Expect(kDerOctetString, "the tag of a member"));
  if (member.tag.size() > kMaxTagBytes) {
    return OverLimit(fmt::format("a member's tag of {} bytes", member.tag.size()), kMaxTagBytes);
  }
  if (!reader.empty()) {
    TRY_VOID(ReadAttributes(TRY(reader.Expect(kDerSet, "the attributes of a member")), member));
  }
  if (!reader.empty())
    return Malformed(fmt::format("bytes behind the member at offset {}", offset));
  return member;
}

Result<void> CheckUsage(Bytes content) {
  DerReader usages(content, kFormat);
  while (!usages.empty()) {
    if (Is(TRY(usages.Expect(kDerOid, "the list's usage")), kOidCatalogList)) return {};
  }
  return Malformed("a list of another usage than catalogs have (1.3.6.1.4.1.311.12.1.1)");
}

Result<int> ReadVersion(Bytes content) {
  DerReader algorithm(content, kFormat);
  const Bytes oid = TRY(algorithm.Expect(kDerOid, "the kind of the members"));
  if (Is(oid, kOidMemberV1)) return 1;
  if (Is(oid, kOidMemberV2)) return 2;
  return Malformed(
      "members of an unknown kind: 1.3.6.1.4.1.311.12.1.2 and 1.3.6.1.4.1.311.12.1.3 are read");
}

// This update, and the next if it is there.
Result<void> SkipTimes(DerReader& reader) {
  bool is_there = false;
  for (const bool is_needed : {true, false}) {
    is_there = TRY(reader.SkipIf(kDerUtcTime));
    if (!is_there) is_there = TRY(reader.SkipIf(kDerGeneralizedTime));
    if (is_needed && !is_there) return Malformed("the time of the list is missing");
  }
  return {};
}

// SignedData's content and its signers as the outer elements tell, whoever judges them later.
struct Envelope {
  Bytes list;
  bool has_signer = false;
};

Result<Envelope> OpenEnvelope(Bytes der) {
  DerReader file(der, kFormat);
  DerReader outer(TRY(file.Expect(kDerSequence, "PKCS#7")), kFormat);
  if (!Is(TRY(outer.Expect(kDerOid, "the type of PKCS#7")), kOidSignedData)) {
    return Malformed("PKCS#7, but not signed data");
  }
  DerReader wrapped(TRY(outer.Expect(kDerContext0, "signed data")), kFormat);
  DerReader data(TRY(wrapped.Expect(kDerSequence, "signed data")), kFormat);
  TRY(data.Expect(kDerInteger, "the version"));
  TRY(data.Expect(kDerSet, "the digest algorithms"));
  DerReader info(TRY(data.Expect(kDerSequence, "the content")), kFormat);
  if (!Is(TRY(info.Expect(kDerOid, "the content's type")), kOidTrustList)) {
    return Malformed("its content is no certificate trust list (1.3.6.1.4.1.311.10.1)");
  }
  DerReader content(TRY(info.Expect(kDerContext0, "the list")), kFormat);
  Envelope envelope;
  envelope.list = TRY(content.Expect(kDerSequence, "the list"));
  TRY(data.SkipIf(kDerContext0));
  TRY(data.SkipIf(kDerContext1));
  envelope.has_signer = !TRY(data.Expect(kDerSet, "the signers")).empty();
  return envelope;
}

}  // namespace

Result<TrustList> TrustList::Parse(Bytes content) {
  DerReader reader(content, kFormat);
  TRY(reader.SkipIf(kDerInteger));  // a version that nobody writes
  TRY_VOID(CheckUsage(TRY(reader.Expect(kDerSequence, "the list's usage"))));
  TRY(reader.SkipIf(kDerOctetString));  // the list's identifier
  TRY(reader.SkipIf(kDerInteger));      // its number
  TRY_VOID(SkipTimes(reader));
  TrustList list;
  list.version_ = TRY(ReadVersion(TRY(reader.Expect(kDerSequence, "the kind of the members"))));
  if (reader.empty()) return list;  // a list of nothing
  const authenticode::DerElement subjects = TRY(reader.Next());
  if (subjects.tag == kDerContext0) return list;  // extensions alone
  if (subjects.tag != kDerSequence) return Malformed("the members are missing");
  list.subjects_ = subjects.content;
  for (DerReader members(list.subjects_, kFormat); !members.empty(); ++list.members_) {
    if (list.members_ == kMaxMembers) return OverLimit("more members", kMaxMembers);
    if (!TRY(ReadMember(members)).digest.empty()) ++list.digests_;
  }
  return list;
}

void TrustList::ForEachMember(const std::function<void(const Member&)>& visit) const {
  for (DerReader members(subjects_, kFormat); !members.empty();) {
    const auto member = ReadMember(members);
    if (!member) return;  // Parse has read them all
    visit(*member);
  }
}

Result<Catalog> Catalog::Parse(Bytes der) {
  if (der.size() > kMaxCatalogBytes) {
    return Fail(ErrorCode::kLimitExceeded, fmt::format("catalog: {} bytes, at most {} are read",
                                                       der.size(), kMaxCatalogBytes));
  }
  const Envelope envelope = TRY(OpenEnvelope(der));
  // OpenSSL's memory grows with these many times over, with the list once.
  const size_t others = der.size() - envelope.list.size();
  if (others > kMaxSignatureBytes) {
    return OverLimit(fmt::format("{} bytes besides the list", others), kMaxSignatureBytes);
  }
  Catalog catalog;
  if (envelope.has_signer) {
    catalog.signature_ = TRY(SignedData::Parse(der, authenticode::ContentKind::kTrustList));
  }
  // Of a signed catalog the bytes that the signature covers, wherever a reader of DER may find
  // them.
  catalog.list_ =
      TRY(TrustList::Parse(catalog.signature_ ? catalog.signature_->content() : envelope.list));
  return catalog;
}

}  // namespace portcullis::catalog
