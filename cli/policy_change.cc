// SPDX-License-Identifier: Apache-2.0
#include "cli/policy_change.h"

#include <fmt/core.h>

#include <chrono>
#include <filesystem>

#include "authoring/change/checked_text.h"
#include "base/byte_source.h"
#include "cli/policy_file.h"
#include "host/file_lock.h"
#include "host/read_file.h"
#include "host/replace_file.h"
#include "policy/applocker/limits.h"
#include "policy/compiled/policy_image.h"

namespace portcullis::cli {
namespace {

using applocker::AppLockerPolicy;
using applocker::PolicyDocument;

constexpr std::chrono::milliseconds kLockPatience{10'000};

Unexpected About(const std::string& file, const Error& error) {
  return Fail(error.code, fmt::format("{}: {}", file, error.message));
}

Result<AppLockerPolicy> Accepted(const std::string& file, PolicyDocument document, Io& io) {
  for (const auto& warning : document.warnings) {
    PrintError(io, fmt::format("{}: warning: {}", file, ToString(warning)));
  }
  if (!document.policy) return Unexpected(Refusal(file, document));
  return *std::move(document.policy);
}

struct Original {
  std::string text;
  AppLockerPolicy policy;
};

Result<Original> ReadOriginal(const std::string& file, bool in_place, Io& io) {
  auto text = file == "-" ? ReadAll(io.in_fd, applocker::kMaxPolicyBytes)
                          : ReadFile(file, applocker::kMaxPolicyBytes);
  if (!text) return About(file, text.error());
  if (compiled::LooksCompiled(AsBytes(*text))) {
    return Fail(ErrorCode::kUnsupported,
                fmt::format("{}: is a compiled policy: change the XML that it was made of", file));
  }
  PolicyDocument document = applocker::ReadPolicy(MemorySource(AsBytes(*text)));
  if (in_place && document.is_fragment) {
    return Fail(ErrorCode::kUnsupported,
                fmt::format("{}: is a lone collection: write a whole policy with -o", file));
  }
  return Original{*std::move(text), TRY(Accepted(file, std::move(document), io))};
}

// Who changes the same policy waits from its reading to its replacing, by whichever link it names
// it. One that is not there is told of by who reads it.
Result<UniqueFd> LockPolicy(const std::string& file) {
  std::error_code error;
  const auto path = std::filesystem::canonical(file, error);
  if (error) return UniqueFd();
  return LockFile(path.string() + ".lock", kLockPatience);
}

}  // namespace

Result<std::vector<NamedPolicy>> ReadModels(const std::vector<std::string>& files, Io& io) {
  std::vector<NamedPolicy> policies;
  for (const std::string& file : files) {
    PolicyDocument document = TRY(ReadPolicyFile(file, io, {}));
    policies.push_back({file, TRY(Accepted(file, std::move(document), io))});
  }
  return policies;
}

Result<void> WriteModel(const AppLockerPolicy& policy, const std::string& output, Io& io) {
  const std::string text = TRY(authoring::WriteCheckedPolicy(policy));
  if (output.empty() || output == "-") {
    io.out.Write(text);
    return {};
  }
  const auto written = ReplaceFile(output, text);
  return written ? Result<void>() : About(output, written.error());
}

ExitStatus ChangePolicy(const Options& options, Io& io,
                        const std::function<Result<void>(AppLockerPolicy& policy)>& change) {
  const std::string& file = options.paths.front();
  const bool in_place = options.output.empty() && file != "-";
  std::error_code error;
  const bool is_own_output = std::filesystem::equivalent(file, options.output, error);
  const auto lock = in_place || is_own_output ? LockPolicy(file) : Result<UniqueFd>(UniqueFd());
  if (!lock) return EndWithError(io, lock.error());
  auto original = ReadOriginal(file, in_place, io);
  if (!original) return EndWithError(io, original.error());
  AppLockerPolicy policy = original->policy;
  if (const auto changed = change(policy); !changed) {
    return EndWithError(
        io, {changed.error().code, fmt::format("{}: {}", file, changed.error().message)});
  }
  if (in_place && policy == original->policy) return ExitStatus::kDone;
  const auto written = WriteModel(policy, in_place ? file : options.output, io);
  return written ? ExitStatus::kDone : EndWithError(io, written.error());
}

ExitStatus EndWithError(Io& io, const Error& error) {
  PrintError(io, error.message);
  return ExitStatus::kFailed;
}

}  // namespace portcullis::cli
