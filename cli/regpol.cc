// SPDX-License-Identifier: Apache-2.0
// `portcullis regpol`: what a group policy's Registry.pol sets, an entry a line.
#include "formats/registry/regpol.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/json_writer.h"
#include "cli/commands.h"
#include "cli/text.h"
#include "host/read_file.h"

namespace portcullis::cli {
namespace {

using registry::Entry;
using registry::Type;

std::string TypeText(Type type) {
  const std::string_view name = registry::NameOf(type);
  return name.empty() ? fmt::format("0x{:X}", static_cast<uint32_t>(type)) : std::string(name);
}

// What the data says; where it has not the form of its type, null, and its bytes say it.
void WriteData(JsonWriter& json, const Entry& entry) {
  json.Key("data");
  if (const auto number = registry::NumberOf(entry)) {
    json.Number(*number);
  } else if (const auto text = registry::TextOf(entry)) {
    json.String(*text);
  } else if (const auto texts = registry::TextsOf(entry)) {
    json.BeginArray();
    for (const std::string& one : *texts) json.String(one);
    json.EndArray();
  } else if (entry.type == Type::kNone || entry.type == Type::kBinary ||
             (entry.type > Type::kMultiSz && entry.type != Type::kQword)) {
    json.String(HexLower(entry.data));
  } else {
    json.Null();
  }
}

std::string JsonOf(const Entry& entry) {
  std::string line;
  JsonWriter json(line);
  json.BeginObject()
      .String("key", entry.key)
      .String("value", entry.value)
      .String("type", TypeText(entry.type));
  WriteData(json, entry);
  json.String("bytes", HexLower(entry.data)).Key("special");
  if (const auto special = registry::SpecialOf(entry.value)) {
    json.BeginObject()
        .String("action", ToString(special->action))
        .String("name", special->name)
        .EndObject();
  } else {
    json.Null();
  }
  json.EndObject();
  return line + '\n';
}

std::string DataText(const Entry& entry) {
  if (const auto number = registry::NumberOf(entry)) {
    return fmt::format("{} (0x{:X})", *number, *number);
  }
  if (const auto text = registry::TextOf(entry)) return Printable(*text);
  if (const auto texts = registry::TextsOf(entry)) {
    std::string joined;
    for (const std::string& one : *texts) {
      joined += fmt::format("{}{}", joined.empty() ? "" : "; ", Printable(one));
    }
    return joined;
  }
  return HexUpper(entry.data);
}

std::string TextOf(const std::vector<Entry>& entries) {
  std::string text;
  std::string_view key;
  for (const Entry& entry : entries) {
    if (text.empty() || entry.key != key) text += Printable(entry.key) + "\n";
    key = entry.key;
    const std::string name = entry.value.empty() ? "(Default)" : Printable(entry.value);
    text += fmt::format("  {}  {}  {}\n", Padded(name, 24), Padded(TypeText(entry.type), 13),
                        DataText(entry));
  }
  return text + Count(entries.size(), "entry", "entries") + "\n";
}

Result<std::vector<Entry>> ReadEntries(const std::string& file, const Io& io) {
  const std::string content = TRY(file == "-" ? ReadAll(io.in_fd, registry::kMaxRegistryPolBytes)
                                              : ReadFile(file, registry::kMaxRegistryPolBytes));
  return registry::ParseRegistryPol(AsBytes(content));
}

}  // namespace

ExitStatus RunRegpol(const Options& options, Io& io) {
  ExitStatus status = ExitStatus::kDone;
  for (const std::string& file : options.paths) {
    const auto entries = ReadEntries(file, io);
    if (!entries) {
      PrintError(io, fmt::format("{}: {}", file, entries.error().message));
      status = ExitStatus::kFailed;
      continue;
    }
    if (!options.json) {
      io.out.Write(TextOf(*entries));
      continue;
    }
    for (const Entry& entry : *entries) io.out.Write(JsonOf(entry));
  }
  return status;
}

}  // namespace portcullis::cli
