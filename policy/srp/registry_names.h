// SPDX-License-Identifier: Apache-2.0
// Where Software Restriction Policies stand in the registry. For the .cc files of this folder.
//
// Shape:   below a hive; readers compare without case.
// Source:  docs/formats/srp-registry.md.
#pragma once

#include <string_view>

namespace portcullis::srp {

inline constexpr std::string_view kSaferKey = "Software\\Policies\\Microsoft\\Windows\\Safer";
inline constexpr std::string_view kCodeIdentifiersKey =
    "Software\\Policies\\Microsoft\\Windows\\Safer\\CodeIdentifiers";
inline constexpr std::string_view kTrustedPublisherKey =
    "Software\\Policies\\Microsoft\\SystemCertificates\\TrustedPublisher";
inline constexpr std::string_view kDisallowedKey =
    "Software\\Policies\\Microsoft\\SystemCertificates\\Disallowed";

inline constexpr std::string_view kPathsKey = "Paths";
inline constexpr std::string_view kHashesKey = "Hashes";
inline constexpr std::string_view kUrlZonesKey = "UrlZones";
inline constexpr std::string_view kSha256Key = "SHA256";
inline constexpr std::string_view kCertificatesKey = "Certificates";
inline constexpr std::string_view kPublisherSaferKey = "Safer";

inline constexpr std::string_view kDefaultLevel = "DefaultLevel";
inline constexpr std::string_view kTransparentEnabledValue = "TransparentEnabled";
inline constexpr std::string_view kPolicyScope = "PolicyScope";
inline constexpr std::string_view kExecutableTypes = "ExecutableTypes";
inline constexpr std::string_view kAuthenticodeEnabled = "AuthenticodeEnabled";
inline constexpr std::string_view kLevelsValue = "Levels";
inline constexpr std::string_view kLogFileName = "LogFileName";
inline constexpr std::string_view kAuthenticodeFlags = "AuthenticodeFlags";

inline constexpr std::string_view kItemData = "ItemData";
inline constexpr std::string_view kSaferFlags = "SaferFlags";
inline constexpr std::string_view kDescription = "Description";
inline constexpr std::string_view kLastModified = "LastModified";
inline constexpr std::string_view kHashAlg = "HashAlg";
inline constexpr std::string_view kItemSize = "ItemSize";
inline constexpr std::string_view kFriendlyName = "FriendlyName";
inline constexpr std::string_view kBlob = "Blob";

}  // namespace portcullis::srp
