// SPDX-License-Identifier: Apache-2.0
#include "authoring/lint/sarif.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/json_writer.h"

namespace portcullis::lint {
namespace {

constexpr std::string_view kSchema = "https://json.schemastore.org/sarif-2.1.0.json";

// A file's name as a relative reference of RFC 3986.
std::string UriOf(std::string_view path) {
  std::string uri;
  for (const char c : path) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') ||
                          std::string_view("-._~/").find(c) != std::string_view::npos;
    uri += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<uint8_t>(c));
  }
  return uri;
}

void WriteText(JsonWriter& json, std::string_view key, std::string_view text) {
  json.Key(key).BeginObject().String("text", text).EndObject();
}

void WriteRule(JsonWriter& json, const CheckInfo& check) {
  json.BeginObject().String("id", check.id);
  WriteText(json, "shortDescription", check.why);
  WriteText(json, "fullDescription", check.why);
  WriteText(json, "help", check.fix);
  json.Key("defaultConfiguration").BeginObject().String("level", ToString(check.severity));
  json.EndObject().EndObject();
}

void WriteLocation(JsonWriter& json, const std::string& file, const Finding& finding) {
  json.BeginObject().Key("physicalLocation").BeginObject();
  json.Key("artifactLocation").BeginObject().String("uri", UriOf(file)).EndObject();
  if (finding.line > 0) {
    json.Key("region").BeginObject().Number("startLine", finding.line);
    if (finding.column > 0) json.Number("startColumn", finding.column);
    json.EndObject();
  }
  json.EndObject().Key("logicalLocations").BeginArray().BeginObject();
  const std::string id = finding.rule ? finding.rule->ToString() : std::string();
  json.String("name", finding.rule ? finding.rule_name : finding.collection);
  json.String("fullyQualifiedName",
              id.empty() ? finding.collection : finding.collection + "/" + id);
  json.EndObject().EndArray().EndObject();
}

void WriteResult(JsonWriter& json, const std::string& file, const Finding& finding,
                 std::span<const CheckInfo> checks) {
  const auto rule = std::ranges::find(checks, finding.check->id, &CheckInfo::id);
  json.BeginObject()
      .String("ruleId", finding.check->id)
      .Number("ruleIndex", static_cast<uint64_t>(rule - checks.begin()))
      .String("level", ToString(finding.check->severity));
  WriteText(json, "message", finding.message);
  json.Key("locations").BeginArray();
  WriteLocation(json, file, finding);
  json.EndArray().EndObject();
}

}  // namespace

std::string JsonOf(std::string_view file, const Finding& finding) {
  std::string line;
  JsonWriter json(line);
  json.BeginObject()
      .Bytes("file", file)
      .Number("line", finding.line)
      .Number("column", finding.column)
      .String("id", finding.check->id)
      .String("severity", ToString(finding.check->severity))
      .String("collection", finding.collection);
  json.Key("rule");
  if (finding.rule) {
    json.BeginObject().String("id", finding.rule->ToString()).String("name", finding.rule_name);
    json.EndObject();
  } else {
    json.Null();
  }
  json.String("message", finding.message)
      .String("why", finding.check->why)
      .String("fix", finding.check->fix)
      .EndObject();
  return line;
}

std::string SarifOf(std::span<const FileFindings> files, std::span<const CheckInfo> checks,
                    std::string_view version) {
  std::string text;
  JsonWriter json(text);
  json.BeginObject().String("$schema", kSchema).String("version", "2.1.0");
  json.Key("runs").BeginArray().BeginObject();
  json.Key("tool").BeginObject().Key("driver").BeginObject();
  json.String("name", "portcullis").String("version", version);
  json.Key("rules").BeginArray();
  for (const CheckInfo& check : checks) WriteRule(json, check);
  json.EndArray().EndObject().EndObject();
  json.String("columnKind", "unicodeCodePoints");
  json.Key("results").BeginArray();
  for (const FileFindings& file : files) {
    for (const Finding& finding : file.findings) WriteResult(json, file.file, finding, checks);
  }
  json.EndArray().EndObject().EndArray().EndObject();
  return text;
}

}  // namespace portcullis::lint
