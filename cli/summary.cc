// SPDX-License-Identifier: Apache-2.0
#include "cli/summary.h"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>

#include "cli/text.h"

namespace portcullis::cli {
namespace {

using applocker::CollectionType;

constexpr Verdict kVerdicts[] = {Verdict::kAllowed, Verdict::kAllowedByDefault, Verdict::kDenied,
                                 Verdict::kDeniedByDefault};
constexpr size_t kCountWidth = 16;
constexpr size_t kExampleWidth = 30;

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.find_last_of("/\\");
  if (slash == std::string::npos) return ".";
  return slash == 0 ? path.substr(0, 1) : path.substr(0, slash);
}

std::string NameOf(const std::string& path) {
  const size_t slash = path.find_last_of("/\\");
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

std::string ModeOf(const Judge& judge, CollectionType type) {
  const auto* collection = judge.policies.layer(0).Find(type);
  if (collection == nullptr || collection->rules.empty()) {
    return judge.policies.srp() != nullptr ? "SRP" : "no rules";
  }
  const bool audits = collection->mode() == applocker::EnforcementMode::kAuditOnly;
  return audits ? "audit only" : "enforced";
}

}  // namespace

void Summary::Add(const FileLine& line) {
  if (line.problem || !line.verdict) {
    ++unreadable_;
    return;
  }
  const size_t row =
      line.collection ? static_cast<size_t>(*line.collection) : applocker::kCollectionTypes;
  ++counts_[row][static_cast<size_t>(*line.verdict)];
  if (!IsDenial(*line.verdict)) return;
  const std::string directory = DirectoryOf(line.path);
  const bool fits = places_.size() < kMaxPlaces || places_.contains(directory);
  Place& place = fits ? places_[directory] : elsewhere_;
  if (place.denials++ == 0) place.example = NameOf(line.path);
}

std::string Summary::Table(const Judge& judge, size_t columns) const {
  std::string text;
  const std::vector<Column> head = {{"COLLECTION", 10}, {"MODE", 10},   {"ALLOWED", 10},
                                    {"BY DEFAULT", 10}, {"DENIED", 10}, {"DENIED BY DEFAULT", 17}};
  text += TableHead(head);
  for (size_t row = 0; row < applocker::kCollectionTypes; ++row) {
    const auto type = static_cast<CollectionType>(row);
    if (type == CollectionType::kManagedInstaller) continue;
    std::vector<std::string> cells = {ToString(type), ModeOf(judge, type)};
    for (const uint64_t count : counts_[row]) cells.push_back(Grouped(count));
    text += TableRow(head, cells);
  }
  const Counts& others = counts_[applocker::kCollectionTypes];
  const uint64_t not_judged = std::accumulate(others.begin(), others.end(), uint64_t{0});
  text += fmt::format("\n{} of other kinds, which no collection judges; {} could not be read.\n",
                      Count(not_judged, "file", "files"), Grouped(unreadable_));
  if (places_.empty()) return text + "Nothing would be denied.\n";

  std::vector<std::pair<std::string, Place>> worst(places_.begin(), places_.end());
  std::ranges::stable_sort(
      worst, [](const auto& a, const auto& b) { return a.second.denials > b.second.denials; });
  const uint64_t denials =
      std::accumulate(worst.begin(), worst.end(), elsewhere_.denials,
                      [](uint64_t sum, const auto& place) { return sum + place.second.denials; });
  text +=
      fmt::format("\n{} denied in {}; the directories with the most:\n",
                  Count(denials, "file", "files"), Count(worst.size(), "directory", "directories"));
  const size_t path_width = std::max<size_t>(30, columns - kCountWidth - kExampleWidth);
  const std::vector<Column> places = {{"DENIED", 8}, {"DIRECTORY", path_width}, {"EXAMPLE", 0}};
  text += TableHead(places);
  for (size_t i = 0; i < std::min(kShownPlaces, worst.size()); ++i) {
    const auto& [directory, place] = worst[i];
    text += TableRow(places, {Grouped(place.denials), Printable(directory),
                              Cut(Printable(place.example), kExampleWidth)});
  }
  return text;
}

std::string Summary::Json(const Judge& judge) const {
  std::string line;
  JsonWriter json(line);
  json.BeginObject().Key("collections").BeginArray();
  for (size_t row = 0; row <= applocker::kCollectionTypes; ++row) {
    const bool is_judged = row < applocker::kCollectionTypes;
    const auto type = static_cast<CollectionType>(row);
    if (type == CollectionType::kManagedInstaller) continue;
    json.BeginObject().Key("collection");
    is_judged ? json.String(ToString(type)) : json.Null();
    if (is_judged) json.String("mode", ModeOf(judge, type));
    for (const Verdict verdict : kVerdicts) {
      json.Number(ToString(verdict), counts_[row][static_cast<size_t>(verdict)]);
    }
    json.EndObject();
  }
  json.EndArray().Number("unreadable", unreadable_).EndObject();
  return line + '\n';
}

}  // namespace portcullis::cli
