// SPDX-License-Identifier: Apache-2.0
// Looks at a file once and says what it is.
//
// Shape:   bytes, a name and options in; FileIdentity out. The content decides the kind; the name
//          helps where content can not tell (a batch file, a script without an interpreter line).
// Units:   `at` is seconds since 1970-01-01 UTC.
// Limits:  `max_hashed_bytes`; those of the formats; memory does not grow with the file.
// Errors:  kLimitExceeded for a larger file, of which nothing is read; kIo and kTruncated when the
//          bytes can not be read (the file shrank meanwhile, say). A malformed file is no error: it
//          is identified with the attributes it has, and `signature.status` and `signature.reason`
//          say what is wrong with it.
// Threads: reentrant; one call uses up to `max_threads` threads itself.
// Source:  docs/formats/pe.md, docs/formats/authenticode.md, docs/formats/appx.md,
//          docs/formats/msi.md, docs/formats/script.md, docs/formats/catalog.md, docs/decisions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/byte_source.h"
#include "base/result.h"
#include "identity/catalog_store.h"
#include "identity/file_identity.h"
#include "identity/trust_store.h"

namespace portcullis {

// Above any program, and still read in minutes: a sparse file of terabytes must not stall a walk.
inline constexpr uint64_t kMaxHashedBytes = uint64_t{64} << 30;

// What is computed besides the SHA-256 of the whole file, which always is.
enum class Hashing : uint8_t {
  kAll,          // every candidate of section 4, SHA-1 too
  kWithoutSha1,  // where no policy in use holds a SHA-1 rule
  // All of these, and the MD5 and SHA-1 of the whole file: what hash rules of Software Restriction
  // Policies hold.
  kAllAndWeakFlat,
};

// Whether FileIdentity::signatures is filled, which takes as long again.
enum class Details : uint8_t { kNone, kSignatures };

struct IdentifyOptions {
  const TrustStore* trust = nullptr;  // none: no signature is trusted
  // Asked for a file without a trusted signature of its own; none: nobody is. Where it holds
  // SHA-1s, that is taken of every file.
  const CatalogStore* catalogs = nullptr;
  UnixTime at = 0;  // the time of judgement
  Hashing hashing = Hashing::kAll;
  Details details = Details::kNone;
  // Large files are hashed by several threads at once; a caller that already looks at one file a
  // core says 1.
  unsigned max_threads = 2;
  uint64_t max_hashed_bytes = kMaxHashedBytes;
};

// `name_hint` is the file's name or path, of which the extension is used; it may be empty.
Result<FileIdentity> Identify(const ByteSource& source, std::string_view name_hint,
                              const IdentifyOptions& options);

// For whoever must answer for the file all the same: never an error. Where Identify would fail, the
// identity has the kind and the size, as far as these can be told, `unknown` names the rest and
// `defect` says why. Of a file over the limit only its front is read.
FileIdentity IdentifyOrUnknown(const ByteSource& source, std::string_view name_hint,
                               const IdentifyOptions& options);

// Of a file of which nothing could be found out at all: it could not be opened, say.
FileIdentity UnknownIdentity(std::string why);

}  // namespace portcullis
