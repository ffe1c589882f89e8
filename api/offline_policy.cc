// SPDX-License-Identifier: Apache-2.0
#include "api/offline_policy.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <ctime>
#include <filesystem>

#include "api/ask_decision.h"
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
#include "policy/needed_hashing.h"

namespace portcullis::api {
namespace {

constexpr const char* kDefaultHostConfigFile = "/etc/portcullis/host.conf";
constexpr uint64_t kMaxHostConfigBytes = 1 << 20;
constexpr uint64_t kOnlyGeneration = 1;  // a policy that was loaded is never replaced

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

// What the host says, else what the file itself does.
std::optional<srp::UrlZone> ZoneOf(const AskRequest& request) {
  const auto said = ZoneSaid(request);
  return said ? said : ZoneOfFile(request.fd, "");
}

Result<HostConfig> ReadHostConfig() {
  std::error_code error;
  if (!std::filesystem::exists(kDefaultHostConfigFile, error)) return HostConfig::Parse("");
  const std::string text =
      TRY(About(kDefaultHostConfigFile, ReadFile(kDefaultHostConfigFile, kMaxHostConfigBytes)));
  return About(kDefaultHostConfigFile, HostConfig::Parse(text));
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
  if (!srp_files.empty()) {
    // All of them set one registry.
    const srp::RegistryReading reading = TRY(ReadSrpFiles(srp_files, std::nullopt));
    for (NamedPolicy& policy : TRY(NamedPoliciesOf(reading, srp_files.front()))) {
      policies.push_back(std::move(policy));
    }
  }
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
  if (!IsRegular(request.fd)) return ErrorAnswer(request.number, PORTCULLIS_E_BAD_FILE);
  const auto source = FdSource::Create(request.fd);
  if (!source) return ErrorAnswer(request.number, PORTCULLIS_E_BAD_FILE);
  IdentifyOptions options;
  options.trust = &trust_;
  options.catalogs = catalogs_.get();
  options.at = time(nullptr);
  options.hashing = NeededHashing(policies_);
  const FileIdentity identity = IdentifyOrUnknown(*source, request.path, options);
  const Asked asked = AskedBy(request.ask_for);
  FileAttributes file = MakeFileAttributes(identity, SpellingsOf(request), policies_.settings());
  if (asked.operation == Operation::kInstall) file.srp.zone = ZoneOf(request);
  const Request question{asked.operation, asked.collection, &file, &token, {}};
  const Decision decision = Decide(policies_, question);
  return AnswerFor(request, kOnlyGeneration, decision, decision.would_block(), &identity);
}

}  // namespace portcullis::api
