// SPDX-License-Identifier: Apache-2.0
// The catalogs of this host, as Identify asks them: which one holds this digest, and who signed it.
//
// Shape:   an index (formats/catalog/catalog_index.h) and a way to the catalogs' bytes. The index
//          only says where to look: the catalog itself is read, compared with the digest that was
//          indexed, and its signature judged, before its signer counts.
// Limits:  those of the index and of a catalog. What was found out of a catalog is kept, some
//          hundred bytes each.
// Errors:  Create: those of CatalogIndex::Parse, with the place in front. A catalog that is gone or
//          was changed is a finding with `problem`.
// Threads: Find may be called from several; one catalog is judged at a time.
// Source:  docs/formats/catalog.md, reference section 3.3.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/held_bytes.h"
#include "base/result.h"
#include "formats/authenticode/signed_data.h"
#include "formats/catalog/catalog_index.h"

namespace portcullis {

struct CatalogFinding {
  std::string name;     // of the catalog's file
  std::string problem;  // why it can not be asked; the rest is then empty
  authenticode::SignerNames signer;
  authenticode::Verification verification;
};

class CatalogStore {
 public:
  // The bytes of a catalog as they are now.
  using Load = std::function<Result<HeldBytes>(size_t number, const catalog::IndexedCatalog&)>;

  // `place` is the index's, for messages.
  static Result<CatalogStore> Create(const std::string& place, HeldBytes index, Load load);
  CatalogStore(CatalogStore&&) noexcept;
  CatalogStore& operator=(CatalogStore&&) noexcept;
  ~CatalogStore();

  const catalog::CatalogIndex& index() const;
  bool empty() const { return index().sha256_entries() + index().sha1_entries() == 0; }
  // Whether a SHA-1 can find anything.
  bool has_sha1() const { return index().sha1_entries() > 0; }

  // The first catalog that holds the SHA-256, else the SHA-1; either may be empty.
  std::optional<CatalogFinding> Find(Bytes sha256, Bytes sha1,
                                     const authenticode::VerifyOptions& options) const;

 private:
  struct State;
  explicit CatalogStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace portcullis
