// SPDX-License-Identifier: Apache-2.0
// `portcullis policy check`: every error and warning of each policy.
#include <fmt/core.h>

#include <algorithm>

#include "base/json_writer.h"
#include "cli/commands.h"
#include "cli/policy_file.h"
#include "cli/text.h"

namespace portcullis::cli {
namespace {

using applocker::Diagnostic;
using applocker::PolicyDocument;

void WriteDiagnostics(JsonWriter& json, std::string_view key,
                      const std::vector<Diagnostic>& diagnostics) {
  json.Key(key).BeginArray();
  for (const Diagnostic& diagnostic : diagnostics) {
    json.BeginObject()
        .Number("line", diagnostic.line)
        .Number("column", diagnostic.column)
        .String("id", diagnostic.id)
        .String("message", diagnostic.message)
        .EndObject();
  }
  json.EndArray();
}

std::string JsonOf(const std::string& file, const PolicyDocument& document) {
  std::string line;
  JsonWriter json(line);
  json.BeginObject().Bytes("file", file).Bool("ok", document.accepted());
  json.Key("collections").BeginArray();
  for (const auto& collection : document.collections) {
    json.BeginObject()
        .String("type", collection.type)
        .String("enforcement", ToString(collection.enforcement))
        .Number("rules", collection.rules)
        .EndObject();
  }
  json.EndArray();
  WriteDiagnostics(json, "errors", document.errors);
  WriteDiagnostics(json, "warnings", document.warnings);
  json.EndObject();
  return line + '\n';
}

std::string PlaceOf(const std::string& file, const Diagnostic& diagnostic) {
  if (diagnostic.line == 0) return file;
  return fmt::format("{}:{}:{}", file, diagnostic.line, diagnostic.column);
}

// As compilers print: editors jump to the place.
std::string TextOf(const std::string& file, const PolicyDocument& document) {
  std::string text;
  const auto add = [&](std::string_view severity, const Diagnostic& diagnostic) {
    text += Printable(fmt::format("{}: {}: {} [{}]", PlaceOf(file, diagnostic), severity,
                                  diagnostic.message, diagnostic.id)) +
            "\n";
  };
  for (const Diagnostic& error : document.errors) add("error", error);
  for (const Diagnostic& warning : document.warnings) add("warning", warning);
  if (!document.accepted()) {
    return text + Printable(file) + ": refused, " +
           Count(document.errors.size(), "error", "errors") + "\n";
  }
  std::string collections;
  for (const auto& collection : document.collections) {
    collections +=
        fmt::format("{}{} {} ({})", collections.empty() ? "" : ", ", Printable(collection.type),
                    Count(collection.rules, "rule", "rules"), ToString(collection.enforcement));
  }
  return text + Printable(file) + ": good; " +
         (collections.empty() ? "no collections" : collections) + "\n";
}

PolicyDocument Unreadable(const Error& error) {
  PolicyDocument document;
  document.errors.push_back({0, 0, "unreadable", error.message});
  return document;
}

}  // namespace

ExitStatus RunPolicyCheck(const Options& options, Io& io) {
  applocker::ReadOptions read;
  read.strict = options.strict;
  read.schema_only = options.schema_only;
  ExitStatus status = ExitStatus::kDone;
  for (const std::string& file : options.paths) {
    auto document = ReadPolicyFile(file, io, read);
    if (!document) {
      PrintError(io, document.error().message);
      document = Unreadable(document.error());
      if (!options.json) {
        status = ExitStatus::kFailed;
        continue;
      }
    }
    if (!document->accepted()) {
      // Every error is on standard output; one line here names the file and the first, as
      // everywhere.
      if (document->errors.front().id != "unreadable") {
        PrintError(io, Refusal(file, *document).message);
      }
      status = ExitStatus::kFailed;
    }
    io.out.Write(options.json ? JsonOf(file, *document) : TextOf(file, *document));
  }
  return status;
}

}  // namespace portcullis::cli
