// SPDX-License-Identifier: Apache-2.0
#include "identity/catalog_store.h"

#include <fmt/core.h>

#include <algorithm>
#include <mutex>
#include <unordered_map>

#include "formats/catalog/catalog.h"

namespace portcullis {
namespace {

using authenticode::Digest;
using authenticode::DigestAlgorithm;
using authenticode::VerifyOptions;

struct Judged {
  const authenticode::TrustStore* trust = nullptr;
  int64_t at = 0;
  CatalogFinding finding;

  bool Answers(const VerifyOptions& options) const {
    if (options.trust != trust) return false;
    if (options.at == at) return true;
    const auto& changes_at = finding.verification.changes_at;
    return options.at > at && (!changes_at || options.at < *changes_at);
  }
};

bool RefusesSha1(const VerifyOptions& options) {
  return options.trust != nullptr &&
         options.trust->weak_digests() == authenticode::WeakDigests::kRefuseSha1;
}

Result<void> CheckUnchanged(Bytes bytes, const catalog::IndexedCatalog& indexed) {
  Digest digest = TRY(Digest::Create(DigestAlgorithm::kSha256));
  digest.Update(bytes);
  if (std::ranges::equal(digest.Finish(), indexed.sha256)) return {};
  return Fail(ErrorCode::kUntrusted,
              "it was changed since it was indexed; run `portcullis catalog index`");
}

Result<CatalogFinding> Judge(const HeldBytes& held, const catalog::IndexedCatalog& indexed,
                             const VerifyOptions& options) {
  TRY_VOID(CheckUnchanged(held.bytes, indexed));
  const catalog::Catalog parsed = TRY(catalog::Catalog::Parse(held.bytes));
  if (parsed.signature() == nullptr) return Fail(ErrorCode::kUntrusted, "it has no signature");
  return CatalogFinding{indexed.name, "", parsed.signature()->names(),
                        parsed.signature()->VerifyOwnContent(options)};
}

}  // namespace

struct CatalogStore::State {
  HeldBytes held;
  catalog::CatalogIndex index;
  Load load;
  std::mutex mutex;
  std::unordered_map<uint32_t, Judged> judged;  // under `mutex`
};

CatalogStore::CatalogStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
CatalogStore::CatalogStore(CatalogStore&&) noexcept = default;
CatalogStore& CatalogStore::operator=(CatalogStore&&) noexcept = default;
CatalogStore::~CatalogStore() = default;

const catalog::CatalogIndex& CatalogStore::index() const { return state_->index; }

Result<CatalogStore> CatalogStore::Create(const std::string& place, HeldBytes index, Load load) {
  auto parsed = catalog::CatalogIndex::Parse(index.bytes);
  if (!parsed) {
    return Fail(parsed.error().code, fmt::format("{}: {}", place, parsed.error().message));
  }
  auto state = std::make_unique<State>();
  state->held = std::move(index);
  state->index = *parsed;
  state->load = std::move(load);
  return CatalogStore(std::move(state));
}

std::optional<CatalogFinding> CatalogStore::Find(Bytes sha256, Bytes sha1,
                                                 const VerifyOptions& options) const {
  auto number = state_->index.Find(DigestAlgorithm::kSha256, sha256);
  const bool is_by_sha1 = !number;
  if (is_by_sha1) number = state_->index.Find(DigestAlgorithm::kSha1, sha1);
  if (!number) return std::nullopt;
  if (is_by_sha1 && RefusesSha1(options)) {
    CatalogFinding finding;
    finding.name = state_->index.catalog(*number).name;
    finding.problem = "it lists it by SHA-1, which weak-digests refuses";
    return finding;
  }

  const std::lock_guard lock(state_->mutex);
  const auto known = state_->judged.find(*number);
  if (known != state_->judged.end() && known->second.Answers(options)) {
    return known->second.finding;
  }
  const catalog::IndexedCatalog indexed = state_->index.catalog(*number);
  auto held = state_->load(*number, indexed);
  auto finding =
      held ? Judge(*held, indexed, options) : Result<CatalogFinding>(Unexpected(held.error()));
  Judged judged{options.trust, options.at, {}};
  if (finding) {
    judged.finding = *std::move(finding);
  } else {
    judged.finding.name = indexed.name;
    judged.finding.problem = finding.error().message;
  }
  return state_->judged.insert_or_assign(*number, std::move(judged)).first->second.finding;
}

}  // namespace portcullis
