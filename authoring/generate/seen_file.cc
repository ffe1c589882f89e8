// SPDX-License-Identifier: Apache-2.0
#include "authoring/generate/seen_file.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "policy/path_text.h"

namespace portcullis {
namespace {

// On Windows as the cmdlets show paths: the most telling first.
constexpr std::array<std::string_view, 4> kWindowsMacros = {"%SYSTEM32%", "%WINDIR%",
                                                            "%PROGRAMFILES%", "%OSDRIVE%"};
// On a host as it is configured at first %SYSTEM32% and %PROGRAMFILES% stand for several folders
// each, so that %SYSTEM32%/ls would be a rule for six files.
constexpr std::array<std::string_view, 2> kHostMacros = {"%WINDIR%", "%OSDRIVE%"};

// Smaller is better. A path without a macro is the last resort, any other macro none: what stands
// on a medium that anybody may plug in is not known by where it stands.
template <size_t kCount>
std::optional<size_t> RankIn(const std::array<std::string_view, kCount>& macros,
                             std::string_view text) {
  if (!text.starts_with('%')) return kCount;
  const std::string_view macro = text.substr(0, FrontLength(text));
  const auto found = std::ranges::find(macros, macro);
  if (found == macros.end()) return std::nullopt;
  return static_cast<size_t>(found - macros.begin());
}

// A rule with a macro that stands for several folders would allow the others' files too.
bool NamesOneFolder(std::string_view text, const HostConfig& config) {
  if (!text.starts_with('%')) return true;
  const PathMacro* const macro = config.Find(text.substr(0, FrontLength(text)));
  return macro != nullptr && macro->directories.size() == 1;
}

std::optional<size_t> RankOf(const PathSpelling& spelling, const HostConfig& config) {
  if (!spelling.verified) return std::nullopt;
  const std::string_view text = spelling.text;
  if (KindOfPath(text) != PathKind::kHost) return RankIn(kWindowsMacros, text);
  return NamesOneFolder(text, config) ? RankIn(kHostMacros, text) : std::nullopt;
}

// A total order. Nearly all files differ in the first members, so that texts are rarely made.
bool ComesBefore(const SeenFile& a, const SeenFile& b) {
  const auto front = [](const SeenFile& file) {
    return std::tie(file.machine, file.path, file.collection, file.kind, file.size, file.is_here);
  };
  if (front(a) != front(b)) return front(a) < front(b);
  const auto rest = [](const SeenFile& file) {
    const PathSpelling path = file.rule_path.value_or(PathSpelling());
    const auto publisher = file.publisher.value_or(FullyQualifiedBinaryName());
    return std::tuple(file.digest ? DigestText(*file.digest) : "", file.rule_path.has_value(),
                      path.text, path.verified, path.case_sensitive, file.publisher.has_value(),
                      publisher.publisher, publisher.product, publisher.binary, publisher.version);
  };
  return rest(a) < rest(b);
}

}  // namespace

void DropRepeated(std::vector<SeenFile>& files) {
  std::ranges::sort(files, ComesBefore);
  files.erase(std::unique(files.begin(), files.end()), files.end());
}

std::optional<PathSpelling> PreferredSpelling(const std::vector<PathSpelling>& spellings,
                                              const HostConfig& config) {
  std::optional<PathSpelling> best;
  size_t best_rank = 0;
  for (const PathSpelling& spelling : spellings) {
    const auto rank = RankOf(spelling, config);
    if (!rank) continue;
    if (best && std::tie(best_rank, best->text) <= std::tie(*rank, spelling.text)) continue;
    best = spelling;
    best_rank = *rank;
  }
  return best;
}

std::optional<SeenFile> SeenFileOf(const FileReport& report, const std::string& machine,
                                   const HostConfig& config) {
  if (report.problem || !report.collection) return std::nullopt;
  SeenFile file;
  file.machine = machine;
  file.path = report.path;
  file.collection = *report.collection;
  file.kind = report.identity.kind;
  file.size = report.identity.size;
  file.rule_path = PreferredSpelling(report.paths, config);
  const FileIdentity& identity = report.identity;
  if (!identity.unknown.publisher) file.publisher = identity.publisher;
  if (!identity.unknown.hash && !identity.hashes.empty())
    file.digest = identity.hashes.front().digest;
  return file;
}

FileAttributes AttributesOf(const SeenFile& file) {
  FileIdentity identity;
  identity.kind = file.kind;
  identity.publisher = file.publisher;
  if (file.digest) identity.hashes.push_back({*file.digest, HashForm::kAuthenticode});
  std::vector<PathSpelling> spellings;
  if (file.rule_path) spellings.push_back(*file.rule_path);
  return MakeFileAttributes(identity, spellings);
}

std::string_view FileNameOf(std::string_view path) {
  const char* separators = KindOfPath(path) == PathKind::kHost ? "/" : "\\";
  return path.substr(path.find_last_of(separators) + 1);
}

}  // namespace portcullis
