// SPDX-License-Identifier: Apache-2.0
#include "api/offline_policy.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <ctime>
#include <filesystem>

#include "api/portcullis.h"
#include "base/byte_source.h"
#include "host/accounts.h"
#include "host/catalog_files.h"
#include "host/held_file.h"
#include "host/lexical_path.h"
#include "host/mount_table.h"
#include "host/path_variables.h"
#include "host/read_file.h"
#include "host/srp_files.h"
#include "host/trust_files.h"
#include "host/url_zone.h"
#include "identity/identify.h"
#include "policy/applocker/limits.h"
#include "policy/applocker/policy_reader.h"
#include "policy/compiled/policy_image.h"
#include "policy/srp/rule_text.h"

namespace portcullis::api {
namespace {

using applocker::CollectionType;

constexpr const char* kDefaultHostConfigFile = "/etc/portcullis/host.conf";
constexpr uint64_t kMaxHostConfigBytes = 1 << 20;

template <typename T>
Result<T> About(const std::string& file, Result<T> result) {
  if (result) return result;
  return Fail(result.error().code, fmt::format("{}: {}", file, result.error().message));
}

Result<NamedPolicy> ReadPolicyFile(const std::string& file) {
  const UniqueFd fd = TRY(OpenRegularFile(file, Links::kFollow));
  NamedPolicy named;
  named.name = file;
  std::array<uint8_t, compiled::kMagic.size()> beginning{};
  const ssize_t size = pread(fd.get(), beginning.data(), beginning.size(), 0);
  if (size > 0 && compiled::LooksCompiled(Bytes(beginning).first(static_cast<size_t>(size)))) {
    HeldBytes held = TRY(HoldFile(fd.get(), applocker::kMaxPolicyFileBytes, Holding::kCopy));
    named.image = TRY(compiled::PolicyImage::Open(std::move(held)));
    return named;
  }
  applocker::ReadOptions options;
  options.strict = true;
  const FdSource source = TRY(FdSource::Create(fd.get()));
  named.policy = TRY(applocker::ReadPolicyOrFail(source, options));
  return named;
}

// All of them set one registry.
Result<void> AddSrpPolicies(const std::vector<std::string>& files,
                            std::vector<NamedPolicy>& policies) {
  if (files.empty()) return {};
  srp::RegistryReading reading = TRY(ReadSrpFiles(files, std::nullopt));
  for (std::optional<srp::Policy>* const policy : {&reading.machine, &reading.user}) {
    if (*policy) policies.push_back({files.front(), {}, nullptr, *std::move(*policy)});
  }
  if (reading.machine || reading.user) return {};
  return Fail(ErrorCode::kMalformed,
              fmt::format("{}: no Software Restriction Policies in it", files.front()));
}

// What the host says, else what the file itself does.
std::optional<srp::UrlZone> ZoneOf(const AskRequest& request) {
  if (request.url_zone != 0) return srp::UrlZoneOf(request.url_zone);
  const auto zone = ZoneOfFile(request.fd, "");
  return zone ? srp::UrlZoneOf(*zone) : std::nullopt;
}

Hashing HashingFor(const PolicySet& policies) {
  const srp::CompiledPolicy* const srp = policies.srp();
  const bool asks_weak = srp != nullptr && (srp->NeedsHash(srp::HashAlgorithm::kMd5) ||
                                            srp->NeedsHash(srp::HashAlgorithm::kSha1));
  return asks_weak ? Hashing::kAllAndWeakFlat : Hashing::kAll;
}

Result<HostConfig> ReadHostConfig() {
  std::error_code error;
  if (!std::filesystem::exists(kDefaultHostConfigFile, error)) return HostConfig::Parse("");
  const std::string text =
      TRY(About(kDefaultHostConfigFile, ReadFile(kDefaultHostConfigFile, kMaxHostConfigBytes)));
  return About(kDefaultHostConfigFile, HostConfig::Parse(text));
}

struct Judged {
  Operation operation;
  CollectionType collection;
};

Judged JudgedBy(AskFor ask_for) {
  switch (ask_for) {
    case AskFor::kExe:
      return {Operation::kExecute, CollectionType::kExe};
    case AskFor::kDll:
      return {Operation::kLoad, CollectionType::kDll};
    case AskFor::kMsi:
      return {Operation::kInstall, CollectionType::kMsi};
    case AskFor::kAppx:
      return {Operation::kPackage, CollectionType::kAppx};
    case AskFor::kScript:
      break;
  }
  return {Operation::kScript, CollectionType::kScript};
}

bool IsRegular(int fd) {
  struct stat status {};
  return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

// Where the kernel says the file is, and it is there.
std::string RealPathOf(int fd) {
  std::string path(PATH_MAX, '\0');
  const ssize_t size =
      readlink(fmt::format("/proc/self/fd/{}", fd).c_str(), path.data(), path.size());
  path.resize(size > 0 ? static_cast<size_t>(size) : 0);
  struct stat open {};
  struct stat there {};
  const bool is_there = path.starts_with('/') && fstat(fd, &open) == 0 &&
                        lstat(path.c_str(), &there) == 0 && open.st_dev == there.st_dev &&
                        open.st_ino == there.st_ino;
  return is_there ? path : "";
}

AskAnswer AnswerOf(const AskRequest& request, const Decision& decision) {
  AskAnswer answer;
  answer.number = request.number;
  answer.generation = 1;
  answer.level = static_cast<uint32_t>(LevelFor(decision, decision.would_block()));
  answer.verdict = static_cast<uint8_t>(decision.verdict);
  answer.would_block = decision.would_block() ? 1 : 0;
  answer.enforcement = static_cast<uint8_t>(decision.enforcement);
  answer.reason = static_cast<uint8_t>(decision.reason);
  if (decision.reason == Reason::kSrpRule) {
    answer.flags |= PORTCULLIS_RESULT_HAS_RULE;
    answer.rule_id = srp::GuidText(*decision.srp->rule);
    answer.rule_name = srp::TargetText(*decision.srp->rule);
    answer.policy = std::string(decision.policy);
  }
  if (decision.rule == nullptr) return answer;
  answer.flags |= PORTCULLIS_RESULT_HAS_RULE;
  answer.rule_id = decision.rule->id.ToString();
  answer.rule_name = decision.rule->name;
  answer.policy = std::string(decision.policy);
  return answer;
}

AskAnswer Failed(const AskRequest& request, int error) {
  AskAnswer answer;
  answer.number = request.number;
  answer.error = error;
  return answer;
}

}  // namespace

Result<OfflinePolicy> OfflinePolicy::Load(const std::vector<std::string>& files) {
  std::vector<NamedPolicy> policies;
  std::vector<std::string> srp_files;
  for (const std::string& file : files) {
    if (LooksLikeSrp(file)) {
      srp_files.push_back(file);
    } else {
      policies.push_back(TRY(About(file, ReadPolicyFile(file))));
    }
  }
  TRY_VOID(AddSrpPolicies(srp_files, policies));
  HostConfig host = TRY(ReadHostConfig());
  PolicySet::Builder builder;
  builder.AddMergedLayer(std::move(policies)).SetSrpEnvironment(PathEnvironment(host));
  OfflinePolicy policy(TRY(builder.Build()), host);
  policy.trust_ = TRY(LoadTrustStore({}));
  policy.catalogs_ = TRY(LoadCatalogs(std::nullopt, CatalogAccess::kWhenNeeded));
  MountTable mounts = TRY(MountTable::OfThisProcess(host.network_file_systems));
  policy.speller_ = std::make_unique<const PathSpeller>(std::move(host), std::move(mounts),
                                                        std::vector<TreeMapping>());
  return policy;
}

Result<AccessToken> OfflinePolicy::TokenOf(const std::optional<std::string>& user) const {
  if (!user) {
    AccessToken token;
    token.user = well_known_sids::kEveryone;
    return token;
  }
  const SystemAccounts accounts;
  return TokenForAccount(TRY(accounts.FindAccount(*user)), accounts, host_);
}

std::vector<PathSpelling> OfflinePolicy::SpellingsOf(const AskRequest& request) const {
  const std::string real = RealPathOf(request.fd);
  std::vector<PathSpelling> spellings;
  if (!real.empty()) {
    const size_t slash = real.rfind('/');
    spellings = speller_->ForDirectory(real.substr(0, slash)).Of(real.substr(slash + 1));
  }
  if (!request.path.starts_with('/') || request.path == real) return spellings;
  for (PathSpelling& spelling : speller_->Claimed(NormalizeHostPath(request.path))) {
    spellings.push_back(std::move(spelling));
  }
  return spellings;
}

AskAnswer OfflinePolicy::Judge(const AskRequest& request, const AccessToken& token) const {
  if (!IsRegular(request.fd)) return Failed(request, PORTCULLIS_E_BAD_FILE);
  const auto source = FdSource::Create(request.fd);
  if (!source) return Failed(request, PORTCULLIS_E_BAD_FILE);
  IdentifyOptions options;
  options.trust = &trust_;
  options.catalogs = catalogs_.get();
  options.at = time(nullptr);
  options.hashing = HashingFor(policies_);
  const FileIdentity identity = IdentifyOrUnknown(*source, request.path, options);
  if (request.has_hash && !identity.unknown.hash && identity.sha256 != request.hash) {
    return Failed(request, PORTCULLIS_E_CHANGED);
  }
  const Judged judged = JudgedBy(request.ask_for);
  FileAttributes file = MakeFileAttributes(identity, SpellingsOf(request), policies_.settings());
  if (judged.operation == Operation::kInstall) file.srp.zone = ZoneOf(request);
  const Request question{judged.operation, judged.collection, &file, &token, {}};
  AskAnswer answer = AnswerOf(request, Decide(policies_, question));
  if (request.has_hash && !identity.unknown.hash) answer.flags |= PORTCULLIS_RESULT_HASH_CHECKED;
  return answer;
}

}  // namespace portcullis::api
