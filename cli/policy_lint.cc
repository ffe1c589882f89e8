// SPDX-License-Identifier: Apache-2.0
// `portcullis policy lint`: what is wrong with policies.
#include <fcntl.h>
#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "authoring/access/combined_write_access.h"
#include "authoring/facts.h"
#include "authoring/lint/lint.h"
#include "authoring/lint/sarif.h"
#include "base/byte_source.h"
#include "base/unique_fd.h"
#include "cli/commands.h"
#include "cli/config_files.h"
#include "cli/known_folders.h"
#include "cli/policy_file.h"
#include "cli/text.h"
#include "cli/version.h"

namespace portcullis::cli {
namespace {

using lint::CheckInfo;
using lint::FileFindings;
using lint::Finding;
using lint::Severity;

// ---- The command line

Result<lint::LintChoice> ChoiceOf(const PolicyLintOptions& options) {
  lint::LintChoice choice;
  const std::vector<CheckInfo> checks = lint::AllChecks();
  for (const std::string& id : SplitList(options.disabled)) {
    if (std::ranges::find(checks, id, &CheckInfo::id) == checks.end()) {
      return Fail(ErrorCode::kMalformed,
                  fmt::format("--disable: there is no check {}", Printable(id)));
    }
    choice.disabled.insert(id);
  }
  choice.least = lint::ParseSeverity(options.min_severity).value_or(Severity::kNote);
  return choice;
}

// ---- What is known beside the policy

Result<UniqueFd> OpenFile(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd.valid()) return Fail(ErrorCode::kIo, fmt::format("{}: {}", path, std::strerror(errno)));
  return fd;
}

Error In(const std::string& path, const Error& error) {
  return {error.code, fmt::format("{}: {}", path, error.message)};
}

Result<lint::FlatHashes> LoadFacts(const std::vector<std::string>& files,
                                   const HostConfig& config) {
  lint::FlatHashes hashes;
  const PathSpeller speller(config, MountTable(), {});
  for (const std::string& file : files) {
    const UniqueFd fd = TRY(OpenFile(file));
    const auto read =
        ForEachFactLine(fd.get(), [&](const std::string& line, uint64_t) -> Result<void> {
          hashes.Add(TRY(ParseFact(line, speller)));
          return {};
        });
    if (!read) return Unexpected(In(file, read.error()));
  }
  return hashes;
}

// Standard input and compiled policies have no places.
std::optional<lint::Places> PlacesIn(const std::string& file) {
  const UniqueFd fd(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file == "-" || !fd.valid()) return std::nullopt;
  const auto source = FdSource::Create(fd.get());
  if (!source) return std::nullopt;
  return lint::Places::Read(*source);
}

// ---- Printing

std::string PlaceOf(const std::string& file, const Finding& finding) {
  if (finding.line == 0) return file;
  if (finding.column == 0) return fmt::format("{}:{}", file, finding.line);
  return fmt::format("{}:{}:{}", file, finding.line, finding.column);
}

// As compilers print, with the reason and the way out below.
std::string TextOf(const std::string& file, const Finding& finding) {
  const std::string subject = finding.rule ? fmt::format("rule \"{}\"", finding.rule_name)
                                           : fmt::format("collection {}", finding.collection);
  std::string text = Printable(fmt::format("{}: {}: {} {} [{}]", PlaceOf(file, finding),
                                           ToString(finding.check->severity), subject,
                                           finding.message, finding.check->id));
  return fmt::format("{}\n    why: {}\n    fix: {}\n", text, finding.check->why,
                     finding.check->fix);
}

size_t CountOf(const std::vector<FileFindings>& files, Severity severity) {
  size_t count = 0;
  for (const FileFindings& file : files) {
    count += static_cast<size_t>(std::ranges::count_if(file.findings, [&](const Finding& finding) {
      return finding.check->severity == severity;
    }));
  }
  return count;
}

std::string SummaryOf(const std::vector<FileFindings>& files) {
  return fmt::format("{}, {}, {}\n", Count(CountOf(files, Severity::kError), "error", "errors"),
                     Count(CountOf(files, Severity::kWarning), "warning", "warnings"),
                     Count(CountOf(files, Severity::kNote), "note", "notes"));
}

void Print(const std::vector<FileFindings>& files, const std::string& format, Io& io) {
  if (format == "sarif") {
    io.out.Write(lint::SarifOf(files, lint::AllChecks(), kVersion) + "\n");
    return;
  }
  for (const FileFindings& file : files) {
    for (const Finding& finding : file.findings) {
      io.out.Write(format == "json" ? lint::JsonOf(file.file, finding) + "\n"
                                    : TextOf(file.file, finding));
    }
  }
  if (format == "table") io.out.Write(SummaryOf(files));
}

// ---- The run

struct Known {
  HostConfig config;
  lint::LintChoice choice;
  std::unique_ptr<KnownFolders> folders;
  std::unique_ptr<const WritableTrees> access;
  lint::FlatHashes facts;
};

Result<Known> LoadKnown(const Options& options, lint::LintChoice choice) {
  Known known;
  known.config = TRY(LoadHostConfig(options.host_config));
  known.choice = std::move(choice);
  const PolicyLintOptions& lint = options.authoring.policy_lint;
  known.folders = TRY(KnownFolders::Load(lint.host ? ThisHost::kAsked : ThisHost::kNotAsked,
                                         lint.folders, known.config));
  const bool is_linux_alone = known.folders->is_linux_alone();
  known.access = std::make_unique<CombinedWriteAccess>(
      known.folders->host(), is_linux_alone ? nullptr : &known.folders->windows());
  known.facts = TRY(LoadFacts(options.facts, known.config));
  return known;
}

Result<FileFindings> LintFile(const std::string& file, const Known& known, const Io& io) {
  const applocker::PolicyDocument document = TRY(ReadPolicyFile(file, io, {}));
  if (!document.policy) return Unexpected(Refusal(file, document));
  const std::optional<lint::Places> places = PlacesIn(file);
  lint::LintInput input{*document.policy, *known.access};
  input.places = places ? &*places : nullptr;
  input.facts = &known.facts;
  input.config = known.config;
  input.is_for_linux = known.folders->is_linux_alone();
  auto findings = lint::LintPolicy(input, known.choice);
  if (!findings) return Unexpected(In(file, findings.error()));
  return FileFindings{file, *std::move(findings)};
}

ExitStatus StatusOf(const std::vector<FileFindings>& files) {
  const size_t serious = CountOf(files, Severity::kWarning) + CountOf(files, Severity::kError);
  return serious > 0 ? ExitStatus::kFound : ExitStatus::kDone;
}

}  // namespace

ExitStatus RunPolicyLint(const Options& options, Io& io) {
  auto choice = ChoiceOf(options.authoring.policy_lint);
  if (!choice) {
    PrintError(io, choice.error().message);
    return ExitStatus::kUsage;
  }
  const auto known = LoadKnown(options, *std::move(choice));
  if (!known) {
    PrintError(io, known.error().message);
    return ExitStatus::kFailed;
  }
  std::vector<FileFindings> files;
  ExitStatus status = ExitStatus::kDone;
  for (const std::string& file : options.paths) {
    auto linted = LintFile(file, *known, io);
    if (!linted) {
      PrintError(io, linted.error().message);
      status = ExitStatus::kFailed;
      continue;
    }
    files.push_back(*std::move(linted));
  }
  Print(files, options.authoring.policy_lint.format, io);
  return std::max(status, StatusOf(files));
}

}  // namespace portcullis::cli
