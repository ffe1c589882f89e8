// SPDX-License-Identifier: Apache-2.0
// `portcullis catalog index`: makes the index by which catalogs are found.
#include <fmt/core.h>

#include "base/json_writer.h"
#include "cli/commands.h"
#include "cli/text.h"
#include "host/catalog_files.h"

namespace portcullis::cli {
namespace {

std::string TextOf(const CatalogIndexing& report) {
  return fmt::format("{}: {} with {}; {} read anew; the index {}\n", Printable(report.directory),
                     Count(report.catalogs, "catalog", "catalogs"),
                     Count(report.digests, "digest", "digests"), report.catalogs - report.unchanged,
                     report.is_written ? "was written" : "stays as it was");
}

std::string JsonOf(const CatalogIndexing& report) {
  std::string line;
  JsonWriter json(line);
  json.BeginObject()
      .Bytes("directory", report.directory)
      .Number("catalogs", report.catalogs)
      .Number("unchanged", report.unchanged)
      .Number("digests", report.digests)
      .Bool("written", report.is_written)
      .Key("left_out")
      .BeginArray();
  for (const LeftOutCatalog& one : report.left_out) {
    json.BeginObject().Bytes("file", one.name).String("reason", one.reason).EndObject();
  }
  json.EndArray().EndObject();
  return line + '\n';
}

}  // namespace

ExitStatus RunCatalogIndex(const Options& options, Io& io) {
  const auto report = IndexCatalogs(options.catalogs.value_or(kDefaultCatalogDirectory));
  if (!report) {
    PrintError(io, report.error().message);
    return ExitStatus::kFailed;
  }
  if (!report->former_problem.empty()) {
    PrintError(io, "the former index was of no use: " + report->former_problem);
  }
  for (const LeftOutCatalog& one : report->left_out) {
    PrintError(io, fmt::format("{}/{}: left out: {}", report->directory, one.name, one.reason));
  }
  io.out.Write(options.json ? JsonOf(*report) : TextOf(*report));
  return report->left_out.empty() ? ExitStatus::kDone : ExitStatus::kFound;
}

}  // namespace portcullis::cli
