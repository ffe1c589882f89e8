// SPDX-License-Identifier: Apache-2.0
// Builds and signs Windows catalogs, good ones and bad ones.
//
// Shape:   BuildTrustList makes what is signed; SignCatalog puts a signature around it;
// WrapUnsigned
//          the same without a signer.
// Errors:  none are expected: a failing OpenSSL call aborts the test program.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "tests/support/test_signer.h"

namespace portcullis::testing {

using CatalogBytes = std::vector<uint8_t>;

struct CatalogMember {
  CatalogBytes digest;  // 20 bytes: SHA-1; else SHA-256
  bool has_indirect_data = true;
  int copies_of_indirect_data = 1;
  CatalogBytes tag = {};        // empty: as the list's version has it
  size_t other_attributes = 0;  // of a kind that nobody reads
};

struct CatalogSpec {
  int version = 2;
  std::vector<CatalogMember> members = {};
  std::string usage = "1.3.6.1.4.1.311.12.1.1";
  std::string member_kind = "";  // empty: by the version
  bool has_extensions = false;
};

CatalogBytes TakeDigest(const char* name, Bytes bytes);  // "SHA1", "SHA256"

// The CertificateTrustList without its own header, as the signature's digest covers it.
CatalogBytes BuildTrustList(const CatalogSpec& spec);
CatalogBytes WrapUnsigned(const CatalogBytes& list);
CatalogBytes SignCatalog(const CatalogBytes& list, SignSpec spec);

}  // namespace portcullis::testing
