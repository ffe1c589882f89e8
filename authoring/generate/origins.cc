// SPDX-License-Identifier: Apache-2.0
#include "authoring/generate/origins.h"

#include <set>

#include "base/json_writer.h"

namespace portcullis {
namespace {

void BeginOrigin(JsonWriter& json, const RuleOrigin& origin) {
  json.BeginObject()
      .String("rule", origin.rule.ToString())
      .String("collection", ToString(origin.collection));
}

void WriteHash(JsonWriter& json, const std::optional<FileDigest>& digest) {
  json.Key("hash");
  if (!digest) {
    json.Null();
    return;
  }
  json.BeginObject()
      .String("type", ToString(digest->type))
      .String("data", DigestText(*digest))
      .EndObject();
}

std::string LineOf(const RuleOrigin& origin, const SeenFile& file) {
  std::string line;
  JsonWriter json(line);
  BeginOrigin(json, origin);
  json.Bytes("machine", file.machine).Bytes("path", file.path);
  WriteHash(json, file.digest);
  WritePublisher(json, file.publisher);
  json.EndObject();
  return line + '\n';
}

std::string LineOf(const RuleOrigin& origin, const KnownBypass& bypass) {
  std::string line;
  JsonWriter json(line);
  BeginOrigin(json, origin);
  json.String("known_bypass", bypass.name)
      .String("source", bypass.source)
      .String("added", bypass.added)
      .EndObject();
  return line + '\n';
}

}  // namespace

std::string OriginLines(const Generated& generated, const std::vector<SeenFile>& files) {
  std::string text;
  for (const RuleOrigin& origin : generated.origins) {
    // Machine and path stand in front of what differs: sorted as they are to be read.
    std::set<std::string> lines;
    for (const uint32_t file : origin.files) lines.insert(LineOf(origin, files[file]));
    if (origin.bypass != nullptr) lines.insert(LineOf(origin, *origin.bypass));
    for (const std::string& line : lines) text += line;
  }
  return text;
}

size_t CountMachines(const RuleOrigin& origin, const std::vector<SeenFile>& files) {
  std::set<std::string_view> machines;
  for (const uint32_t file : origin.files) machines.insert(files[file].machine);
  return machines.size();
}

}  // namespace portcullis
