// SPDX-License-Identifier: Apache-2.0
// Paths: what can never match, what matches more than it seems to.
#include <fmt/core.h>

#include <algorithm>

#include "authoring/lint/check.h"
#include "authoring/lint/rule_facts.h"
#include "base/quote.h"
#include "base/utf.h"
#include "policy/path_text.h"

namespace portcullis::lint {
namespace {

using applocker::Action;
using applocker::CollectionType;
using applocker::Rule;

// Hands over each path of the rule, its exceptions too, of which `is_wrong` holds.
template <typename Wrong>
void TellOfPaths(const CheckRun& run, const Rule& rule, const Wrong& is_wrong,
                 std::string_view what) {
  for (const std::string* path : PathsOf(rule)) {
    if (is_wrong(*path)) run.TellOf(rule, fmt::format("{} {}", Quote(*path), what));
  }
}

bool IsAllowedPath(const Rule& rule) {
  return rule.action == Action::kAllow && PathOf(rule.condition) != nullptr;
}

// ---- Never matches

bool IsFolderAlone(std::string_view path) {
  if (path.ends_with('\\') || path.ends_with('/')) return true;
  const std::string_view name = LastComponent(path);
  // A stream, `folder:*`, has a wildcard; a program of Linux has no extension.
  return IsForWindows(path) && !HasWildcard(path) && name.find('.') == std::string_view::npos;
}

void FolderWithoutWildcard(const CheckRun& run, const Rule& rule) {
  TellOfPaths(run, rule, IsFolderAlone, "names a folder, not the files in it");
}

constexpr std::string_view kMacros[] = {"%WINDIR%",       "%SYSTEM32%",  "%OSDRIVE%",
                                        "%PROGRAMFILES%", "%REMOVABLE%", "%HOT%"};

bool IsMacro(std::string_view text) {
  const std::string upper = UpperCase(text);
  return std::ranges::find(kMacros, upper) != std::end(kMacros);
}

// `%NAME%` from `from` on; empty where there is none.
std::string_view VariableIn(std::string_view path, size_t from) {
  for (size_t at = path.find('%', from); at != std::string_view::npos;
       at = path.find('%', at + 1)) {
    const size_t length = FrontLength(path.substr(at));
    if (length > 2) return path.substr(at, length);
  }
  return {};
}

void UnknownVariable(const CheckRun& run, const Rule& rule) {
  for (const std::string* path : PathsOf(rule)) {
    if (!path->starts_with('%')) continue;
    const std::string_view variable = VariableIn(*path, 0);
    if (variable.empty() || !path->starts_with(variable) || IsMacro(variable)) continue;
    run.TellOf(rule, fmt::format("{} begins with {}, which is no path variable of AppLocker",
                                 Quote(*path), Quote(variable)));
  }
}

void MisplacedVariable(const CheckRun& run, const Rule& rule) {
  for (const std::string* path : PathsOf(rule)) {
    const std::string_view variable = VariableIn(*path, 1);
    const bool is_first = path->starts_with('%') && FrontLength(*path) > 2;
    const std::string_view later = is_first ? VariableIn(*path, FrontLength(*path)) : variable;
    if (later.empty()) continue;
    run.TellOf(rule, fmt::format("{} has {} within", Quote(*path), Quote(later)));
  }
}

void ForbiddenCharacter(const CheckRun& run, const Rule& rule) {
  TellOfPaths(
      run, rule,
      [](const std::string& path) { return path.find_first_of("\"<>|") != std::string::npos; },
      "has a character that no path of Windows has");
}

bool HasBlankAtAnEnd(std::string_view path) {
  constexpr std::string_view kBlanks = " \t\r\n";
  return kBlanks.find(path.front()) != std::string_view::npos ||
         kBlanks.find(path.back()) != std::string_view::npos;
}

void BlankAtAnEnd(const CheckRun& run, const Rule& rule) {
  TellOfPaths(
      run, rule, [](const std::string& path) { return !path.empty() && HasBlankAtAnEnd(path); },
      "begins or ends with a blank");
}

void MixedSlashes(const CheckRun& run, const Rule& rule) {
  TellOfPaths(
      run, rule,
      [](const std::string& path) {
        return path.find('/') != std::string::npos && path.find('\\') != std::string::npos;
      },
      "has slashes of both kinds");
}

// `a\\b`, `a\.\b` and `a\..\b`; the two at the front of a share are none.
bool IsNotNormal(std::string_view path) {
  size_t from = path.starts_with("\\\\") ? 2 : 0;
  while (from < path.size()) {
    const size_t end = std::min(path.find_first_of("\\/", from), path.size());
    const std::string_view name = path.substr(from, end - from);
    const bool is_inside = from > 0 && end < path.size();
    if (name == "." || name == ".." || (name.empty() && is_inside)) return true;
    from = end + 1;
  }
  return false;
}

void NotNormal(const CheckRun& run, const Rule& rule) {
  TellOfPaths(run, rule, IsNotNormal, "has doubled separators, or `.` or `..` as a folder");
}

// The form DOS had for names: six characters, a tilde, a number.
bool HasShortName(std::string_view path) {
  for (size_t at = path.find('~'); at != std::string_view::npos; at = path.find('~', at + 1)) {
    const size_t begin = path.find_last_of("\\/", at) + 1;  // npos + 1 is 0
    const size_t end = std::min(path.find_first_of("\\/.", at), path.size());
    const std::string_view number = path.substr(at + 1, end - at - 1);
    const bool is_number =
        !number.empty() && std::ranges::all_of(number, [](char c) { return c >= '0' && c <= '9'; });
    if (is_number && end - begin <= 8 && at > begin) return true;
  }
  return false;
}

void ShortName(const CheckRun& run, const Rule& rule) {
  TellOfPaths(
      run, rule, [](const std::string& path) { return IsForWindows(path) && HasShortName(path); },
      "has a short name in it");
}

// The collections that judge files of an extension; empty: none here knows it.
std::vector<CollectionType> CollectionsOf(std::string_view extension) {
  const auto is_one_of = [&](std::initializer_list<std::string_view> list) {
    return std::ranges::find(list, extension) != list.end();
  };
  if (is_one_of({"EXE", "COM"})) return {CollectionType::kExe, CollectionType::kManagedInstaller};
  if (is_one_of({"DLL", "OCX"})) return {CollectionType::kDll};
  if (is_one_of({"PS1", "BAT", "CMD", "VBS", "JS"})) return {CollectionType::kScript};
  if (is_one_of({"MSI", "MSP", "MST"})) return {CollectionType::kMsi};
  return {};
}

void TellOfExtension(const CheckRun& run, const Rule& rule, std::string_view text) {
  const std::string extension = ExtensionOf(LastComponent(text));
  const auto judging = CollectionsOf(extension);
  if (judging.empty() || std::ranges::find(judging, *run.collection.type) != judging.end()) return;
  run.TellOf(rule, fmt::format("{} stands in {}, and such files are judged by {}", Quote(text),
                               TypeText(run.collection), ToString(judging.front())));
}

void WrongCollection(const CheckRun& run, const Rule& rule) {
  if (!run.collection.type || run.collection.type == CollectionType::kAppx) return;
  if (const std::string* path = PathOf(rule.condition)) TellOfExtension(run, rule, *path);
  if (const auto* publisher = PublisherOf(rule.condition)) {
    TellOfExtension(run, rule, publisher->binary_name);
  }
}

void NotAPublisherRule(const CheckRun& run, const Rule& rule) {
  const bool is_asked = run.collection.type == CollectionType::kAppx &&
                        run.context.settings().packages_match_by_publisher_only;
  if (!is_asked || PublisherOf(rule.condition) != nullptr) return;
  run.TellOf(rule, "packaged apps are matched by publisher alone, and this rule has none");
}

// ---- Matches more than it seems to

void QuestionMark(const CheckRun& run, const Rule& rule) {
  TellOfPaths(
      run, rule,
      [](const std::string& path) {
        return path.find('?', path.starts_with("\\\\?\\") ? 4 : 0) != std::string::npos;
      },
      "has a question mark");
}

void NetworkPath(const CheckRun& run, const Rule& rule) {
  if (!IsAllowedPath(rule) || IsAdministrative(rule.user_or_group_sid)) return;
  const std::string& path = *PathOf(rule.condition);
  if (!path.starts_with("\\\\")) return;
  run.TellOf(rule, fmt::format("{} is on another machine", Quote(path)));
}

void DriveLetter(const CheckRun& run, const Rule& rule) {
  for (const std::string* path : PathsOf(rule)) {
    const std::string upper = UpperCase(*path);
    const bool is_folder_of_windows =
        upper.starts_with("C:\\WINDOWS\\") || upper.starts_with("C:\\PROGRAM FILES");
    if (!is_folder_of_windows) continue;
    run.TellOf(rule, fmt::format("{} begins with a drive", Quote(*path)));
  }
}

void AllowsEverything(const CheckRun& run, const Rule& rule) {
  const bool is_open = IsAllowedPath(rule) && IsEveryPath(*PathOf(rule.condition)) &&
                       !IsAdministrative(rule.user_or_group_sid);
  if (!is_open || run.collection.type == CollectionType::kManagedInstaller) return;
  run.TellOf(rule, fmt::format("allows {} every file{}", rule.user_or_group_sid.ToString(),
                               rule.exceptions.empty() ? "" : " but its exceptions"));
}

void AnyFolder(const CheckRun& run, const Rule& rule) {
  if (!IsAllowedPath(rule) || IsAdministrative(rule.user_or_group_sid)) return;
  const std::string& path = *PathOf(rule.condition);
  if (!IsAnyFolder(path)) return;
  run.TellOf(rule, fmt::format("{} allows files of that name in whatever folder", Quote(path)));
}

void RemovableMedia(const CheckRun& run, const Rule& rule) {
  if (!IsAllowedPath(rule) || IsAdministrative(rule.user_or_group_sid)) return;
  const std::string& path = *PathOf(rule.condition);
  const std::string upper = UpperCase(path);
  if (!upper.starts_with("%REMOVABLE%") && !upper.starts_with("%HOT%")) return;
  run.TellOf(rule, fmt::format("{} allows what stands on media that users bring", Quote(path)));
}

constexpr Check kChecks[] = {
    {{"folder-without-wildcard", Severity::kWarning,
      "A path is compared whole, so a folder's own name matches none of the files in it.",
      "Put `\\*` behind the folder."},
     FolderWithoutWildcard},
    {{"unknown-variable", Severity::kWarning,
      "AppLocker knows six path variables and takes every other for plain letters, which no path "
      "has.",
      "Use %OSDRIVE%, %WINDIR%, %SYSTEM32%, %PROGRAMFILES%, %REMOVABLE% or %HOT%, or write the "
      "path out."},
     UnknownVariable},
    {{"misplaced-variable", Severity::kWarning,
      "A path variable means something only at the front of a path; elsewhere it is plain letters.",
      "Begin the path with the variable, or write the folder out."},
     MisplacedVariable},
    {{"forbidden-character", Severity::kWarning,
      "Quotes, angle brackets and bars stand in no path of Windows, so the pattern matches no "
      "file.",
      "Take the character out; a path needs no quotes."},
     ForbiddenCharacter},
    {{"blank-at-end", Severity::kWarning,
      "A blank at either end is part of the pattern, and hardly any path has one there.",
      "Take the blank out."},
     BlankAtAnEnd},
    {{"mixed-slashes", Severity::kWarning,
      "Windows separates by `\\` alone, and a slash is a letter that no name has.",
      "Write `\\` throughout, or `/` throughout in a policy for Linux."},
     MixedSlashes},
    {{"path-not-normal", Severity::kWarning,
      "Files are known by their real paths, which have no doubled separators and no `.` or `..`.",
      "Write the path as it is without them."},
     NotNormal},
    {{"short-name", Severity::kWarning,
      "Files are known by their long names, so a short name matches none.", "Write the long name."},
     ShortName},
    {{"wrong-collection", Severity::kWarning,
      "Each kind of file is judged by its own collection and by no other.",
      "Move the rule to the collection that judges such files."},
     WrongCollection},
    {{"not-a-publisher-rule", Severity::kWarning,
      "Of a packaged app rules see the publisher and nothing else, so a path or hash never "
      "matches.",
      "Write a publisher rule for the package."},
     NotAPublisherRule},
    {{"question-mark", Severity::kNote,
      "That `?` stands for one character is not documented, and a later Windows may see it "
      "otherwise.",
      "Use `*`, or write the character."},
     QuestionMark},
    {{"drive-letter", Severity::kNote,
      "Windows and its programs may stand on another drive, where the rule does not match.",
      "Begin with %WINDIR% or %PROGRAMFILES%, which follow them."},
     DriveLetter},
    {{"network-path", Severity::kNote,
      "Whoever may write the share, or stands between, decides what runs.",
      "Allow by publisher or hash what is run from there."},
     NetworkPath},
    {{"allows-everything", Severity::kWarning,
      "Where every file is allowed the collection blocks nothing but what deny rules name.",
      "Allow the folders, publishers or hashes that are needed instead."},
     AllowsEverything},
    {{"any-folder", Severity::kWarning,
      "Users choose names and folders, so whatever they bring can be named to match.",
      "Begin the path with a folder that only administrators write, or allow by publisher or "
      "hash."},
     AnyFolder},
    {{"removable-media", Severity::kWarning,
      "Whoever holds the medium writes it, on any machine they like.",
      "Allow by publisher or hash what must run from media."},
     RemovableMedia},
};

}  // namespace

std::span<const Check> PathChecks() { return kChecks; }

}  // namespace portcullis::lint
