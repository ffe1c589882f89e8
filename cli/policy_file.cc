// SPDX-License-Identifier: Apache-2.0
#include "cli/policy_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "base/byte_source.h"
#include "base/unique_fd.h"
#include "host/read_file.h"
#include "policy/applocker/limits.h"

namespace portcullis::cli {
namespace {

Result<applocker::PolicyDocument> ReadFrom(int fd, const applocker::ReadOptions& options) {
  struct stat status {};
  if (fstat(fd, &status) != 0) return Fail(ErrorCode::kIo, std::strerror(errno));
  if (S_ISDIR(status.st_mode)) return Fail(ErrorCode::kUnsupported, "is a directory");
  if (S_ISREG(status.st_mode)) {
    return applocker::ReadPolicy(TRY(FdSource::Create(fd)), options);
  }
  const std::string text = TRY(ReadAll(fd, applocker::kMaxPolicyBytes));
  return applocker::ReadPolicy(MemorySource(AsBytes(text)), options);
}

// A pipe that nobody writes to ends at once instead of hanging; one with a writer is waited for.
UniqueFd OpenInput(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (fd.valid()) fcntl(fd.get(), F_SETFL, 0);
  return fd;
}

}  // namespace

Result<applocker::PolicyDocument> ReadPolicyFile(const std::string& path, const Io& io,
                                                 const applocker::ReadOptions& options) {
  const bool is_standard_input = path == "-";
  UniqueFd opened;
  if (!is_standard_input) {
    opened = OpenInput(path);
    if (!opened.valid())
      return Fail(ErrorCode::kIo, fmt::format("{}: {}", path, std::strerror(errno)));
  }
  auto document = ReadFrom(is_standard_input ? io.in_fd : opened.get(), options);
  if (!document) {
    return Fail(document.error().code, fmt::format("{}: {}", path, document.error().message));
  }
  return document;
}

Result<std::vector<NamedPolicy>> ReadNamedPolicies(
    const std::vector<std::string>& files, const Io& io, const applocker::ReadOptions& options,
    const std::function<void(const std::string&)>& warn) {
  std::vector<NamedPolicy> policies;
  for (const std::string& file : files) {
    auto document = TRY(ReadPolicyFile(file, io, options));
    for (const auto& warning : document.warnings) {
      warn(fmt::format("{}: warning: {}", file, ToString(warning)));
    }
    if (!document.policy) return Unexpected(Refusal(file, document));
    policies.push_back({file, *std::move(document.policy)});
  }
  return policies;
}

Result<std::vector<NamedPolicy>> ReadNamedPolicies(const std::vector<std::string>& files, Io& io,
                                                   const applocker::ReadOptions& options) {
  return ReadNamedPolicies(files, io, options,
                           [&](const std::string& warning) { PrintError(io, warning); });
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

}  // namespace portcullis::cli
