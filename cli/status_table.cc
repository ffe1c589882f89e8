// SPDX-License-Identifier: Apache-2.0
#include "cli/status_table.h"

#include <fmt/core.h>

#include "base/utc_time.h"
#include "cli/text.h"

namespace portcullis::cli {
namespace {

using api::Metric;
using api::ServiceStatus;

constexpr uint64_t kMicrosecond = 1000;
constexpr uint64_t kMillisecond = 1000 * kMicrosecond;
constexpr uint64_t kSecond = 1000 * kMillisecond;
constexpr uint64_t kMinute = 60 * kSecond;
constexpr uint64_t kHour = 60 * kMinute;
constexpr uint64_t kDay = 24 * kHour;

std::string Line(std::string_view subject, const std::string& text) {
  return TableRow({{"", 10}, {"", 0}}, {std::string(subject), text});
}

uint64_t Since(uint64_t then_ns, int64_t now_ns) {
  const auto now = static_cast<uint64_t>(now_ns);
  return now > then_ns ? now - then_ns : 0;
}

std::string Heading(const ServiceStatus& status, int64_t now_ns) {
  const char* what = status[Metric::kEnforcing] != 0 ? "enforcing" : "observing: nothing is denied";
  if (status[Metric::kGateReady] == 0) what = "no gate answers now: the failure policy does";
  return fmt::format("portcullis {}, up {}, {}\n", Printable(status.version),
                     ShortDuration(Since(status[Metric::kStartedAt], now_ns)), what);
}

std::string Policy(const ServiceStatus& status, int64_t now_ns) {
  const uint64_t loaded_ns = status[Metric::kPolicyLoadedAt];
  std::string text = Line(
      "policy", fmt::format("generation {}, read {}, {} ago", Grouped(status[Metric::kGeneration]),
                            FormatUtcTime(static_cast<int64_t>(loaded_ns / kSecond)),
                            ShortDuration(Since(loaded_ns, now_ns))));
  for (const std::string& file : status.policy.files) text += Line("", Printable(file));
  if (status.policy.more_files > 0) {
    text += Line("", Count(status.policy.more_files, "more file", "more files"));
  }
  for (const auto& one : status.policy.collections) {
    text += Line(Printable(one.collection),
                 fmt::format("{}, {}", Printable(one.mode), Count(one.rules, "rule", "rules")));
  }
  if (!status.refused.empty()) {
    text += Line("refused", "the last reload: " + Printable(status.refused));
  }
  return text;
}

std::string Found(const ServiceStatus& status, Metric hits, Metric misses) {
  const uint64_t all = status[hits] + status[misses];
  if (all == 0) return "none asked";
  return fmt::format("{:.1f}% of {} found",
                     100.0 * static_cast<double>(status[hits]) / static_cast<double>(all),
                     Grouped(all));
}

std::string Answers(const ServiceStatus& status) {
  std::string text =
      Line("verdicts", fmt::format("{} allowed, {} denied, {} audited", Grouped(status.Verdicts(0)),
                                   Grouped(status.Verdicts(1)), Grouped(status.Verdicts(2))));
  std::string answers = Grouped(status.Answers());
  if (status.Answers() > 0) {
    answers +=
        fmt::format(", half of them within {}, 99 of 100 within {}",
                    ShortDuration(status.LatencyNs(0.5)), ShortDuration(status.LatencyNs(0.99)));
  }
  answers += fmt::format("; {} overdue", Grouped(status[Metric::kOverdueAnswers]));
  text += Line("answers", answers);
  return text +
         Line("caches",
              fmt::format("verdicts: {}; identities: {}",
                          Found(status, Metric::kVerdictCacheHits, Metric::kVerdictCacheMisses),
                          Found(status, Metric::kIdentityCacheHits, Metric::kIdentityCacheMisses)));
}

std::string Workings(const ServiceStatus& status) {
  const auto number = [&](Metric metric) { return Grouped(status[metric]); };
  std::string text =
      Line("waiting",
           fmt::format("{} questions (most {}), {} news (most {})",
                       number(Metric::kQuestionsWaiting), number(Metric::kQuestionsWaitingMost),
                       number(Metric::kNewsWaiting), number(Metric::kNewsWaitingMost)));
  text +=
      Line("dropped",
           fmt::format("{} records, {} notifications, {} events", number(Metric::kRecordsDropped),
                       number(Metric::kNotificationsDropped), number(Metric::kEventsDropped)));
  text += Line("event log", fmt::format("{} events stored, {} KiB; {} failed writes",
                                        number(Metric::kEventsStored),
                                        Grouped(status[Metric::kEventStoreBytes] >> 10),
                                        number(Metric::kEventWritesFailed)));
  text += Line("restarts",
               fmt::format("gate {}, supervisor {}, journal {}, notifier {}, control {}",
                           number(Metric::kGateRestarts), number(Metric::kSupervisorRestarts),
                           number(Metric::kJournalRestarts), number(Metric::kNotifierRestarts),
                           number(Metric::kControlRestarts)));
  return text +
         Line("marks", Count(status[Metric::kMarkedFileSystems], "file system", "file systems"));
}

}  // namespace

std::string ShortDuration(uint64_t ns) {
  if (ns < kMillisecond) return fmt::format("{} us", ns / kMicrosecond);
  if (ns < kSecond) {
    return fmt::format("{:.1f} ms", static_cast<double>(ns) / static_cast<double>(kMillisecond));
  }
  if (ns < kMinute) return fmt::format("{} s", ns / kSecond);
  if (ns < kHour) return fmt::format("{} min {} s", ns / kMinute, ns % kMinute / kSecond);
  if (ns < kDay) return fmt::format("{} h {} min", ns / kHour, ns % kHour / kMinute);
  return fmt::format("{} d {} h", ns / kDay, ns % kDay / kHour);
}

std::string StatusTable(const ServiceStatus& status, int64_t now_ns) {
  return Heading(status, now_ns) + Policy(status, now_ns) + Answers(status) + Workings(status);
}

}  // namespace portcullis::cli
