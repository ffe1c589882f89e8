// SPDX-License-Identifier: Apache-2.0
// The file of a decision, as `inspect` prints one and `test --facts` judges it (docs/cli-json.md
// "Facts").
#include <fmt/core.h>

#include "eventlog/event_words.h"
#include "eventlog/json_members.h"
#include "eventlog/rendering.h"

namespace portcullis::eventlog {
namespace {

void WriteHash(JsonWriter& json, HashType type, HashForm form, std::string_view digits) {
  json.BeginObject().String("type", ToString(type)).String("form", ToString(form));
  json.String("data", fmt::format("0x{}", VisibleUtf8(digits))).EndObject();
}

// What a rule of each type would compare. SHA-1 is not in an event.
void WriteHashes(JsonWriter& json, const EventFile& file) {
  const bool is_flat = file.rule_sha256 == file.sha256;
  const HashForm form = is_flat ? HashForm::kFlat : HashForm::kAuthenticode;
  json.Key("hash");
  WriteHash(json, HashType::kSha256, form, *file.rule_sha256);
  json.Key("hashes").BeginArray();
  WriteHash(json, HashType::kSha256, form, *file.rule_sha256);
  if (file.sha256) WriteHash(json, HashType::kSha256Flat, HashForm::kFlat, *file.sha256);
  json.EndArray();
}

void WritePublisher(JsonWriter& json, const FullyQualifiedBinaryName& name) {
  json.Key("publisher").BeginObject();
  WriteText(json, "publisher", name.publisher);
  WriteText(json, "product", name.product);
  WriteText(json, "binary", name.binary);
  json.String("version", name.version.ToString()).EndObject();
}

// A verified path is left to the macro table of whoever judges: the event holds one spelling of
// several.
void WritePaths(JsonWriter& json, const EventFile& file) {
  json.Bytes("path", file.path.empty() ? kUnset : std::string_view(file.path));
  if (file.path_verified && !file.path.empty()) return;
  json.Key("paths").BeginArray();
  if (!file.path.empty()) {
    json.BeginObject().Bytes("text", file.path).Bool("verified", false).EndObject();
  }
  json.EndArray();
}

// The reader refuses what is unknown and given: the event had no time for it then.
void WriteAttributes(JsonWriter& json, const EventFile& file) {
  const bool hash_unknown = file.unknown.hash || (!file.sha256 && !file.rule_sha256);
  const bool publisher_unknown = file.unknown.publisher || (hash_unknown && !file.publisher);
  if (!hash_unknown && file.rule_sha256) {
    WriteHashes(json, file);
  } else {
    json.Null("hash");
  }
  if (file.publisher && !file.publisher->publisher.empty() && !publisher_unknown) {
    WritePublisher(json, *file.publisher);
  } else {
    json.Null("publisher");
  }
  json.Key("unknown").BeginArray();
  if (hash_unknown) json.String("hash");
  if (publisher_unknown) json.String("publisher");
  json.EndArray();
}

}  // namespace

std::string RenderFacts(const Event& event) {
  if (!event.decision || !EffectOf(event.id)) return {};
  const DecisionEvent& decision = *event.decision;
  std::string line;
  JsonWriter json(line);
  json.BeginObject().Number("schema", 1);
  WritePaths(json, decision.file);
  json.String("operation", ToString(decision.operation)).Key("collection");
  const bool is_judged =
      decision.collection && *decision.collection != applocker::CollectionType::kManagedInstaller;
  is_judged ? json.String(ToString(*decision.collection)) : json.Null();
  json.Number("size", decision.file.size);
  if (decision.file.sha256) WriteText(json, "sha256", *decision.file.sha256);
  WriteAttributes(json, decision.file);
  json.EndObject();
  return line;
}

}  // namespace portcullis::eventlog
