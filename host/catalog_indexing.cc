// SPDX-License-Identifier: Apache-2.0
// The half of catalog_files.h that writes.
#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <unordered_map>

#include "base/utf.h"
#include "formats/catalog/catalog.h"
#include "host/catalog_files.h"
#include "host/mapped_file.h"
#include "host/read_file.h"
#include "host/replace_file.h"

namespace portcullis {
namespace {

namespace fs = std::filesystem;
using authenticode::Digest;
using authenticode::DigestAlgorithm;
using catalog::IndexContent;
using catalog::IndexedCatalog;

bool HasCatalogExtension(std::string_view name) {
  constexpr std::string_view kExtension = ".CAT";
  return name.size() > kExtension.size() &&
         UpperCase(name.substr(name.size() - kExtension.size())) == kExtension;
}

Result<std::vector<std::string>> ListCatalogs(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (auto entry = fs::directory_iterator(directory, error);
       !error && entry != fs::directory_iterator(); entry.increment(error)) {
    std::string name = entry->path().filename().string();
    if (HasCatalogExtension(name)) names.push_back(std::move(name));
    if (names.size() > catalog::kMaxCatalogs) {
      return Fail(ErrorCode::kLimitExceeded,
                  fmt::format("{}: more than {} catalogs", directory, catalog::kMaxCatalogs));
    }
  }
  if (error) {
    const bool is_absent = error == std::errc::no_such_file_or_directory;
    return Fail(is_absent ? ErrorCode::kNotFound : ErrorCode::kIo,
                fmt::format("{}: {}", directory, error.message()));
  }
  std::ranges::sort(names);
  return names;
}

int64_t Nanoseconds(const timespec& time) { return time.tv_sec * 1'000'000'000 + time.tv_nsec; }

Result<IndexedCatalog> StatusOf(int fd, const std::string& name) {
  struct stat status {};
  if (fstat(fd, &status) != 0) return Fail(ErrorCode::kIo, "its status can not be read");
  IndexedCatalog catalog;
  catalog.name = name;
  catalog.size = static_cast<uint64_t>(status.st_size);
  catalog.mtime_ns = Nanoseconds(status.st_mtim);
  catalog.ctime_ns = Nanoseconds(status.st_ctim);
  catalog.inode = status.st_ino;
  return catalog;
}

bool IsUnchanged(const IndexedCatalog& now, const IndexedCatalog& former) {
  return now.size == former.size && now.mtime_ns == former.mtime_ns &&
         now.ctime_ns == former.ctime_ns && now.inode == former.inode;
}

class Indexer {
 public:
  Indexer(std::string directory, CatalogIndexing& report)
      : directory_(std::move(directory)), report_(report) {}

  // The former index, as far as it is of use.
  void Begin() {
    const std::string path = (fs::path(directory_) / kCatalogIndexName).string();
    std::error_code error;
    if (!fs::exists(path, error)) return;
    auto file = MapFile(path, catalog::kMaxIndexBytes);
    const auto parsed = file ? catalog::CatalogIndex::Parse(file->bytes)
                             : Result<catalog::CatalogIndex>(Unexpected(file.error()));
    if (!parsed) {
      report_.former_problem = fmt::format("{}: {}", path, parsed.error().message);
      return;
    }
    file_ = *std::move(file);
    former_ = *parsed;
    for (size_t i = 0; i < former_.catalogs(); ++i) {
      former_numbers_.emplace(former_.catalog(i).name, static_cast<uint32_t>(i));
    }
  }

  void Add(const std::string& name) {
    const auto added = TryAdd(name);
    if (!added) report_.left_out.push_back({name, added.error().message});
  }

  Result<void> Finish() {
    KeepEntries(kept_);
    report_.catalogs = content_.catalogs.size();
    report_.digests = content_.sha256.size() + content_.sha1.size();
    const auto bytes = TRY(catalog::BuildIndex(std::move(content_)));
    if (std::ranges::equal(bytes, file_.bytes)) return {};
    const std::string path = (fs::path(directory_) / kCatalogIndexName).string();
    const auto written = ReplaceFile(path, AsText(bytes));
    if (!written) {
      return Fail(written.error().code, fmt::format("{}: {}", path, written.error().message));
    }
    report_.is_written = true;
    return {};
  }

 private:
  Result<void> TryAdd(const std::string& name) {
    if (!IsValidUtf8(name)) return Fail(ErrorCode::kUnsupported, "its name is not UTF-8");
    const UniqueFd fd =
        TRY(OpenRegularFile((fs::path(directory_) / name).string(), Links::kFollow));
    IndexedCatalog now = TRY(StatusOf(fd.get(), name));
    const auto former = former_numbers_.find(name);
    if (former != former_numbers_.end()) {
      const IndexedCatalog indexed = former_.catalog(former->second);
      if (IsUnchanged(now, indexed)) {
        kept_.emplace(former->second, static_cast<uint32_t>(content_.catalogs.size()));
        content_.catalogs.push_back(indexed);
        ++report_.unchanged;
        return {};
      }
    }
    return ReadAndAdd(fd.get(), std::move(now));
  }

  Result<void> ReadAndAdd(int fd, IndexedCatalog now) {
    const std::string text = TRY(ReadAll(fd, catalog::kMaxCatalogBytes));
    if (!IsUnchanged(TRY(StatusOf(fd, now.name)), now) || text.size() != now.size) {
      return Fail(ErrorCode::kIo, "it changed while it was read");
    }
    const auto parsed = TRY(catalog::Catalog::Parse(AsBytes(text)));
    if (parsed.signature() == nullptr) return Fail(ErrorCode::kUntrusted, "it has no signature");
    Digest digest = TRY(Digest::Create(DigestAlgorithm::kSha256));
    digest.Update(AsBytes(text));
    std::ranges::copy(digest.Finish(), now.sha256.begin());
    now.members = static_cast<uint32_t>(parsed.list().members());
    AddEntries(parsed.list(), static_cast<uint32_t>(content_.catalogs.size()));
    content_.catalogs.push_back(std::move(now));
    return {};
  }

  void AddEntries(const catalog::TrustList& list, uint32_t number) {
    list.ForEachMember([&](const catalog::Member& member) {
      if (member.digest.empty()) return;
      if (member.algorithm == DigestAlgorithm::kSha1) {
        std::ranges::copy(member.digest, content_.sha1.emplace_back().digest.begin());
        content_.sha1.back().catalog = number;
      } else {
        std::ranges::copy(member.digest, content_.sha256.emplace_back().digest.begin());
        content_.sha256.back().catalog = number;
      }
    });
  }

  // The entries of the catalogs that are as they were, under their new numbers.
  void KeepEntries(const std::unordered_map<uint32_t, uint32_t>& numbers) {
    const auto keep = [&](auto entry, auto& entries) {
      const auto number = numbers.find(entry.catalog);
      if (number == numbers.end()) return;
      entry.catalog = number->second;
      entries.push_back(entry);
    };
    for (size_t i = 0; i < former_.sha256_entries(); ++i) {
      keep(former_.sha256_entry(i), content_.sha256);
    }
    for (size_t i = 0; i < former_.sha1_entries(); ++i) keep(former_.sha1_entry(i), content_.sha1);
  }

  const std::string directory_;
  CatalogIndexing& report_;
  MappedFile file_;
  catalog::CatalogIndex former_;  // in `file_`
  std::unordered_map<std::string, uint32_t> former_numbers_;
  std::unordered_map<uint32_t, uint32_t> kept_;  // former number to new
  IndexContent content_;
};

}  // namespace

Result<CatalogIndexing> IndexCatalogs(const std::string& directory) {
  CatalogIndexing report;
  report.directory = directory;
  const std::vector<std::string> names = TRY(ListCatalogs(directory));
  Indexer indexer(directory, report);
  indexer.Begin();
  for (const std::string& name : names) indexer.Add(name);
  TRY_VOID(indexer.Finish());
  return report;
}

}  // namespace portcullis
