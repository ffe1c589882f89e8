// SPDX-License-Identifier: Apache-2.0
#include "policy/request.h"

#include <algorithm>
#include <array>

#include "base/utf.h"
#include "policy/path_text.h"

namespace portcullis {
namespace {

constexpr std::array<const char*, 6> kOperationNames = {"execute", "load",    "script",
                                                        "install", "package", "open"};

// Where the last component of a Windows path begins.
size_t LastComponent(std::string_view path) {
  const size_t separator = path.rfind('\\');
  return separator == std::string_view::npos ? FrontLength(path) : separator + 1;
}

void CutStream(std::string& path) {
  const size_t colon = path.find(':', LastComponent(path));
  if (colon != std::string::npos) path.resize(colon);
}

void CutTrailingDotsAndSpaces(std::string& path) {
  while (path.size() > LastComponent(path) && (path.back() == '.' || path.back() == ' ')) {
    path.pop_back();
  }
}

bool IsNetworkPath(std::string_view path) {
  return path.starts_with("\\\\") && !path.starts_with("\\\\?\\") && !path.starts_with("\\\\.\\");
}

void AddSpelling(std::vector<PathAttribute>& paths, PathSpelling spelling,
                 const MatchingSettings& settings) {
  spelling.verified = spelling.verified || settings.claimed_paths_count_as_verified;
  if (KindOfPath(spelling.text) == PathKind::kWindows) {
    if (!settings.stream_is_part_of_path) CutStream(spelling.text);
    if (!settings.trailing_dots_and_spaces_count) CutTrailingDotsAndSpaces(spelling.text);
  }
  paths.push_back(NormalizePath(spelling));
  if (settings.network_paths_have_device_spelling && IsNetworkPath(spelling.text)) {
    spelling.text = "\\DEVICE\\MUP" + spelling.text.substr(1);
    paths.push_back(NormalizePath(spelling));
  }
}

// Of a Windows Installer file the flat digest comes first, whatever order they were found in.
void AddHashes(FileAttributes& file, const FileIdentity& identity) {
  const FileDigest* flat = nullptr;
  for (const FileHashCandidate& candidate : identity.hashes) {
    const FileDigest& digest = candidate.digest;
    switch (digest.type) {
      case HashType::kSha256:
        if (candidate.form == HashForm::kFlat && flat == nullptr) flat = &digest;
        if (!file.sha256) {
          file.sha256 = digest;
        } else if (!file.sha256_second) {
          file.sha256_second = digest;
        }
        break;
      case HashType::kSha256Flat:
        if (!file.sha256_flat) file.sha256_flat = digest;
        break;
      case HashType::kSha1:
        if (!file.sha1) file.sha1 = digest;
        break;
    }
  }
  if (flat != nullptr && file.sha256_second && *file.sha256_second == *flat) {
    std::swap(file.sha256, file.sha256_second);
  }
  if (!file.sha256_flat && flat != nullptr) {
    file.sha256_flat = FileDigest{HashType::kSha256Flat, flat->bytes};
  }
}

}  // namespace

const char* ToString(Operation operation) {
  return kOperationNames.at(static_cast<size_t>(operation));
}

std::optional<Operation> ParseOperation(std::string_view text) {
  const auto found = std::ranges::find(kOperationNames, text);
  if (found == kOperationNames.end()) return std::nullopt;
  return static_cast<Operation>(found - kOperationNames.begin());
}

PathAttribute::PathAttribute(CasedText cased, const PathSpelling& spelling, PathKind kind)
    : exact(std::move(cased.exact)),
      upper(std::move(cased.upper)),
      verified(spelling.verified),
      case_sensitive(spelling.case_sensitive),
      is_host_path(kind == PathKind::kHost),
      components_(SplitIntoComponents(upper)) {}

PublisherAttribute::PublisherAttribute(const FullyQualifiedBinaryName& any_case)
    : name_{ToAlphabet(UpperCase(any_case.publisher)), ToAlphabet(UpperCase(any_case.product)),
            ToAlphabet(UpperCase(any_case.binary)), any_case.version},
      publisher_hash_(HashText(name_.publisher)),
      product_hash_(HashText(name_.product)),
      components_(SplitIntoComponents(name_.binary)) {}

PathAttribute NormalizePath(const PathSpelling& spelling) {
  const PathKind kind = KindOfPath(spelling.text);
  return PathAttribute(PathToAlphabet(spelling.text, kind), spelling, kind);
}

void PathAttribute::ShareComponentsWith(const PathAttribute& before) {
  const auto& mine = components_;
  const auto& other = before.components_;
  const size_t most = std::min(mine.size(), other.size()) - 1;
  shared_components_ = 0;
  for (size_t i = 1; i <= most; ++i, ++shared_components_) {
    const TextComponent& p = mine[mine.size() - i];
    const TextComponent& q = other[other.size() - i];
    if (p.hash != q.hash || std::string_view(upper).substr(p.begin, p.length) !=
                                std::string_view(before.upper).substr(q.begin, q.length)) {
      return;
    }
  }
}

FileAttributes MakeFileAttributes(const FileIdentity& identity,
                                  const std::vector<PathSpelling>& spellings,
                                  const MatchingSettings& settings) {
  FileAttributes file;
  for (const PathSpelling& spelling : spellings) AddSpelling(file.paths, spelling, settings);
  for (size_t i = 1; i < file.paths.size(); ++i) {
    file.paths[i].ShareComponentsWith(file.paths[i - 1]);
  }
  file.unknown = identity.unknown;
  if (identity.publisher && !identity.unknown.publisher) {
    file.publisher.emplace(*identity.publisher);
  }
  if (!identity.unknown.hash) AddHashes(file, identity);
  file.is_windows_signed = identity.signature.is_windows_signed && !identity.unknown.publisher;
  file.srp = srp::FactsOf(identity);
  return file;
}

std::optional<applocker::CollectionType> CollectionFor(Operation operation, FileKind kind) {
  using applocker::CollectionType;
  switch (operation) {
    case Operation::kExecute: {
      const bool is_program = kind == FileKind::kPe || kind == FileKind::kNe ||
                              kind == FileKind::kDos || kind == FileKind::kElf;
      return is_program ? CollectionType::kExe : CollectionType::kScript;
    }
    case Operation::kLoad:
      return CollectionType::kDll;
    case Operation::kScript:
      return CollectionType::kScript;
    case Operation::kInstall:
      return CollectionType::kMsi;
    case Operation::kPackage:
      return CollectionType::kAppx;
    case Operation::kOpen:
      break;
  }
  return std::nullopt;
}

}  // namespace portcullis
