// SPDX-License-Identifier: Apache-2.0
#include "eventlog/event_hash.h"

namespace portcullis::eventlog {
namespace {

void AddSid(KeyedHash& hash, const std::optional<Sid>& sid) {
  hash.Number(sid ? 1 : 0);
  if (!sid) return;
  hash.Number(sid->authority()).Number(sid->sub_authorities().size());
  for (const uint32_t sub : sid->sub_authorities()) hash.Number(sub);
}

void AddRule(KeyedHash& hash, const EventRule& rule) {
  hash.Text(rule.id).Text(rule.name).Text(rule.sddl).Text(rule.policy).Number(rule.is_deny ? 1 : 0);
}

void AddFile(KeyedHash& hash, const EventFile& file) {
  hash.Text(file.path).Number(file.path_verified ? 1 : 0).Text(file.macro_path);
  hash.Number(file.size).Number(file.inode).Number(file.device);
  hash.Optional(file.owner_uid).Optional(file.owner_gid).Optional(file.mode);
  hash.Optional(file.mtime_ns).OptionalText(file.sha256).OptionalText(file.rule_sha256);
  hash.Number(file.unknown.hash ? 1 : 0).Number(file.unknown.publisher ? 1 : 0);
  hash.Number(file.publisher ? 1 : 0);
  if (!file.publisher) return;
  hash.Text(file.publisher->publisher).Text(file.publisher->product);
  hash.Text(file.publisher->binary).Number(file.publisher->version.packed);
}

void AddAccount(KeyedHash& hash, const EventProcess& process) {
  hash.Optional(process.uid).Optional(process.gid).Optional(process.login_uid);
  hash.Optional(process.session_id).Number(process.terminal).Text(process.user);
  AddSid(hash, process.user_sid);
  hash.Number(process.is_service ? 1 : 0);
}

template <typename E>
void AddEnum(KeyedHash& hash, E value) {
  hash.Number(static_cast<uint64_t>(value));
}

void AddDecision(KeyedHash& hash, const DecisionEvent& decision) {
  AddEnum(hash, decision.operation);
  AddEnum(hash, decision.verdict);
  hash.Number(decision.collection ? static_cast<uint64_t>(*decision.collection) + 1 : 0);
  AddEnum(hash, decision.enforcement);
  AddEnum(hash, decision.reason);
  hash.Number(decision.blocked ? 1 : 0);
  AddEnum(hash, decision.answered_by);
  hash.Number(decision.rule ? 1 : 0);
  if (decision.rule) AddRule(hash, *decision.rule);
  AddFile(hash, decision.file);
  AddAccount(hash, decision.process);
  hash.Text(decision.process.program);
}

}  // namespace

Hash128 HashOf(const EventRule& rule, const HashKey& key) {
  KeyedHash hash(key);
  AddRule(hash, rule);
  return hash.Finish();
}

Hash128 HashOf(const EventFile& file, const HashKey& key) {
  KeyedHash hash(key);
  AddFile(hash, file);
  return hash.Finish();
}

Hash128 HashOfAccount(const EventProcess& process, const HashKey& key) {
  KeyedHash hash(key);
  AddAccount(hash, process);
  return hash.Finish();
}

Hash128 HashOfProgram(const EventProcess& process, const HashKey& key) {
  return KeyedHash(key).Text(process.program).Finish();
}

Hash128 HashForFolding(const Event& event, const HashKey& key) {
  KeyedHash hash(key);
  AddEnum(hash, event.id);
  hash.Number(event.generation).Number(event.decision ? 1 : 0);
  if (event.decision) AddDecision(hash, *event.decision);
  return hash.Text(event.text).Finish();
}

}  // namespace portcullis::eventlog
