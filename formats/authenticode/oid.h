// SPDX-License-Identifier: Apache-2.0
// Object identifiers that Authenticode uses, as dotted text, and how to get that text. For the .cc
// files of this folder.
#pragma once

#include <openssl/objects.h>

#include <array>
#include <string>
#include <string_view>

namespace portcullis::authenticode {

inline constexpr std::string_view kOidSpcIndirectData = "1.3.6.1.4.1.311.2.1.4";
inline constexpr std::string_view kOidTrustList = "1.3.6.1.4.1.311.10.1";
inline constexpr std::string_view kOidSpcPeImageData = "1.3.6.1.4.1.311.2.1.15";
inline constexpr std::string_view kOidRfc3161CounterSign = "1.3.6.1.4.1.311.3.3.1";
inline constexpr std::string_view kOidPkcs9CounterSignature = "1.2.840.113549.1.9.6";
inline constexpr std::string_view kOidNestedSignature = "1.3.6.1.4.1.311.2.4.1";
inline constexpr std::string_view kOidEvCodeSigning = "2.23.140.1.3";
inline constexpr std::string_view kOidLifetimeSigning = "1.3.6.1.4.1.311.10.3.13";
inline constexpr std::string_view kOidWindowsSystemComponent = "1.3.6.1.4.1.311.10.3.6";

// Always the numbers, never a name; empty for none.
inline std::string OidText(const ASN1_OBJECT* oid) {
  if (oid == nullptr) return {};
  std::array<char, 128> text = {};
  const int size = OBJ_obj2txt(text.data(), static_cast<int>(text.size()), oid, 1);
  if (size <= 0) return {};
  return text.data();  // cut at 127 characters: longer than any that is compared
}

}  // namespace portcullis::authenticode
