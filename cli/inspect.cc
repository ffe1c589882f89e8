// SPDX-License-Identifier: Apache-2.0
// `portcullis inspect`: what each file is.
#include <fmt/core.h>

#include "base/bytes.h"
#include "base/utc_time.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/signature_text.h"
#include "cli/text.h"
#include "identity/appx_identity.h"
#include "policy/derive_operation.h"

namespace portcullis::cli {
namespace {

const std::vector<Column>& Columns() {
  static const std::vector<Column> columns = {{"COLLECTION", 10}, {"KIND", 7},     {"SIZE", 13},
                                              {"SIGNATURE", 10},  {"SHA-256", 12}, {"PATH", 0}};
  return columns;
}

std::string CollectionText(const FileReport& report) {
  return report.collection ? ToString(*report.collection) : "-";
}

std::string RowOf(const FileReport& report) {
  const FileIdentity& identity = report.identity;
  const std::string size = Grouped(identity.size);
  return TableRow(Columns(),
                  {CollectionText(report), ToString(identity.kind),
                   std::string(13 - std::min<size_t>(13, Width(size)), ' ') + size,
                   ToString(identity.signature.status),
                   HexLower(Bytes(identity.sha256)).substr(0, 12), Printable(report.path)});
}

class Record {
 public:
  explicit Record(std::string_view path) : text_(Printable(path) + "\n") {}
  void Line(std::string_view label, std::string_view text) {
    if (!text.empty()) text_ += "  " + Padded(label, 12) + Printable(text) + "\n";
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string OperationText(const FileReport& report) {
  if (!report.operation) return "none: no rule collection judges it";
  std::string text = fmt::format("{}, judged by the {} rules", ToString(*report.operation),
                                 CollectionText(report));
  if (const auto host = JudgedInPlace(report.identity)) {
    text += fmt::format("; Windows itself judges {}, which runs it", *host);
  }
  return text;
}

void AddSignature(Record& record, const FileIdentity& identity) {
  const SignatureReport& signature = identity.signature;
  record.Line("signature",
              signature.reason.empty()
                  ? std::string(ToString(signature.status))
                  : fmt::format("{}: {}", ToString(signature.status), signature.reason));
  record.Line("catalog", signature.catalog);
  record.Line("signer", signature.subject);
  record.Line("issuer", signature.issuer);
  if (signature.timestamp) record.Line("signed at", FormatUtcTime(*signature.timestamp));
  if (identity.publisher) {
    const auto& name = *identity.publisher;
    record.Line("publisher", name.publisher);
    record.Line("product", name.product.empty() ? "(none)" : name.product);
    record.Line("binary", name.binary.empty() ? "(none)" : name.binary);
    record.Line("version", name.version.ToString());
    return;
  }
  record.Line("publisher", "none: the file counts as unsigned");
  if (identity.version_info) {
    const VersionInfo& info = *identity.version_info;
    record.Line("version", fmt::format("{} {} {}", info.product_name, info.original_filename,
                                       info.file_version.ToString()));
  }
}

void AddPackage(Record& record, const PackageIdentity& package) {
  const char* what = package.is_bundle ? "bundle" : "package";
  if (package.is_encrypted) {
    record.Line(what, "encrypted: its content can not be read");
    return;
  }
  record.Line(what, fmt::format("{} {}{}{}", package.name, package.version.ToString(),
                                package.architecture.empty() ? "" : " ", package.architecture));
  record.Line("family", PackageFamilyName(package));
  record.Line("from", package.publisher);
}

// One file as a block of labelled lines: for files that were named.
std::string RecordOf(const FileReport& report) {
  const FileIdentity& identity = report.identity;
  Record record(report.path);
  record.Line("kind", fmt::format("{}, {}", ToString(identity.kind),
                                  Count(identity.size, "byte", "bytes")));
  record.Line("operation", OperationText(report));
  record.Line("sha256", HexLower(Bytes(identity.sha256)));
  for (const FileHashCandidate& candidate : identity.hashes) {
    record.Line("hash rule", fmt::format("{} {} ({})", ToString(candidate.digest.type),
                                         DigestText(candidate.digest), ToString(candidate.form)));
  }
  if (identity.package) AddPackage(record, *identity.package);
  if (identity.catalog) {
    record.Line("lists", fmt::format("{}, {} with a digest that counts (version {})",
                                     Count(identity.catalog->members, "member", "members"),
                                     identity.catalog->digests, identity.catalog->version));
  }
  AddSignature(record, identity);
  for (const LabelledLine& line : SignatureLines(identity.signatures)) {
    record.Line(line.label, line.text);
  }
  std::string_view label = "rules see";
  for (const PathSpelling& path : report.paths) {
    record.Line(label, path.verified ? path.text : path.text + " (only claimed)");
    label = "";
  }
  return record.text();
}

std::string JsonOf(const FileReport& report, const Options& options) {
  std::string line;
  JsonWriter json(line);
  json.BeginObject();
  WriteReport(json, report);
  if (options.verbose) WriteSignatures(json, report.identity.signatures);
  json.EndObject();
  return line + '\n';
}

// A row a file; else a block of lines.
bool IsTable(const Options& options) { return options.recursive && !options.verbose; }

FileLine LineOf(const FileReport& report, const Options& options) {
  FileLine line = StartLine(report);
  if (report.problem) {
    line.text = ProblemLine(report);
  } else if (options.json) {
    line.text = JsonOf(report, options);
  } else {
    line.text = IsTable(options) ? RowOf(report) : RecordOf(report);
  }
  return line;
}

}  // namespace

ExitStatus RunInspect(const Options& options, Io& io) {
  if (options.paths.empty()) {
    PrintError(io, "inspect: no PATH is given");
    return ExitStatus::kUsage;
  }
  const auto values = ParseValues(options);
  if (!values) {
    PrintError(io, values.error().message);
    return ExitStatus::kUsage;
  }
  const auto context = LoadFileContext(options, *values, io);
  if (!context) {
    PrintError(io, context.error().message);
    return ExitStatus::kFailed;
  }
  if (IsTable(options) && !options.json) io.out.Write(TableHead(Columns()));
  LinePrinter printer(io, options.json ? PrintMode::kJson : PrintMode::kTable);
  const FileRun run{options, *context, io,
                    options.recursive ? Directories::kWalk : Directories::kRefuse};
  const auto done = ForEachFile(
      run, [&](const FileReport& report) { return LineOf(report, options); },
      [&](const FileLine& line) { printer.Print(line); });
  printer.EndProgress();
  if (!done) {
    PrintError(io, done.error().message);
    return ExitStatus::kFailed;
  }
  if (printer.unreadable() > 0) {
    PrintError(io, Count(printer.unreadable(), "file", "files") + " could not be read");
  }
  // Bad input: what could be said of it stands in the output all the same.
  if (printer.damaged() > 0 && printer.damaged() == printer.readable()) return ExitStatus::kFailed;
  if (printer.readable() > 0) return ExitStatus::kDone;
  if (printer.unreadable() == 0) PrintError(io, kNothingFound);
  return ExitStatus::kFailed;
}

}  // namespace portcullis::cli
