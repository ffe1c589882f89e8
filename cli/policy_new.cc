// SPDX-License-Identifier: Apache-2.0
// `portcullis policy new`: a policy out of files that were seen.
#include <fmt/core.h>

#include <array>
#include <filesystem>
#include <map>

#include "authoring/generate/generate.h"
#include "authoring/generate/origins.h"
#include "base/json_writer.h"
#include "cli/commands.h"
#include "cli/known_folders.h"
#include "cli/policy_new_values.h"
#include "cli/seen_files.h"
#include "cli/text.h"
#include "host/replace_file.h"

namespace portcullis::cli {
namespace {

constexpr size_t kShownSkipped = 10;

struct Made {
  SeenFiles seen;
  Generated generated;
  std::string xml;
};

bool GivesInput(const Options& options) {
  const PolicyNewOptions& asked = options.authoring.policy_new;
  return !options.paths.empty() || !options.facts.empty() || asked.from_events ||
         asked.default_rules;
}

// Who may write: here, and where facts and a log that was brought here are from. That is this host
// only where --host says so.
struct Folders {
  std::unique_ptr<KnownFolders> here;
  std::unique_ptr<KnownFolders> elsewhere;
};

Result<Folders> LoadFolders(const PolicyNewOptions& asked, const HostConfig& config) {
  Folders folders;
  folders.here = TRY(KnownFolders::Load(ThisHost::kAsked, std::nullopt, config));
  folders.elsewhere = TRY(KnownFolders::Load(asked.host ? ThisHost::kAsked : ThisHost::kNotAsked,
                                             asked.folders, config));
  return folders;
}

void Ask(const Folders& folders, const PolicyNewOptions& asked, GenerateOptions& how) {
  how.here_access = folders.here->host();
  how.host_access = folders.elsewhere->host();
  how.windows_access = &folders.elsewhere->windows();
  // The groups of an account are those of this host.
  if (asked.host && !folders.elsewhere->is_host_described()) how.writers = how.here_writers;
}

Result<Made> Make(const Options& options, const Values& values, GenerateOptions how, Io& io) {
  TRY_VOID(FindUser(options, values, how));
  const FileContext context = TRY(LoadFileContext(options, values, io));
  const PolicyNewOptions& asked = options.authoring.policy_new;
  const Folders folders = TRY(LoadFolders(asked, context.speller->config()));
  Ask(folders, asked, how);
  how.whole_folders = TRY(SpellFolders(asked.whole, *context.speller));
  Made made;
  made.seen = TRY(CollectSeenFiles(options, context, io));
  made.generated = TRY(GeneratePolicy(made.seen.files, how));
  made.xml = TRY(WriteGenerated(made.generated));
  return made;
}

bool IsFile(const std::string& output) { return !output.empty() && output != "-"; }

std::string OriginsPath(const Options& options) {
  const auto& asked = options.authoring.policy_new.origins;
  if (asked) return *asked;
  return IsFile(options.output) ? options.output + ".origins.jsonl" : std::string();
}

Result<void> Write(const std::string& path, std::string_view text) {
  const auto written = ReplaceFile(path, text);
  if (written) return {};
  return Fail(written.error().code, fmt::format("{}: {}", path, written.error().message));
}

Result<void> Check(const std::string& path) {
  const auto replaceable = CheckReplaceable(path);
  if (replaceable) return {};
  return Fail(replaceable.error().code, fmt::format("{}: {}", path, replaceable.error().message));
}

// The same file, whether it is there or not, as far as can be told.
bool AreOneFile(const std::string& a, const std::string& b) {
  std::error_code error;
  const auto where = [&error](const std::string& path) {
    return std::filesystem::weakly_canonical(std::filesystem::absolute(path, error), error);
  };
  return where(a) == where(b);
}

// What is wrong with where the origins are to go; empty: nothing.
std::string WrongOrigins(const Options& options) {
  const auto& asked = options.authoring.policy_new.origins;
  if (!asked) return {};
  if (!IsFile(*asked)) return "--origins: the path of a file is needed";
  if (IsFile(options.output) && AreOneFile(*asked, options.output)) {
    return fmt::format("--origins {}: the policy is written there", *asked);
  }
  return {};
}

// A policy is never there without what it came from, nor is the former origins' file lost where the
// policy can not be written.
Result<void> WriteFiles(const Options& options, const Made& made, Io& io) {
  const std::string origins = OriginsPath(options);
  if (IsFile(options.output)) TRY_VOID(Check(options.output));
  if (!origins.empty()) {
    TRY_VOID(Write(origins, OriginLines(made.generated, made.seen.files)));
  }
  if (IsFile(options.output)) return Write(options.output, made.xml);
  io.out.Write(made.xml);
  io.out.Flush();
  return {};
}

std::string RuleLines(const Made& made) {
  std::string text;
  for (const RuleOrigin& origin : made.generated.origins) {
    JsonWriter json(text);
    json.BeginObject()
        .String("rule", origin.rule.ToString())
        .String("collection", ToString(origin.collection))
        .String("name", origin.name)
        .Number("files", origin.files.size())
        .Number("machines", CountMachines(origin, made.seen.files))
        .EndObject();
    text += '\n';
  }
  return text;
}

std::string CollectionLines(const Made& made) {
  std::map<applocker::CollectionType, size_t> files;
  for (const RuleOrigin& origin : made.generated.origins) {
    files[origin.collection] += origin.files.size();
  }
  std::string text;
  for (const auto& collection : made.generated.policy.collections) {
    text += fmt::format("{}: {} for {}\n", ToString(*collection.type),
                        Count(collection.rules.size(), "rule", "rules"),
                        Count(files[*collection.type], "file", "files"));
  }
  return text;
}

void PrintNotes(const Made& made, Io& io) {
  for (const std::string& note : made.generated.notes) PrintError(io, "note: " + note);
  const auto& skipped = made.generated.skipped;
  for (size_t i = 0; i < std::min(skipped.size(), kShownSkipped); ++i) {
    PrintError(io, fmt::format("warning: {}: no rule: {}",
                               Printable(made.seen.files[skipped[i].file].path), skipped[i].why));
  }
  if (skipped.size() > kShownSkipped) {
    PrintError(io, fmt::format("warning: {} more files have no rule",
                               Grouped(skipped.size() - kShownSkipped)));
  }
  if (made.seen.not_judged > 0) {
    PrintError(io, fmt::format("note: no collection judges {}",
                               Count(made.seen.not_judged, "file", "files")));
  }
  if (made.seen.unreadable > 0) {
    PrintError(io, Count(made.seen.unreadable, "file", "files") + " could not be read");
  }
}

}  // namespace

ExitStatus RunPolicyNew(const Options& options, Io& io) {
  const auto wrong = [&io](const std::string& message) {
    PrintError(io, message);
    return ExitStatus::kUsage;
  };
  if (!GivesInput(options)) {
    return wrong("policy new: no PATH, --facts, --events or --default-rules is given");
  }
  const std::string wrong_origins = WrongOrigins(options);
  if (!wrong_origins.empty()) return wrong(wrong_origins);
  const auto values = ParseValues(options);
  if (!values) return wrong(values.error().message);
  const auto how = ParseNewOptions(options);
  if (!how) return wrong(how.error().message);
  const auto made = Make(options, *values, *how, io);
  const auto written = made ? WriteFiles(options, *made, io) : Unexpected(made.error());
  if (!written) {
    PrintError(io, written.error().message);
    return ExitStatus::kFailed;
  }
  PrintNotes(*made, io);
  // Standard output has the policy where no file does.
  Output& out = IsFile(options.output) ? io.out : io.err;
  out.Write(options.json ? RuleLines(*made) : CollectionLines(*made));
  return ExitStatus::kDone;
}

}  // namespace portcullis::cli
