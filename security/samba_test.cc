// SPDX-License-Identifier: Apache-2.0
// Samba as a second opinion on descriptors without conditions, which its older releases know.
#include "tests/support/samba.h"

#include <gtest/gtest.h>

#include <sstream>

#include "security/sddl.h"
#include "tests/support/random_descriptor.h"

namespace portcullis {
namespace {

// Reads SDDL, a line each; prints the bytes that Samba makes of it and the text it makes of those.
constexpr const char* kScript = R"(
import sys
from samba.dcerpc import security
from samba.ndr import ndr_pack, ndr_unpack
domain = security.dom_sid('S-1-5-21-1-2-3')
for line in sys.stdin:
    packed = ndr_pack(security.descriptor.from_sddl(line.rstrip('\n'), domain))
    print(packed.hex(), ndr_unpack(security.descriptor, packed).as_sddl(domain), sep='\t')
)";

// What Samba 4.17 reads in the same way: no conditions, no null ACLs, no hex in SIDs, rights in
// hex.
bool IsPlain(const Ace& ace) {
  const bool is_known = ace.type <= AceType::kAudit ||
                        (ace.type >= AceType::kAllowedObject && ace.type <= AceType::kAuditObject);
  return is_known && (ace.flags & ace_flags::kCritical) == 0;
}

std::optional<SecurityDescriptor> Plain(SecurityDescriptor descriptor) {
  const std::pair<uint16_t, std::optional<Acl>*> acls[] = {
      {descriptor_control::kDaclPresent, &descriptor.dacl},
      {descriptor_control::kSaclPresent, &descriptor.sacl}};
  for (const auto& [flag, acl] : acls) {
    if (descriptor.Has(flag) != acl->has_value()) return std::nullopt;
    if (!*acl) continue;
    (*acl)->revision = Acl::kObjectRevision;  // which Samba always writes
    for (Ace& ace : (*acl)->aces) {
      if (!IsPlain(ace)) return std::nullopt;
      ace.mask |= 0x0020'0000;  // has no name
    }
  }
  // 4.17 does not find the S: behind flags of a DACL without entries.
  const bool is_lost = descriptor.dacl && descriptor.dacl->aces.empty() && descriptor.sacl;
  if (is_lost) return std::nullopt;
  return descriptor;
}

// `descriptor` with the revisions that Samba writes.
SecurityDescriptor WithRevisions(SecurityDescriptor descriptor) {
  for (std::optional<Acl>* acl : {&descriptor.dacl, &descriptor.sacl}) {
    if (*acl) (*acl)->revision = Acl::kObjectRevision;
  }
  return descriptor;
}

TEST(Samba, ReadsAndWritesTheSameDescriptors) {
  if (!testing::IsSambaHere()) GTEST_SKIP() << testing::kSambaAbsent;
  const std::optional<Sid> domain = Sid{5, {21, 1, 2, 3}};
  std::vector<SecurityDescriptor> descriptors;
  std::string input;
  for (uint64_t seed = 0; descriptors.size() < 300; ++seed) {
    const auto descriptor = Plain(testing::RandomDescriptor(seed));
    if (!descriptor) continue;
    const std::string text = FormatSddl(*descriptor, domain).value();
    if (text.find("-0x") != std::string::npos) continue;
    input += text + "\n";
    descriptors.push_back(*descriptor);
  }
  std::istringstream output(testing::RunSamba(kScript, input));
  std::string line;
  for (const SecurityDescriptor& descriptor : descriptors) {
    ASSERT_TRUE(std::getline(output, line));
    const size_t tab = line.find('\t');
    ASSERT_NE(tab, std::string::npos) << line;
    const auto bytes = FromHex(line.substr(0, tab));
    ASSERT_TRUE(bytes) << line;
    const auto from_bytes = SecurityDescriptor::Parse(AsBytes(*bytes));
    ASSERT_TRUE(from_bytes) << from_bytes.error().message << ": " << line;
    EXPECT_EQ(WithRevisions(*from_bytes), descriptor) << line;
    const auto from_text = ParseSddl(line.substr(tab + 1), domain);
    ASSERT_TRUE(from_text) << from_text.error().message << ": " << line;
    EXPECT_EQ(WithRevisions(*from_text), descriptor) << line;
  }
}

}  // namespace
}  // namespace portcullis
