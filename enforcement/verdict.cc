// SPDX-License-Identifier: Apache-2.0
#include "enforcement/verdict.h"

#include <algorithm>

namespace portcullis::enforcement {
namespace {

using applocker::CollectionType;

std::vector<CollectionType> CollectionsFor(Operation operation, const FileIdentity& identity) {
  if (operation == Operation::kExecute && IsUnidentified(identity)) {
    return {CollectionType::kExe, CollectionType::kScript};
  }
  const auto collection = CollectionFor(operation, identity.kind);
  return collection ? std::vector{*collection} : std::vector<CollectionType>();
}

bool AllowsEveryone(const PolicyInForce& force, const VerdictQuestion& question,
                    Operation operation, const FileAttributes& file) {
  const auto collections = CollectionsFor(operation, question.identity);
  return std::ranges::all_of(collections, [&](CollectionType collection) {
    const Request request{operation, collection, &file, nullptr, {}};
    return force.bounds().AllowEveryone(force.policies(), request);
  });
}

int Weight(const Decision& decision) {
  if (decision.would_block()) return 3;
  if (IsDenial(decision.verdict)) return 2;
  return decision.verdict == Verdict::kAllowed ? 1 : 0;
}

}  // namespace

FileIdentity UnidentifiedFile() {
  FileIdentity identity;
  identity.unknown = {true, true};
  return identity;
}

bool IsUnidentified(const FileIdentity& identity) {
  return identity.kind == FileKind::kUnknown && identity.unknown.hash;
}

std::shared_ptr<KnownVerdict> DecideVerdict(const PolicyInForce& force,
                                            const VerdictQuestion& question) {
  const FileAttributes file =
      MakeFileAttributes(question.identity, question.spellings, force.policies().settings());
  auto verdict = std::make_shared<KnownVerdict>();
  bool is_first = true;
  for (const CollectionType collection : CollectionsFor(question.operation, question.identity)) {
    const Request request{question.operation, collection, &file, &question.token, {}};
    const Decision decision = Decide(force.policies(), request);
    if (is_first || Weight(decision) > Weight(verdict->decision)) verdict->decision = decision;
    is_first = false;
  }
  return verdict;
}

bool AllowsEveryone(const PolicyInForce& force, const VerdictQuestion& question) {
  const FileAttributes file =
      MakeFileAttributes(question.identity, question.spellings, force.policies().settings());
  return AllowsEveryone(force, question, question.operation, file);
}

bool AllowsEveryoneEverything(const PolicyInForce& force, const VerdictQuestion& question,
                              bool opens_are_judged) {
  const FileAttributes file =
      MakeFileAttributes(question.identity, question.spellings, force.policies().settings());
  const auto allowed = [&](Operation operation) {
    return AllowsEveryone(force, question, operation, file);
  };
  return allowed(Operation::kExecute) &&
         (!opens_are_judged || (allowed(Operation::kLoad) && allowed(Operation::kScript)));
}

bool MayBlock(const PolicyInForce& force, Operation operation) {
  if (operation == Operation::kExecute) {
    return force.enforces(CollectionType::kExe) || force.enforces(CollectionType::kScript);
  }
  const auto collection = CollectionFor(operation, FileKind::kUnknown);
  return collection && force.enforces(*collection);
}

}  // namespace portcullis::enforcement
