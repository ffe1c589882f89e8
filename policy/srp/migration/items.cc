// SPDX-License-Identifier: Apache-2.0
#include "policy/srp/migration/items.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>

#include "base/utf.h"
#include "formats/authenticode/certificate_publisher.h"
#include "formats/xml/escape.h"
#include "policy/applocker/limits.h"
#include "policy/path_text.h"
#include "policy/srp/check.h"

namespace portcullis::srp::migration {
namespace {

bool IsSeparator(char c) { return c == '\\' || c == '/'; }

void Lower(MigratedRule& report, Equality equality, std::string_view sentence) {
  report.equality = std::max(report.equality, equality);
  report.sentences.emplace_back(sentence);
}

// Upper case, without a separator at the end, sorted.
std::vector<std::string> AsSet(const std::vector<std::string>& folders) {
  std::vector<std::string> set;
  for (const std::string& folder : folders) {
    std::string text = UpperCase(folder);
    if (text.size() > 1 && IsSeparator(text.back())) text.pop_back();
    set.push_back(std::move(text));
  }
  std::ranges::sort(set);
  set.erase(std::unique(set.begin(), set.end()), set.end());
  return set;
}

// The root of this host is an empty folder, and what lies in it begins with one separator.
bool IsOfThisHost(const std::string& path) {
  return path.empty() || KindOfPath(path) == PathKind::kHost ||
         (path.starts_with('\\') && !path.starts_with("\\\\"));
}

void KeepWritten(std::vector<std::string>& paths, PathsFor paths_for) {
  if (paths_for == PathsFor::kWindows) std::erase_if(paths, IsOfThisHost);
}

// A text as AppLocker is to have it, and what it stands for.
struct Written {
  std::string text;
  std::vector<std::string> stands_for;
};

// `%windir%\x` where the variable stands for the very folders of a macro.
std::optional<Written> WithMacro(std::string_view text, const Context& context) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    text = text.substr(1, text.size() - 2);
  }
  const size_t end =
      text.empty() || text.front() != '%' ? std::string_view::npos : text.find('%', 1);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view rest = text.substr(end + 1);
  if (rest.find('%') != std::string_view::npos) return std::nullopt;
  if (!rest.empty() && !IsSeparator(rest.front())) return std::nullopt;
  std::vector<std::string> values = context.environment.Expand(text.substr(0, end + 1)).paths;
  KeepWritten(values, context.options.paths_for);
  if (values.empty()) return std::nullopt;
  for (const MacroFolders& macro : context.options.macros) {
    std::vector<std::string> folders = macro.folders;
    KeepWritten(folders, context.options.paths_for);
    if (AsSet(folders) != AsSet(values)) continue;
    Written written{macro.macro + std::string(rest), {}};
    for (const std::string& folder : folders) {
      written.stands_for.push_back(folder + std::string(rest));
    }
    const auto depth = [](const std::string& path) {
      return std::ranges::count_if(path, IsSeparator);
    };
    const bool is_one_depth = std::ranges::all_of(written.stands_for, [&](const auto& path) {
      return depth(path) == depth(written.stands_for.front());
    });
    if (is_one_depth) return written;
  }
  return std::nullopt;
}

void AddPath(Item item, const Written& written, std::vector<Item>& items, MigratedRule& report) {
  if (written.text.size() + 8 > applocker::kMaxPathLength) {
    return Lower(report, Equality::kNone,
                 fmt::format("a path of {} bytes, where AppLocker takes {} characters",
                             written.text.size(), applocker::kMaxPathLength));
  }
  if (!xml::CanCarry(written.text)) {
    return Lower(report, Equality::kNone, "its path has characters that XML can not carry");
  }
  for (PathPart& part : PartsOf(written.text, written.stands_for)) {
    item.path = std::move(part);
    items.push_back(item);
  }
}

void AddPaths(const Item& item, const PathCondition& condition, const Context& context,
              std::vector<Item>& items, MigratedRule& report) {
  if (const auto written = WithMacro(condition.path, context)) {
    return AddPath(item, *written, items, report);
  }
  Expansion expansion = context.environment.Expand(condition.path);
  for (const std::string& name : expansion.unknown) {
    report.sentences.push_back(fmt::format(
        "%{}% has no value: it stays as it is written, and no file's path has it", name));
  }
  if (expansion.is_cut) {
    Lower(report, Equality::kInexact, "variables stand for more than is expanded");
  }
  if (expansion.paths.empty()) report.sentences.emplace_back("its variables stand for nothing");
  const size_t all = expansion.paths.size();
  KeepWritten(expansion.paths, context.options.paths_for);
  if (expansion.paths.size() < all) {
    report.sentences.emplace_back("paths of this host that it stands for are left out");
  }
  for (const std::string& path : expansion.paths) {
    // AppLocker would take the text for a macro; here no path begins so.
    const bool is_path = path.find_first_of("\\/") != std::string::npos;
    if (path.starts_with('%') && is_path) {
      report.sentences.emplace_back("no rule is written for it: it names no file");
      continue;
    }
    AddPath(item, {path, {path}}, items, report);
  }
  if (condition.path.find('?') != std::string::npos) {
    report.sentences.emplace_back(
        "it has a ?, which Windows' AppLocker takes for any one character but does not document");
  }
}

void AddHash(Item item, const HashCondition& condition, std::vector<Item>& items,
             MigratedRule& report) {
  std::optional<std::array<uint8_t, 32>> sha256 = condition.sha256;
  if (condition.algorithm == HashAlgorithm::kSha256) sha256 = condition.digest;
  if (!sha256) {
    return Lower(report, Equality::kNone,
                 fmt::format("AppLocker compares SHA-256, and the rule has {} alone",
                             ToString(condition.algorithm)));
  }
  if (condition.size == 0) {
    return Lower(report, Equality::kNone, "AppLocker does not hash files without content");
  }
  item.hash.digest = {HashType::kSha256Flat, *sha256};
  if (!condition.friendly_name.empty() && xml::CanCarry(condition.friendly_name))
    item.hash.source_file_name = condition.friendly_name;
  item.hash.source_file_length = std::to_string(condition.size);
  items.push_back(std::move(item));
}

void AddCertificate(Item item, const CertificateCondition& condition, const Context& context,
                    std::vector<Item>& items, MigratedRule& report) {
  if (!context.settings.certificate_rules_count) {
    report.sentences.emplace_back("certificate rules are switched off: it has no effect");
    return;
  }
  if (condition.certificate.empty()) {
    return Lower(
        report, Equality::kNone,
        "AppLocker names publishers, and of this certificate only the thumbprint is known");
  }
  auto publisher = authenticode::PublisherNameOf(condition.certificate);
  if (!publisher) return Lower(report, Equality::kNone, publisher.error().message);
  if (!xml::CanCarry(*publisher)) {
    return Lower(report, Equality::kNone,
                 "the publisher's name has characters that XML can not carry");
  }
  Lower(report, Equality::kInexact,
        fmt::format("AppLocker names the publisher, {}: any certificate of that name, and valid "
                    "signatures alone",
                    *publisher));
  item.publisher = *std::move(publisher);
  items.push_back(std::move(item));
}

void AddZone(const UrlZoneCondition& condition, const Context& context, bool allows,
             MigratedRule& report) {
  const bool default_allows = context.settings.default_level == Level::kUnrestricted;
  if (allows == default_allows) {
    report.sentences.emplace_back(
        "it says what the default level says, and counts for nothing "
        "else but against rules of the same zone");
    return;
  }
  Lower(report, Equality::kNone,
        fmt::format("AppLocker does not ask from which zone a file came; it decided of installers "
                    "of zone {}",
                    ToString(condition.zone)));
}

}  // namespace

std::string LabelOf(const Rule& rule) {
  return fmt::format("{}{}", rule.scope == Scope::kUser ? "the user's " : "", KeyOf(rule));
}

void AddItems(const Rule& rule, const Context& context, std::vector<Item>& items, size_t place,
              MigratedRule& report) {
  Item item;
  item.place = place;
  item.label = LabelOf(rule);
  item.allows = rule.level == Level::kUnrestricted;
  item.kind = rule.kind();
  if (rule.level != Level::kUnrestricted && rule.level != Level::kDisallowed) {
    report.sentences.push_back(fmt::format("{} counts as Disallowed, as Windows has it from 7 on",
                                           DisplayName(rule.level)));
  }
  if (const auto* hash = std::get_if<HashCondition>(&rule.condition)) {
    AddHash(std::move(item), *hash, items, report);
  } else if (const auto* certificate = std::get_if<CertificateCondition>(&rule.condition)) {
    AddCertificate(std::move(item), *certificate, context, items, report);
  } else if (const auto* path = std::get_if<PathCondition>(&rule.condition)) {
    AddPaths(item, *path, context, items, report);
  } else if (const auto* zone = std::get_if<UrlZoneCondition>(&rule.condition)) {
    AddZone(*zone, context, item.allows, report);
  }
}

}  // namespace portcullis::srp::migration
