// SPDX-License-Identifier: Apache-2.0
#include "enforcement/preflight.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/byte_source.h"
#include "host/local_accounts.h"
#include "host/read_file.h"
#include "host/thread_token.h"
#include "policy/needed_hashing.h"
#include "policy/srp/rule_text.h"

namespace portcullis::enforcement {
namespace {

namespace sids = well_known_sids;
using applocker::CollectionType;
using applocker::Rule;

constexpr std::string_view kWindowsFolder = "%WINDIR%/";

// Somebody who needs files.
struct Asker {
  std::string name;
  NeededByBits by = 0;
  AccessToken token;
};

AccessToken TokenFor(const PasswdEntry& account, const LocalAccounts& files, bool is_in_session,
                     const PreflightSetup& setup) {
  const HostConfig& config = setup.speller->config();
  ThreadCredentials thread;
  thread.effective_uid = account.uid;
  thread.effective_gid = account.gid;
  if (const auto found = files.FindAccount(account.name)) thread.groups = found->groups;
  if (is_in_session) thread.login_uid = account.uid;
  return TokenOf(thread, AccountTable::Load(config, files), config, setup.service_process);
}

std::vector<Asker> AskersOf(const LocalAccounts& files, const PreflightSetup& setup) {
  const HostConfig& config = setup.speller->config();
  const PasswdEntry root{"root", 0, 0, ""};
  std::vector<Asker> askers = {
      {"root as a service", kByService, TokenFor(root, files, false, setup)},
      {"root in a session", kBySession, TokenFor(root, files, true, setup)}};
  for (const PasswdEntry& account : files.accounts()) {
    if (account.uid == 0 || askers.size() >= 2 + kMaxAdministrators) continue;
    const bool administers = std::ranges::any_of(
        config.administrator_groups,
        [&](const std::string& group) { return files.IsInGroup(account, group); });
    if (!administers) continue;
    askers.push_back({"the administrator " + account.name, kByAdministrator,
                      TokenFor(account, files, true, setup)});
  }
  return askers;
}

bool IsOfContent(const applocker::Condition& condition) {
  return !std::holds_alternative<applocker::FilePathCondition>(condition);
}

bool NeedsContent(const applocker::RuleCollection& collection) {
  const auto needs = [](const auto& condition) { return IsOfContent(condition); };
  return std::ranges::any_of(collection.rules, [&](const Rule& rule) {
    return needs(rule.condition) || std::ranges::any_of(rule.exceptions, needs);
  });
}

bool NeedsContent(const srp::CompiledPolicy& srp) {
  return srp.NeedsSigner() || std::ranges::any_of(srp::kHashAlgorithms, [&srp](auto each) {
           return srp.NeedsHash(each);
         });
}

bool NeedsContent(const PolicySet& policies) {
  if (policies.srp() != nullptr && NeedsContent(*policies.srp())) return true;
  for (size_t layer = 0; layer < policies.layers(); ++layer) {
    for (const auto& collection : policies.layer(layer).collections) {
      if (NeedsContent(collection)) return true;
    }
  }
  return false;
}

bool HasRules(const PolicySet& policies, CollectionType type) {
  for (size_t layer = 0; layer < policies.layers(); ++layer) {
    const auto* collection = policies.layer(layer).Find(type);
    if (collection != nullptr && !collection->rules.empty()) return true;
  }
  return false;
}

bool SrpAsksAboutLibraries(const PolicySet& policies) {
  return policies.srp() != nullptr &&
         policies.srp()->settings().enforcement == srp::TransparentEnabled::kAll;
}

// What was found of one file, whoever asks.
struct Judged {
  NeededFile file;
  FileIdentity identity;
  std::vector<PathSpelling> spellings;
  std::optional<FileAttributes> attributes;
};

// None where all are judged, or where it can not be said which.
std::optional<std::set<dev_t>> DevicesOf(const std::vector<std::string>& file_systems) {
  std::set<dev_t> devices;
  for (const std::string& path : file_systems) {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) return std::nullopt;
    devices.insert(status.st_dev);
  }
  return devices.empty() ? std::nullopt : std::optional(devices);
}

class Preflight {
 public:
  Preflight(const PolicySet& policies, const PreflightSetup& setup)
      : policies_(policies),
        setup_(setup),
        hashes_(NeedsContent(policies)),
        devices_(DevicesOf(setup.file_systems)),
        accounts_(LocalAccounts::Load(setup.root)),
        askers_(AskersOf(accounts_, setup)) {}

  std::vector<NeededFileBlocked> Run() {
    NeededFilesOptions options;
    options.root = setup_.root;
    options.administrator_groups = setup_.speller->config().administrator_groups;
    options.own_programs = setup_.own_programs;
    options.with_libraries =
        HasRules(policies_, CollectionType::kDll) || SrpAsksAboutLibraries(policies_);
    for (NeededFile& file : FindNeededFiles(options, accounts_)) {
      if (IsAskedAbout(file.path)) Judge(std::move(file));
    }
    AdviseFolders();
    return std::move(blocked_);
  }

 private:
  // What lies on no file system that is judged can not be blocked.
  bool IsAskedAbout(const std::string& path) const {
    struct stat status {};
    if (!devices_ || stat((setup_.root + path).c_str(), &status) != 0) return true;
    return devices_->contains(status.st_dev);
  }

  Judged LookAt(NeededFile file) const {
    Judged judged;
    judged.spellings = SpellingsOf(file.path);
    // A file that no pattern means alone is advised for by its hash.
    judged.identity = IdentityOf(file.path, hashes_ || PatternOf(judged.spellings).empty());
    judged.attributes = MakeFileAttributes(judged.identity, judged.spellings, policies_.settings());
    judged.file = std::move(file);
    return judged;
  }

  FileIdentity IdentityOf(const std::string& path, bool hashes) const {
    const auto fd = OpenRegularFile(setup_.root + path, Links::kFollow);
    if (!fd) return UnknownIdentity(fd.error().message);
    const auto source = FdSource::Create(fd->get());
    if (!source) return UnknownIdentity(source.error().message);
    IdentifyOptions options;
    options.trust = setup_.trust;
    options.catalogs = setup_.catalogs;
    options.at = setup_.at;
    options.hashing = NeededHashing(policies_);
    // Where no rule asks for more, what kind of a file it is is all that counts.
    if (!hashes) options.max_hashed_bytes = 0;
    return IdentifyOrUnknown(*source, path, options);
  }

  std::vector<PathSpelling> SpellingsOf(const std::string& path) const {
    const size_t slash = path.rfind('/');
    return setup_.speller->ForDirectory(path.substr(0, slash)).Of(path.substr(slash + 1));
  }

  void Judge(NeededFile needed) {
    const Judged judged = LookAt(std::move(needed));
    Request request;
    request.operation = judged.file.is_library ? Operation::kLoad : Operation::kExecute;
    request.collection = CollectionFor(request.operation, judged.identity.kind);
    request.file = &*judged.attributes;
    if (!request.collection) return;
    std::optional<NeededFileBlocked> found;
    std::vector<const Rule*> denies;
    bool wants_allow = false;
    bool wants_srp = false;
    bool administrators_will_do = true;
    for (const Asker& asker : askers_) {
      if ((judged.file.by & asker.by) == 0) continue;
      request.token = &asker.token;
      const Decision decision = Decide(policies_, request);
      if (!IsDenial(decision.verdict)) continue;
      if (!found) found = Begin(judged, decision, *request.collection);
      found->is_audited &= !decision.would_block();
      found->askers.push_back(asker.name);
      if (decision.is_by_srp()) {
        wants_srp = true;
        continue;
      }
      const bool is_allowed = CollectDenies(request, denies);
      if (is_allowed) continue;
      wants_allow = true;
      administrators_will_do &= IsAdministrator(asker.token, *request.collection);
    }
    if (!found) return;
    const AdvisedFile advised{judged.file.path, &judged.identity, &judged.spellings};
    if (wants_srp) found->advice.push_back(AdviseSrp(advised));
    for (const Rule* deny : denies) {
      found->advice.push_back(AdviseException(advised, *request.collection, *deny));
    }
    if (wants_allow) {
      found->advice.push_back(
          Allow(judged, found->collection,
                administrators_will_do ? sids::kAdministrators : sids::kEveryone));
    }
    blocked_.push_back(*std::move(found));
  }

  static NeededFileBlocked Begin(const Judged& judged, const Decision& decision,
                                 CollectionType collection) {
    NeededFileBlocked blocked{
        judged.file.group, judged.file.path, collection, true, {}, "", "", {}};
    if (decision.rule != nullptr) {
      blocked.rule_id = decision.rule->id.ToString();
      blocked.rule_name = decision.rule->name;
    } else if (decision.reason == Reason::kSrpRule) {
      blocked.rule_id = srp::IdText(*decision.srp->rule);
      blocked.rule_name = srp::TargetText(*decision.srp->rule);
    }
    return blocked;
  }

  // Adds the deny rules that match; true if an allow rule does as well.
  bool CollectDenies(const Request& request, std::vector<const Rule*>& denies) const {
    bool is_allowed = false;
    for (const Rule* rule : MatchingRules(policies_, request)) {
      if (rule->action == applocker::Action::kAllow) {
        is_allowed = true;
      } else if (std::ranges::find(denies, rule) == denies.end()) {
        denies.push_back(rule);
      }
    }
    return is_allowed;
  }

  static bool IsAdministrator(const AccessToken& token, CollectionType collection) {
    const TokenView view = collection == CollectionType::kExe ? TokenView::kExe : TokenView::kAsIs;
    return std::ranges::any_of(token.Groups(view), [](const TokenGroup& group) {
      return group.sid == sids::kAdministrators && group.use == GroupUse::kEnabled;
    });
  }

  RuleAdvice Allow(const Judged& judged, CollectionType collection, const Sid& who) const {
    if (judged.file.folder.empty()) {
      return AdviseAllow({judged.file.path, &judged.identity, &judged.spellings}, collection, who,
                         false);
    }
    const auto spellings = SpellingsOf(judged.file.folder);
    return AdviseAllow({judged.file.folder, &judged.identity, &spellings}, collection, who, true);
  }

  bool IsInWindowsFolder(const NeededFileBlocked& blocked) const {
    return std::ranges::any_of(SpellingsOf(blocked.path), [](const PathSpelling& spelling) {
      return spelling.text.starts_with(kWindowsFolder);
    });
  }

  // A rule a file would be a long policy, and one that the next package breaks.
  void AdviseFolders() {
    std::map<CollectionType, std::vector<RuleAdvice*>> allows;
    for (NeededFileBlocked& blocked : blocked_) {
      if (!IsInWindowsFolder(blocked)) continue;
      for (RuleAdvice& advice : blocked.advice) {
        if (advice.kind == RuleAdvice::Kind::kAddRule)
          allows[blocked.collection].push_back(&advice);
      }
    }
    const std::vector<PathSpelling> folder = {{"%WINDIR%", true, true}};
    const FileIdentity nothing;
    for (auto& [collection, advised] : allows) {
      if (advised.size() < kFilesUntilFolder) continue;
      const bool is_for_administrators = std::ranges::all_of(advised, [](const RuleAdvice* advice) {
        return advice->rule.user_or_group_sid == sids::kAdministrators;
      });
      const RuleAdvice all =
          AdviseAllow({"/usr", &nothing, &folder}, collection,
                      is_for_administrators ? sids::kAdministrators : sids::kEveryone, true);
      for (RuleAdvice* advice : advised) *advice = all;
    }
  }

  const PolicySet& policies_;
  const PreflightSetup& setup_;
  const bool hashes_;
  const std::optional<std::set<dev_t>> devices_;
  const LocalAccounts accounts_;
  const std::vector<Asker> askers_;
  std::vector<NeededFileBlocked> blocked_;
};

std::string Joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

}  // namespace

std::string NeededFileBlocked::ToSentence() const {
  const std::string why =
      rule_id.empty() ? "no rule allows it" : fmt::format("the rule \"{}\" denies it", rule_name);
  return fmt::format("{}: {} {} blocked by the {} collection for {}: {}", group, path,
                     is_audited ? "would be, were it enforced," : "would be", ToString(collection),
                     Joined(askers), why);
}

std::vector<NeededFileBlocked> RunPreflight(const PolicySet& policies,
                                            const PreflightSetup& setup) {
  return Preflight(policies, setup).Run();
}

std::vector<Finding> CheckNeededFiles(const std::vector<NeededFileBlocked>& blocked) {
  std::vector<Finding> findings;
  for (const NeededFileBlocked& one : blocked) {
    const auto known = std::ranges::find(findings, one.group, &Finding::subject);
    if (known != findings.end()) continue;
    const auto more = std::ranges::count(blocked, one.group, &NeededFileBlocked::group) - 1;
    std::string text = one.ToSentence();
    if (more > 0) text += fmt::format("; and {} more of {}", more, one.group);
    std::string remedy;
    for (const RuleAdvice& advice : one.advice) {
      remedy += (remedy.empty() ? "" : "; ") + advice.ToWords();
    }
    findings.push_back({"needed-files", one.group, std::move(text), std::move(remedy)});
  }
  if (!findings.empty()) return findings;
  return {{"needed-files", "needed files",
           "what the machine needs to boot, to log in and to be repaired may run", ""}};
}

}  // namespace portcullis::enforcement
