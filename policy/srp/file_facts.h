// SPDX-License-Identifier: Apache-2.0
// What the rules of Software Restriction Policies see of a file besides its paths.
//
// Shape:   made once a file and kept in FileAttributes (policy/request.h), whose paths, `unknown`
//          and flat SHA-256 they share. What is absent here the file does not have, or nobody
//          looked for: a rule that needs it does not match.
// Units:   size in bytes.
// Threads: a value.
// Source:  docs/srp.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "identity/file_identity.h"
#include "policy/srp/model.h"

namespace portcullis::srp {

struct FileFacts {
  std::optional<uint64_t> size;  // absent: nobody knows, as of a file that could not be looked at
  // Of the whole file, whatever is signed.
  std::optional<std::array<uint8_t, 16>> md5;
  std::optional<std::array<uint8_t, 20>> sha1;
  std::optional<std::array<uint8_t, 32>> sha256;
  // Of who signed the file, where its digest is what was signed.
  std::optional<std::array<uint8_t, 20>> signer;
  bool signature_is_valid = false;  // and trusted, now
  UnknownAttributes unknown;        // hashes and signer
  std::optional<UrlZone> zone;
  bool is_installer = false;  // of Windows Installer: what zone rules are about
};

// The zone is not part of an identity: who looks for one sets it.
FileFacts FactsOf(const FileIdentity& identity);

}  // namespace portcullis::srp
