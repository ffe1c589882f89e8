// SPDX-License-Identifier: Apache-2.0
#include "cli/serve_summary.h"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>

#include "base/json_writer.h"
#include "cli/serve_printer.h"
#include "cli/text.h"

namespace portcullis::cli {
namespace {

using enforcement::DecisionRecord;

std::string CollectionOf(const DecisionRecord& record) {
  return record.collection ? ToString(*record.collection) : "-";
}

uint64_t Total(const std::map<std::string, uint64_t>& counts) {
  return std::accumulate(counts.begin(), counts.end(), uint64_t{0},
                         [](uint64_t sum, const auto& count) { return sum + count.second; });
}

// " (51 Exe, 6 Script)"
std::string Listed(const std::map<std::string, uint64_t>& counts) {
  if (counts.empty()) return "";
  std::string text;
  for (const auto& [name, count] : counts) {
    text += fmt::format("{}{} {}", text.empty() ? " (" : ", ", Grouped(count),
                        name == "-" ? "of no collection" : name);
  }
  return text + ')';
}

}  // namespace

void ServeSummary::Add(const DecisionRecord& record) {
  const std::string effect = EffectOf(record);
  if (effect.empty()) {
    ++allowed_[CollectionOf(record)];
    service_exempt_ += record.reason == Reason::kServiceExempt ? 1 : 0;
    return;
  }
  ++effects_[effect];
  std::string user = record.process.user;
  if (user.empty() && record.process.user_sid) user = record.process.user_sid->ToString();
  const Denial denial{record.file.path, CollectionOf(record), effect, RuleOrReason(record), user};
  const auto found = denied_.find(denial);
  if (found != denied_.end()) {
    ++found->second;
  } else if (denied_.size() < kMaxDeniedFiles) {
    denied_.emplace(denial, 1);
  } else {
    ++denied_elsewhere_;
  }
}

std::vector<ServeSummary::Counted> ServeSummary::MostFirst() const {
  std::vector<Counted> denied(denied_.begin(), denied_.end());
  std::ranges::stable_sort(denied, std::greater<>(), &Counted::second);
  return denied;
}

std::string ServeSummary::Table(std::chrono::milliseconds elapsed, size_t columns) const {
  std::string text =
      fmt::format("\nIn {:.0f} s: {} allowed{}", static_cast<double>(elapsed.count()) / 1000,
                  Count(Total(allowed_), "run recorded as", "runs recorded as"), Listed(allowed_));
  text += fmt::format("; {} denied{}.\n", Count(Total(effects_), "run", "runs"), Listed(effects_));
  if (service_exempt_ > 0) {
    text += fmt::format("{} of the allowed were left alone as service processes.\n",
                        Grouped(service_exempt_));
  }
  if (lost_ > 0) text += Count(lost_, "record was", "records were") + " dropped.\n";
  if (denied_.empty()) return text;

  const std::vector<Column> head = {{"RUNS", 6},
                                    {"EFFECT", 11},
                                    {"COLLECTION", 10},
                                    {"USER", 10},
                                    {"RULE OR REASON", std::clamp<size_t>(columns / 4, 20, 40)},
                                    {"FILE", 0}};
  text += '\n';
  text += TableHead(head);
  const std::vector<Counted> denied = MostFirst();
  const size_t shown = std::min(denied.size(), kShownDenied);
  for (size_t i = 0; i < shown; ++i) {
    const auto& [denial, runs] = denied[i];
    text += TableRow(head, {Grouped(runs), denial.effect, denial.collection, Printable(denial.user),
                            Printable(denial.rule), Printable(denial.path)});
  }
  if (denied.size() > shown || denied_elsewhere_ > 0) {
    text += fmt::format("and {} more rows.\n", Grouped(denied.size() - shown + denied_elsewhere_));
  }
  return text;
}

std::string ServeSummary::Json(std::chrono::milliseconds elapsed) const {
  std::string line;
  JsonWriter json(line);
  json.BeginObject()
      .String("event", "summary")
      .Number("milliseconds", static_cast<uint64_t>(elapsed.count()))
      .Number("allowed", Total(allowed_))
      .Number("service_exempt", service_exempt_)
      .Number("dropped", lost_)
      .Key("denied")
      .BeginObject();
  for (const char* effect : {"blocked", "would block", "audited"}) {
    const auto found = effects_.find(effect);
    json.Number(effect, found == effects_.end() ? 0 : found->second);
  }
  json.EndObject().Key("files").BeginArray();
  for (const auto& [denial, runs] : MostFirst()) {
    json.BeginObject()
        .Bytes("path", denial.path)
        .String("collection", denial.collection)
        .String("effect", denial.effect)
        .String("rule_or_reason", denial.rule)
        .Bytes("user", denial.user)
        .Number("runs", runs)
        .EndObject();
  }
  json.EndArray().Number("runs_of_other_files", denied_elsewhere_).EndObject();
  return line + "\n";
}

}  // namespace portcullis::cli
