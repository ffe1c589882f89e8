// SPDX-License-Identifier: Apache-2.0
#include "cli/preflight_report.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "base/json_writer.h"
#include "cli/text.h"
#include "host/mount_table.h"

namespace portcullis::cli {

using enforcement::NeededFileBlocked;
using enforcement::RuleAdvice;

std::vector<NeededFileBlocked> Preflight(const PolicySet& policies, const PreflightWorld& world) {
  const auto mounts = MountTable::OfThisProcess(world.host.network_file_systems);
  const bool is_here = world.root.empty();
  const PathSpeller speller(world.host, is_here ? mounts.value_or(MountTable()) : MountTable(), {});
  enforcement::PreflightSetup setup;
  setup.root = world.root;
  setup.speller = &speller;
  setup.service_process = world.service_process;
  setup.trust = world.trust;
  setup.catalogs = world.catalogs;
  setup.file_systems = world.file_systems;
  setup.at = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::error_code error;
  const auto own = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error && is_here) setup.own_programs = {own.string()};
  return RunPreflight(policies, setup);
}

std::string TextOf(const std::vector<NeededFileBlocked>& blocked) {
  std::string text;
  std::vector<RuleAdvice> advice;
  for (const NeededFileBlocked& one : blocked) {
    text += Printable(one.ToSentence()) + "\n";
    for (const RuleAdvice& more : one.advice) {
      if (std::ranges::find(advice, more) == advice.end()) advice.push_back(more);
    }
  }
  for (const RuleAdvice& one : advice) {
    text += fmt::format("-> {}\n   {}\n", Printable(one.ToWords()), Printable(one.ToXml()));
  }
  return text;
}

std::string JsonOf(const std::vector<NeededFileBlocked>& blocked) {
  std::string text;
  for (const NeededFileBlocked& one : blocked) {
    JsonWriter json(text);
    json.BeginObject()
        .String("group", one.group)
        .Bytes("path", one.path)
        .String("collection", ToString(one.collection))
        .Bool("blocked", !one.is_audited)
        .Key("askers")
        .BeginArray();
    for (const std::string& asker : one.askers) json.String(asker);
    json.EndArray().Key("rule");
    if (one.rule_id.empty()) {
      json.Null();
    } else {
      json.BeginObject().String("id", one.rule_id).String("name", one.rule_name).EndObject();
    }
    json.Key("advice").BeginArray();
    for (const RuleAdvice& advice : one.advice) {
      json.BeginObject().String("text", advice.ToWords()).String("xml", advice.ToXml()).EndObject();
    }
    json.EndArray().EndObject();
    text += '\n';
  }
  return text;
}

}  // namespace portcullis::cli
