// SPDX-License-Identifier: Apache-2.0
#include "cli/policy_set.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "api/control_client.h"
#include "base/held_bytes.h"
#include "base/json_writer.h"
#include "cli/commands.h"
#include "cli/config_files.h"
#include "cli/policy_file.h"
#include "cli/preflight_report.h"
#include "cli/service_policies.h"
#include "cli/srp_file.h"
#include "cli/text.h"
#include "host/catalog_files.h"
#include "host/former_file.h"
#include "host/path_variables.h"
#include "host/read_file.h"
#include "host/replace_file.h"
#include "host/trust_files.h"
#include "policy/applocker/limits.h"
#include "policy/compiled/policy_image.h"

namespace portcullis::cli {
namespace {

using enforcement::NeededFileBlocked;
using enforcement::TrialEnd;
using enforcement::TrialRecord;
using enforcement::Trials;
using std::chrono::milliseconds;

// What was asked for, understood.
struct Wanted {
  std::string name;     // of the content, for messages
  std::string content;  // of the new policy
  std::optional<milliseconds> trial;
  std::vector<std::string> accepted;
};

Result<std::optional<milliseconds>> TrialTime(const Options& options) {
  if (!options.set.trial) return std::nullopt;
  const auto time = enforcement::ParseDuration(*options.set.trial);
  if (time && *time >= enforcement::kShortestTrial && *time <= enforcement::kLongestTrial) {
    return *time;
  }
  return Fail(
      ErrorCode::kMalformed,
      fmt::format(
          "--try {}: expected 1s to {}min", *options.set.trial,
          std::chrono::duration_cast<std::chrono::minutes>(enforcement::kLongestTrial).count()));
}

Result<std::vector<std::string>> Accepted(const Options& options) {
  const std::vector<std::string> known = NeededGroups();
  std::vector<std::string> accepted = SplitList(options.set.accept_blocked);
  for (const std::string& name : accepted) {
    if (std::ranges::find(known, name) != known.end()) continue;
    std::string all;
    for (const std::string& group : known) all += (all.empty() ? "" : ", ") + group;
    return Fail(ErrorCode::kMalformed,
                fmt::format("--accept-blocked {}: no such name; known are {}", name, all));
  }
  return accepted;
}

// The bytes that are judged are those that are put in place, whatever becomes of the file.
Result<std::string> ReadContent(const std::string& path, const Io& io) {
  auto content = path == "-" ? ReadAll(io.in_fd, applocker::kMaxPolicyFileBytes)
                             : ReadFile(path, applocker::kMaxPolicyFileBytes);
  if (content) return content;
  return Fail(content.error().code, fmt::format("{}: {}", path, content.error().message));
}

Result<PolicySet> FromCompiled(const std::string& path, const std::string& content) {
  auto image = compiled::PolicyImage::Open(CopyAligned(AsBytes(content)));
  if (!image) {
    return Fail(image.error().code, fmt::format("{}: {}", path, image.error().message));
  }
  std::vector<NamedPolicy> policies;
  policies.push_back({path, {}, *std::move(image)});
  return PolicySet::Builder().AddMergedLayer(std::move(policies)).Build();
}

Result<PolicySet> FromSrp(const std::string& path, const std::string& content,
                          const HostConfig& host, Io& io) {
  const srp::RegistryReading reading = TRY(portcullis::ReadSrpFiles(
      {path}, std::nullopt, [&content](const std::string&) { return content; }));
  PrintNotes(reading.notes, io);
  return PolicySet::Builder()
      .AddMergedLayer(TRY(NamedPoliciesOf(reading, path)))
      .SetSrpEnvironment(PathEnvironment(host))
      .Build();
}

Result<PolicySet> Compile(const std::string& path, const std::string& content,
                          const HostConfig& host, Io& io) {
  if (LooksLikeSrpContent(content)) return FromSrp(path, content, host, io);
  if (compiled::LooksCompiled(AsBytes(content))) return FromCompiled(path, content);
  applocker::ReadOptions read;
  read.strict = true;
  auto document = applocker::ReadPolicy(MemorySource(AsBytes(content)), read);
  for (const auto& warning : document.warnings) {
    PrintError(io, fmt::format("{}: warning: {}", path, ToString(warning)));
  }
  if (!document.policy) return Unexpected(Refusal(path, document));
  return PolicySet::Builder().AddMergedLayer({{path, *std::move(document.policy)}}).Build();
}

// Whether it may be put in force; says what would be blocked.
bool Passes(const std::vector<NeededFileBlocked>& blocked, const std::vector<std::string>& accepted,
            const Options& options, Io& io) {
  std::set<std::string> refused;
  for (const NeededFileBlocked& one : blocked) {
    const bool is_accepted = std::ranges::find(accepted, one.group) != accepted.end();
    if (!one.is_audited && !is_accepted) refused.insert(one.group);
  }
  io.out.Write(options.json ? JsonOf(blocked) : TextOf(blocked));
  if (refused.empty()) return true;
  std::string names;
  for (const std::string& name : refused) names += (names.empty() ? "" : ",") + name;
  PrintError(io, fmt::format("nothing was changed: the policy would block what this machine needs; "
                             "mend it as said above, or set it with --accept-blocked {}",
                             names));
  return false;
}

// The policy's file changes; nobody else changes it meanwhile.
class Replacement {
 public:
  Replacement(const PolicyPlace& place, Trials trials)
      : place_(place),
        trials_(std::move(trials)),
        kept_(place.policy, applocker::kMaxPolicyFileBytes) {}

  Result<void> Make(const Wanted& wanted, Io& io) {
    const auto lock = trials_.Lock();
    if (!lock) return Unexpected(lock.error());
    enforcement::TrialNews news;
    const auto under_way = TRY(trials_.UnderWay(news));
    for (const auto& event : news.events) PrintError(io, event.text);
    if (under_way) {
      return Fail(ErrorCode::kUnsupported,
                  fmt::format("the policy {} is on trial: confirm it (portcullis policy confirm) "
                              "or end the trial (portcullis policy revert) first",
                              under_way->policy));
    }
    if (std::filesystem::exists(place_.policy)) {
      former_ = TRY(ReadFile(place_.policy, applocker::kMaxPolicyFileBytes));
    }
    if (wanted.trial) trial_ = TRY(trials_.Begin(place_.policy, *wanted.trial));
    const auto replaced = Replace(wanted.content);
    if (replaced) return {};
    [[maybe_unused]] const auto kept = kept_.TakeBack();
    if (trial_) Undo();
    return replaced;
  }

  // The service refused what is in place.
  Result<void> TakeBack() {
    const auto lock = trials_.Lock();
    if (!lock) return Unexpected(lock.error());
    [[maybe_unused]] const auto kept = kept_.TakeBack();
    if (trial_) return Undo();
    if (former_) return ReplaceFile(place_.policy, *former_);
    std::error_code error;
    std::filesystem::remove(place_.policy, error);
    return error ? Fail(ErrorCode::kIo, error.message()) : Result<void>();
  }

  bool has_trial() const { return trial_.has_value(); }

 private:
  // What is there now is kept first, for --undo; but for what would be the same. A trial keeps it
  // when it is confirmed: one that goes back leaves what is kept.
  Result<void> Replace(const std::string& content) {
    if (!trial_ && former_ != content) TRY_VOID(kept_.Keep(former_));
    auto replaced = ReplaceFile(place_.policy, content);
    if (replaced) return replaced;
    return Fail(replaced.error().code,
                fmt::format("{}: {}", place_.policy, replaced.error().message));
  }

  // Unless its time has ended it already.
  Result<void> Undo() {
    const auto under_way = TRY(trials_.Find());
    if (!under_way || *under_way != *trial_) return {};
    return trials_.End(*trial_, TrialEnd::kRefused);
  }

  const PolicyPlace& place_;
  Trials trials_;
  FormerFile kept_;
  std::optional<std::string> former_;
  std::optional<TrialRecord> trial_;
};

ExitStatus Failed(Io& io, const std::string& message) {
  PrintError(io, message);
  return ExitStatus::kFailed;
}

ExitStatus PutInForce(const Wanted& wanted, const PolicyPlace& place, const Options& options,
                      const PolicyWorld& world, Io& io) {
  Replacement replacement(place, Trials(place.service.journal.state_directory, world.clock));
  const auto made = replacement.Make(wanted, io);
  if (!made) return Failed(io, "nothing was changed: " + made.error().message);
  const auto generation = world.reload(place.socket);
  if (!generation && generation.error().code != ErrorCode::kNotFound) {
    const auto back = replacement.TakeBack();
    // What the service had of it, if it answered too late.
    [[maybe_unused]] const auto again = world.reload(place.socket);
    return Failed(
        io, fmt::format("the service refused the policy: {}; {}", generation.error().message,
                        back ? "the former one is back in its place"
                             : "the former one could not be put back: " + back.error().message));
  }
  PolicyOutcome outcome{generation ? "in-force" : "in-place", place.policy, std::nullopt,
                        std::nullopt};
  if (generation) outcome.generation = *generation;
  if (replacement.has_trial()) {
    outcome.trial_seconds = static_cast<uint64_t>(wanted.trial->count() + 999) / 1000;
  }
  PrintOutcome(outcome, options, io);
  return ExitStatus::kDone;
}

}  // namespace

PolicyWorld PolicyWorld::OfThisMachine() {
  PolicyWorld world;
  world.reload = [](const std::string& socket) -> Result<uint64_t> {
    if (socket.empty()) return Fail(ErrorCode::kNotFound, "control-socket = none");
    return api::AskToReload(socket);
  };
  return world;
}

Result<PolicyPlace> LoadPolicyPlace(const Options& options) {
  PolicyPlace place;
  place.host = TRY(LoadHostConfig(options.host_config));
  place.service = TRY(LoadServiceConfig(options.service_config));
  std::error_code error;
  place.policy =
      std::filesystem::absolute(options.set.policy.value_or(kDefaultPolicy), error).string();
  place.socket = options.set.socket.value_or(place.service.control.socket);
  if (error) return Fail(ErrorCode::kIo, error.message());
  return place;
}

void PrintOutcome(const PolicyOutcome& outcome, const Options& options, Io& io) {
  if (options.json) {
    std::string line;
    JsonWriter json(line);
    json.BeginObject().String("result", outcome.result).Bytes("policy", outcome.policy);
    outcome.generation ? json.Number("generation", *outcome.generation) : json.Null("generation");
    outcome.trial_seconds ? json.Number("trial_seconds", *outcome.trial_seconds)
                          : json.Null("trial_seconds");
    json.EndObject();
    return io.out.Write(line + "\n");
  }
  std::string text = Printable(outcome.policy) + ": ";
  text += outcome.result.starts_with("in-") ? "in place" : outcome.result;
  text += outcome.generation
              ? fmt::format(", in force as generation {}", *outcome.generation)
              : std::string("; no service was told: one reads it when it starts, or by SIGHUP");
  if (outcome.trial_seconds) {
    text += fmt::format(
        "\non trial: unless `portcullis policy confirm` is run within {} s, the "
        "former policy comes back",
        *outcome.trial_seconds);
  }
  io.out.Write(text + "\n");
}

namespace {

// What the policy would block of what this machine needs.
Result<std::vector<NeededFileBlocked>> AskPreflight(const PolicySet& policies,
                                                    const PolicyPlace& place,
                                                    const Options& options,
                                                    const PolicyWorld& world) {
  const TrustStore trust = TRY(LoadTrustStore(options.trust));
  const auto catalogs = TRY(LoadCatalogs(options.catalogs, CatalogAccess::kWhenNeeded));
  return Preflight(policies, {world.root, place.host, place.service.service_process, &trust,
                              catalogs.get(), place.service.file_systems});
}

ExitStatus SetContent(const Wanted& wanted, const PolicyPlace& place, const Options& options,
                      const PolicyWorld& world, Io& io) {
  const auto policies = Compile(wanted.name, wanted.content, place.host, io);
  if (!policies) return Failed(io, policies.error().message);
  const auto blocked = AskPreflight(*policies, place, options, world);
  if (!blocked) return Failed(io, blocked.error().message);
  if (!Passes(*blocked, wanted.accepted, options, io)) return ExitStatus::kFound;
  return PutInForce(wanted, place, options, world, io);
}

// The former policy is asked anew what it would block: the machine needs other files than then, and
// what was accepted once is said again.
ExitStatus UndoSet(Wanted wanted, const PolicyPlace& place, const Options& options, Io& io,
                   const PolicyWorld& world) {
  const FormerFile former(place.policy, applocker::kMaxPolicyFileBytes);
  auto content = former.Read();
  if (!content) return Failed(io, "nothing was changed: " + content.error().message);
  const auto now = ReadFile(place.policy, applocker::kMaxPolicyFileBytes);
  if (now && *now == *content) {
    return Failed(
        io, fmt::format("nothing was changed: {} is the former policy already", place.policy));
  }
  wanted.name = former.path();
  wanted.content = *std::move(content);
  return SetContent(wanted, place, options, world, io);
}

}  // namespace

ExitStatus SetPolicy(const Options& options, Io& io, const PolicyWorld& world) {
  const auto usage = [&](const Error& error) {
    PrintError(io, error.message);
    return ExitStatus::kUsage;
  };
  Wanted wanted;
  const auto time = TrialTime(options);
  if (!time) return usage(time.error());
  wanted.trial = *time;
  const auto accepted = Accepted(options);
  if (!accepted) return usage(accepted.error());
  wanted.accepted = *accepted;
  if (options.set.undo != options.paths.empty()) {
    return usage({ErrorCode::kMalformed, "policy set: either FILE or --undo is expected"});
  }
  const auto place = LoadPolicyPlace(options);
  if (!place) return Failed(io, place.error().message);
  if (options.set.undo) return UndoSet(std::move(wanted), *place, options, io, world);
  const std::string& file = options.paths.front();
  auto content = ReadContent(file, io);
  if (!content) return Failed(io, content.error().message);
  wanted.name = file;
  wanted.content = *std::move(content);
  return SetContent(wanted, *place, options, world, io);
}

ExitStatus RunPolicySet(const Options& options, Io& io) {
  return SetPolicy(options, io, PolicyWorld::OfThisMachine());
}

}  // namespace portcullis::cli
