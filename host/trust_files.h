// SPDX-License-Identifier: Apache-2.0
// Finds the certificates that signatures on this host may end at, and what was taken back.
//
// Shape:   files and directories in; a TrustStore out. Without any, /etc/portcullis/trust and the
//          system's bundle, as far as they are there. A directory holds certificates; where it has
//          them, also revocation lists in `crl`, certificates that are not to be trusted in
//          `disallowed`, and settings in `trust.conf` (trust_settings.h).
// Limits:  kMaxTrustFiles a directory (not its sub-directories); those of the store.
// Errors:  a named file that is not there or holds no certificate; in a directory, what holds no
//          certificate is passed over, but a broken certificate is an error. Messages name the
//          file.
// Threads: reentrant.
// Source:  docs/trust-anchors.md.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "identity/trust_store.h"

namespace portcullis {

inline constexpr size_t kMaxTrustFiles = 10'000;
inline constexpr const char* kDefaultTrustDirectory = "/etc/portcullis/trust";

Result<TrustStore> LoadTrustStore(const std::vector<std::string>& files_and_directories);

}  // namespace portcullis
