// SPDX-License-Identifier: Apache-2.0
// A directory of catalogs, its index, and how a process gets at both.
//
// Shape:   IndexCatalogs looks at every DIR/*.cat and writes DIR/catalog.index; LoadCatalogs opens
//          what was indexed. A catalog whose size, times and inode are those of the former index is
//          not read again.
// Limits:  those of formats/catalog; kMaxMappedBytes of catalogs that are all mapped.
// Errors:  kNotFound where the directory or the index is not there, kIo, those of the index.
//          Messages name the file. A catalog that can not be used is left out and said.
// Lifetime: a mapped catalog that is cut short under the process ends it (SIGBUS): put another in
//          its place instead, as package managers do.
// Threads: reentrant. Of two that index at once the last one's index stays, whole.
// Source:  docs/catalogs.md.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "identity/catalog_store.h"

namespace portcullis {

inline constexpr const char* kDefaultCatalogDirectory = "/etc/portcullis/catalogs";
inline constexpr const char* kCatalogIndexName = "catalog.index";
inline constexpr uint64_t kMaxMappedBytes = uint64_t{1} << 30;

struct LeftOutCatalog {
  std::string name;
  std::string reason;
};

struct CatalogIndexing {
  std::string directory;
  size_t catalogs = 0;   // in the index
  size_t unchanged = 0;  // of them, those that were not read again
  size_t digests = 0;    // of all files, those in two catalogs twice
  std::vector<LeftOutCatalog> left_out;
  std::string former_problem;  // why the former index was of no use, if there was one
  bool is_written = false;     // false: the former index says the same
};
Result<CatalogIndexing> IndexCatalogs(const std::string& directory);

enum class CatalogAccess : uint8_t {
  kWhenNeeded,  // a catalog is opened when a file is in it
  kMapped,      // all are mapped at once, for a process that will not be able to open any
};
// Without a directory the default one, and nothing where that has no index.
Result<std::shared_ptr<const CatalogStore>> LoadCatalogs(
    const std::optional<std::string>& directory, CatalogAccess access);

// Address space that the mapped catalogs of this store and its index take.
uint64_t MappedBytes(const CatalogStore& store);

}  // namespace portcullis
