// SPDX-License-Identifier: Apache-2.0
#include "host/catalog_files.h"

#include <fmt/core.h>

#include <filesystem>

#include "formats/catalog/catalog.h"
#include "host/mapped_file.h"
#include "host/read_file.h"

namespace portcullis {
namespace {

namespace fs = std::filesystem;

std::string IndexPath(const std::string& directory) {
  return (fs::path(directory) / kCatalogIndexName).string();
}

Unexpected Named(const std::string& path, const Error& error) {
  return Fail(error.code, fmt::format("{}: {}", path, error.message));
}

Result<HeldBytes> ReadCatalog(const std::string& path) {
  // A copy: what the digest was taken of is what is parsed, whatever becomes of the file.
  auto text = std::make_shared<const std::string>(TRY(ReadFile(path, catalog::kMaxCatalogBytes)));
  const Bytes bytes = AsBytes(*text);
  return HeldBytes{std::move(text), bytes};
}

using MappedCatalogs = std::vector<Result<HeldBytes>>;

// What is wrong with one catalog is told when a file is in it.
Result<std::shared_ptr<const MappedCatalogs>> MapCatalogs(const std::string& directory,
                                                          const catalog::CatalogIndex& index) {
  auto mapped = std::make_shared<MappedCatalogs>();
  uint64_t total = 0;
  for (size_t i = 0; i < index.catalogs(); ++i) {
    const std::string path = (fs::path(directory) / index.catalog(i).name).string();
    auto file = MapFile(path, catalog::kMaxCatalogBytes);
    if (!file) {
      mapped->emplace_back(Unexpected(std::move(file).error()));
      continue;
    }
    total += file->bytes.size();
    if (total > kMaxMappedBytes) {
      return Fail(ErrorCode::kLimitExceeded,
                  fmt::format("{}: more than {} bytes of catalogs", directory, kMaxMappedBytes));
    }
    mapped->emplace_back(HeldBytes{std::move(file->owner), file->bytes});
  }
  return mapped;
}

Result<CatalogStore> OpenStore(const std::string& directory, CatalogAccess access) {
  const std::string path = IndexPath(directory);
  std::error_code error;
  if (!fs::exists(path, error)) {
    return Fail(ErrorCode::kNotFound,
                fmt::format("{}: not there; `portcullis catalog index --catalogs {}` makes it",
                            path, directory));
  }
  auto file = MapFile(path, catalog::kMaxIndexBytes);
  if (!file) return Named(path, file.error());
  HeldBytes held{std::move(file->owner), file->bytes};
  if (access == CatalogAccess::kWhenNeeded) {
    return CatalogStore::Create(path, std::move(held),
                                [directory](size_t, const catalog::IndexedCatalog& indexed) {
                                  return ReadCatalog((fs::path(directory) / indexed.name).string());
                                });
  }
  const auto index = catalog::CatalogIndex::Parse(held.bytes);
  if (!index) return Named(path, index.error());
  auto mapped = TRY(MapCatalogs(directory, *index));
  return CatalogStore::Create(
      path, std::move(held),
      [mapped = std::move(mapped)](size_t number, const catalog::IndexedCatalog&) {
        return (*mapped)[number];
      });
}

}  // namespace

Result<std::shared_ptr<const CatalogStore>> LoadCatalogs(
    const std::optional<std::string>& directory, CatalogAccess access) {
  const std::string chosen = directory.value_or(kDefaultCatalogDirectory);
  std::error_code ignored;
  if (!directory && !fs::exists(IndexPath(chosen), ignored)) return nullptr;
  return std::make_shared<const CatalogStore>(TRY(OpenStore(chosen, access)));
}

uint64_t MappedBytes(const CatalogStore& store) {
  const catalog::CatalogIndex& index = store.index();
  uint64_t total =
      index.sha256_entries() * 36 + index.sha1_entries() * 24 + index.catalogs() * 400 + 8192;
  // Whole pages, and the place between two mappings.
  for (size_t i = 0; i < index.catalogs(); ++i) total += index.catalog(i).size + 8192;
  return total;
}

}  // namespace portcullis
