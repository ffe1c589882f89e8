// SPDX-License-Identifier: Apache-2.0
#include "cli/policy_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/byte_source.h"
#include "base/unique_fd.h"
#include "cli/srp_file.h"
#include "formats/applocker_file/applocker_file.h"
#include "host/read_file.h"
#include "policy/applocker/limits.h"
#include "policy/applocker/windows_file.h"
#include "policy/compiled/policy_image.h"

namespace portcullis::cli {
namespace {

using compiled::PolicyImage;

// One of the three, by what the file begins with.
struct PolicyInput {
  std::shared_ptr<const PolicyImage> image;
  std::optional<applocker::WindowsFile> windows;
  applocker::PolicyDocument document;
};

// What is longer than the longest magic of the two compiled kinds.
using Beginning = std::array<uint8_t, compiled::kMagic.size()>;

bool IsOfOtherKinds(Bytes beginning) {
  return compiled::LooksCompiled(beginning) || applocker_file::LooksLikeAppLockerFile(beginning);
}

Result<PolicyInput> TakeHeld(HeldBytes held, const std::string& path) {
  PolicyInput input;
  if (compiled::LooksCompiled(held.bytes)) {
    input.image = TRY(PolicyImage::Open(std::move(held)));
  } else {
    input.windows = TRY(applocker::ReadWindowsFile(held.bytes, applocker::TypeOfWindowsFile(path)));
  }
  return input;
}

Result<PolicyInput> ReadFrom(int fd, const std::string& path, const applocker::ReadOptions& options,
                             Holding holding) {
  struct stat status {};
  if (fstat(fd, &status) != 0) return Fail(ErrorCode::kIo, std::strerror(errno));
  if (S_ISDIR(status.st_mode)) return Fail(ErrorCode::kUnsupported, "is a directory");
  PolicyInput input;
  if (S_ISREG(status.st_mode)) {
    Beginning beginning = {};
    const ssize_t size = pread(fd, beginning.data(), beginning.size(), 0);
    if (size > 0 && IsOfOtherKinds(Bytes(beginning).first(static_cast<size_t>(size)))) {
      return TakeHeld(TRY(HoldFile(fd, applocker::kMaxPolicyFileBytes, holding)), path);
    }
    input.document = applocker::ReadPolicy(TRY(FdSource::Create(fd)), options);
    return input;
  }
  const std::string text = TRY(ReadAll(fd, applocker::kMaxPolicyFileBytes));
  if (IsOfOtherKinds(AsBytes(text))) return TakeHeld(CopyAligned(AsBytes(text)), path);
  input.document = applocker::ReadPolicy(MemorySource(AsBytes(text)), options);
  return input;
}

// A pipe that nobody writes to ends at once instead of hanging; one with a writer is waited for.
UniqueFd OpenInput(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (fd.valid()) fcntl(fd.get(), F_SETFL, 0);
  return fd;
}

template <typename T>
Result<T> About(const std::string& path, Result<T> result) {
  if (result) return result;
  return Fail(result.error().code, fmt::format("{}: {}", path, result.error().message));
}

Result<PolicyInput> ReadInput(const std::string& path, const Io& io,
                              const applocker::ReadOptions& options, Holding holding) {
  const bool is_standard_input = path == "-";
  UniqueFd opened;
  if (!is_standard_input) {
    opened = OpenInput(path);
    if (!opened.valid())
      return Fail(ErrorCode::kIo, fmt::format("{}: {}", path, std::strerror(errno)));
  }
  return About(path, ReadFrom(is_standard_input ? io.in_fd : opened.get(), path, options, holding));
}

void AddSummary(applocker::PolicyDocument& document) {
  for (const applocker::RuleCollection& collection : document.policy->collections) {
    document.collections.push_back(
        {collection.type ? ToString(*collection.type) : collection.type_text, collection.mode(),
         collection.rules.size()});
  }
}

// The rules of a compiled file, once all of it is known to be whole: its tables too are those that
// its rules make.
Result<applocker::PolicyDocument> DocumentOf(const std::shared_ptr<const PolicyImage>& image) {
  TRY_VOID(image->CheckDigest());
  TRY_VOID(CheckTables(image));
  applocker::PolicyDocument document;
  document.policy = TRY(image->ReadPolicy());
  AddSummary(document);
  return document;
}

applocker::PolicyDocument DocumentOf(applocker::WindowsFile windows, bool strict) {
  applocker::PolicyDocument document;
  document.policy.emplace().collections.push_back(std::move(windows.collection));
  for (std::string& note : windows.notes) {
    auto& where = strict ? document.errors : document.warnings;
    where.push_back({0, 0, kNotUnderstood, std::move(note)});
  }
  AddSummary(document);
  if (!document.accepted()) document.policy.reset();
  return document;
}

}  // namespace

Result<applocker::PolicyDocument> ReadPolicyFile(const std::string& path, const Io& io,
                                                 const applocker::ReadOptions& options) {
  PolicyInput input = TRY(ReadInput(path, io, options, Holding::kMapWhereSafe));
  if (input.image != nullptr) return About(path, DocumentOf(input.image));
  if (input.windows) return DocumentOf(*std::move(input.windows), options.strict);
  return std::move(input.document);
}

namespace {

// All of them set one registry, whose policies carry the names of all.
Result<void> ReadSrpPolicies(const std::vector<std::string>& files, const Io& io,
                             const std::function<void(const std::string&)>& warn,
                             std::vector<NamedPolicy>& policies) {
  if (files.empty()) return {};
  const srp::RegistryReading reading = TRY(ReadSrpFiles(files, std::nullopt, io));
  for (const srp::Note& note : reading.notes) warn(WarningText(note));
  std::string names;
  for (const std::string& file : files) names += (names.empty() ? "" : ", ") + file;
  for (NamedPolicy& policy : TRY(NamedPoliciesOf(reading, names))) {
    policies.push_back(std::move(policy));
  }
  return {};
}

}  // namespace

Result<std::vector<NamedPolicy>> ReadNamedPolicies(
    const std::vector<std::string>& files, const Io& io, const applocker::ReadOptions& options,
    const std::function<void(const std::string&)>& warn, Holding holding) {
  std::vector<NamedPolicy> policies;
  std::vector<std::string> srp_files;
  for (const std::string& file : files) {
    if (LooksLikeSrp(file)) {
      srp_files.push_back(file);
      continue;
    }
    PolicyInput input = TRY(ReadInput(file, io, options, holding));
    if (input.image != nullptr) {
      policies.push_back({file, {}, std::move(input.image)});
      continue;
    }
    if (input.windows) {
      return Fail(ErrorCode::kUnsupported,
                  fmt::format("{}: a compiled policy of Windows, whose format is not known well "
                              "enough to judge by; `portcullis policy show` reads it",
                              file));
    }
    applocker::PolicyDocument& document = input.document;
    for (const auto& warning : document.warnings) {
      warn(fmt::format("{}: warning: {}", file, ToString(warning)));
    }
    if (!document.policy) return Unexpected(Refusal(file, document));
    policies.push_back({file, *std::move(document.policy)});
  }
  TRY_VOID(ReadSrpPolicies(srp_files, io, warn, policies));
  return policies;
}

Result<std::vector<NamedPolicy>> ReadNamedPolicies(const std::vector<std::string>& files, Io& io,
                                                   const applocker::ReadOptions& options,
                                                   Holding holding) {
  return ReadNamedPolicies(
      files, io, options, [&](const std::string& warning) { PrintError(io, warning); }, holding);
}

Error Refusal(const std::string& path, const applocker::PolicyDocument& document) {
  if (document.errors.empty()) {
    return {ErrorCode::kMalformed, fmt::format("{}: refused", path)};
  }
  std::string message = fmt::format("{}: {}", path, ToString(document.errors.front()));
  if (document.errors.size() > 1) {
    message += fmt::format(" (and {} more)", document.errors.size() - 1);
  }
  return {ErrorCode::kMalformed, std::move(message)};
}

ExitStatus ForEachPolicy(const Options& options, Io& io,
                         const std::function<ExitStatus(const std::string& file,
                                                        const applocker::PolicyDocument&)>& use) {
  applocker::ReadOptions read;
  read.strict = options.strict;
  read.schema_only = options.schema_only;
  ExitStatus status = ExitStatus::kDone;
  for (const std::string& file : options.paths) {
    const auto document = ReadPolicyFile(file, io, read);
    if (!document || !document->policy) {
      PrintError(io, document ? Refusal(file, *document).message : document.error().message);
      status = ExitStatus::kFailed;
      continue;
    }
    for (const auto& warning : document->warnings) {
      PrintError(io, fmt::format("{}: warning: {}", file, ToString(warning)));
    }
    status = std::max(status, use(file, *document));
  }
  return status;
}

}  // namespace portcullis::cli
