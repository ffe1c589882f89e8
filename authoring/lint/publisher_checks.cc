// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "authoring/lint/check.h"
#include "authoring/lint/rule_facts.h"
#include "base/quote.h"
#include "policy/applocker/model.h"

namespace portcullis::lint {
namespace {

using applocker::Action;
using applocker::CollectionType;
using applocker::FilePublisherCondition;
using applocker::Rule;

template <typename Use>
void ForEachPublisher(const Rule& rule, const Use& use) {
  for (const applocker::Condition* condition : ConditionsOf(rule)) {
    if (const auto* publisher = PublisherOf(*condition)) use(*publisher);
  }
}

void PublisherWildcard(const CheckRun& run, const Rule& rule) {
  ForEachPublisher(rule, [&](const FilePublisherCondition& publisher) {
    for (const std::string* text : {&publisher.publisher_name, &publisher.product_name}) {
      if (*text == "*" || text->find('*') == std::string::npos) continue;
      run.TellOf(rule, fmt::format("{} has a star among other letters", Quote(*text)));
    }
  });
}

void PublisherForm(const CheckRun& run, const Rule& rule) {
  ForEachPublisher(rule, [&](const FilePublisherCondition& publisher) {
    const std::string& name = publisher.publisher_name;
    if (name == "*" || name.find('=') != std::string::npos) return;
    run.TellOf(rule, fmt::format("the publisher {} is no distinguished name", Quote(name)));
  });
}

void EmptyVersionRange(const CheckRun& run, const Rule& rule) {
  ForEachPublisher(rule, [&](const FilePublisherCondition& publisher) {
    const auto& [low, high] = publisher.binary_version_range;
    if (!low || !high || *low <= *high) return;
    run.TellOf(rule, fmt::format("LowSection {} is above HighSection {}", low->ToString(),
                                 high->ToString()));
  });
}

void EmptyField(const CheckRun& run, const Rule& rule) {
  if (run.collection.type == CollectionType::kAppx) return;
  ForEachPublisher(rule, [&](const FilePublisherCondition& publisher) {
    if (publisher.product_name.empty()) {
      run.TellOf(rule, "the product is empty, which is not `any product`");
    } else if (publisher.binary_name.empty()) {
      run.TellOf(rule, "the file name is empty, which is not `any name`");
    }
  });
}

bool AllowsAnyPublisher(const Rule& rule) {
  const auto* const publisher = PublisherOf(rule.condition);
  return publisher != nullptr && rule.action == Action::kAllow &&
         !IsAdministrative(rule.user_or_group_sid) && publisher->publisher_name == "*";
}

bool IsForPackages(const CheckRun& run) {
  return run.collection.type == CollectionType::kAppx ||
         run.collection.type == CollectionType::kMsi;
}

void AnyPublisher(const CheckRun& run, const Rule& rule) {
  if (IsForPackages(run) || run.collection.type == CollectionType::kManagedInstaller) return;
  if (AllowsAnyPublisher(rule)) run.TellOf(rule, "allows files of whatever publisher");
}

void AnySignedPackage(const CheckRun& run, const Rule& rule) {
  if (!IsForPackages(run) || !AllowsAnyPublisher(rule)) return;
  run.TellOf(rule, fmt::format("allows every signed {}",
                               run.collection.type == CollectionType::kAppx ? "packaged app"
                                                                            : "installer"));
}

constexpr Check kChecks[] = {
    {{"publisher-wildcard", Severity::kWarning,
      "In a publisher and a product `*` means any only when it stands alone; among other letters "
      "it is a letter.",
      "Write the name in full, or `*` alone."},
     PublisherWildcard},
    {{"publisher-form", Severity::kWarning,
      "A file's publisher is the distinguished name of who signed it (O=..., L=..., S=..., C=...), "
      "so no file has this one.",
      "Copy the publisher as `inspect` prints it."},
     PublisherForm},
    {{"empty-version-range", Severity::kWarning,
      "No version is above the one and below the other, so the condition matches no file.",
      "Exchange LowSection and HighSection."},
     EmptyVersionRange},
    {{"empty-publisher-field", Severity::kNote,
      "An empty field matches only files whose field is empty too.",
      "Write `*` where any will do."},
     EmptyField},
    {{"any-publisher", Severity::kWarning,
      "Anyone can buy a certificate, so a file of whatever publisher is a file of whoever wants to "
      "run one.",
      "Name the publishers that are trusted."},
     AnyPublisher},
    {{"any-signed-package", Severity::kNote,
      "The default rules allow these; anyone can buy a certificate.",
      "Name the publishers that are trusted."},
     AnySignedPackage},
};

}  // namespace

std::span<const Check> PublisherChecks() { return kChecks; }

}  // namespace portcullis::lint
