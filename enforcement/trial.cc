// SPDX-License-Identifier: Apache-2.0
#include "enforcement/trial.h"

#include <fmt/core.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <utility>

#include "base/clock.h"
#include "base/utc_time.h"
#include "host/file_lock.h"
#include "host/read_file.h"
#include "host/replace_file.h"
#include "identity/file_hasher.h"
#include "policy/applocker/limits.h"

namespace portcullis::enforcement {
namespace {

using Kind = ServiceEvent::Kind;
using std::chrono::nanoseconds;
namespace fs = std::filesystem;

constexpr const char* kTrial = "trial";
constexpr const char* kTrialInMaking = "trial.new";
constexpr const char* kTrialEnded = "trial.ended";
constexpr const char* kRecord = "/record";
constexpr const char* kFormer = "/former.xml";
constexpr const char* kEnd = "/end";
constexpr size_t kMaxEndBytes = 64;
// After what could not be done now: the lock was held, the disk was full.
constexpr nanoseconds kTryAgain = std::chrono::seconds(1);
constexpr int64_t kSecondNs = 1'000'000'000;

struct EndWord {
  TrialEnd end;
  const char* word;
  Kind kind;
  const char* sentence;
};
constexpr EndWord kEnds[] = {
    {TrialEnd::kConfirmed, "confirmed", Kind::kPolicyConfirmed, "the policy {} was confirmed"},
    {TrialEnd::kNotConfirmed, "not-confirmed", Kind::kPolicyReverted,
     "the policy {} was not confirmed in time: the former one is back"},
    {TrialEnd::kOtherBoot, "other-boot", Kind::kPolicyReverted,
     "the machine was started anew before the policy {} was confirmed: the former one is back"},
    {TrialEnd::kByCommand, "by-command", Kind::kPolicyReverted,
     "the trial of the policy {} was ended by command: the former one is back"},
    {TrialEnd::kRefused, "refused", Kind::kPolicyReverted,
     "the service refused the policy {}: the former one is back"}};

const char* WordOf(TrialEnd end) { return std::ranges::find(kEnds, end, &EndWord::end)->word; }

Unexpected Refused(const std::string& what) {
  return Fail(ErrorCode::kIo, fmt::format("{}: {}", what, std::strerror(errno)));
}

bool Exists(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0;
}

// A state that somebody else may have written could name any file to be overwritten.
bool IsOwnFolder(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
         (status.st_uid == 0 || status.st_uid == geteuid()) && (status.st_mode & 022) == 0;
}

Result<std::string> Sha256Of(std::string_view text) {
  const MemorySource source(AsBytes(text));
  const DigestJob job = WholeFileJob(authenticode::DigestAlgorithm::kSha256, source.size());
  const auto digests = TRY(TakeDigests(source, std::span(&job, 1), 1));
  return HexLower(digests.front());
}

Result<std::string> NewId() {
  std::array<uint8_t, 16> bytes = {};
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    return Refused("getrandom");
  }
  return HexLower(bytes);
}

Result<void> Rename(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) != 0) return Refused("rename " + from);
  return {};
}

}  // namespace

BootClock BootClock::OfThisMachine() {
  return {[] { return ReadClockNs(CLOCK_BOOTTIME); },
          [] {
            std::string id = ReadFile("/proc/sys/kernel/random/boot_id", 4096).value_or("");
            std::erase(id, '\n');
            return id;
          }};
}

Trials::Trials(std::string state_directory, BootClock clock)
    : directory_(std::move(state_directory)), clock_(std::move(clock)) {}

std::string Trials::At(std::string_view name) const {
  return fmt::format("{}/{}", directory_, name);
}

Result<UniqueFd> Trials::Lock() const {
  std::error_code error;
  // Whatever the umask is: who else may write there could end trials.
  if (fs::create_directories(directory_, error)) {
    fs::permissions(directory_, fs::perms(0755), error);
  }
  auto lock = LockFile(At("trial.lock"), kLockPatience);
  if (lock || lock.error().code != ErrorCode::kLimitExceeded) return lock;
  return Fail(ErrorCode::kIo, "another process begins or ends a trial just now");
}

Result<std::optional<TrialRecord>> Trials::Find() const {
  const std::string folder = At(kTrial);
  if (!Exists(folder)) return std::nullopt;
  if (!IsOwnFolder(folder)) {
    return Fail(ErrorCode::kMalformed, folder + ": others than root may write it");
  }
  const auto text = ReadFile(folder + kRecord, kMaxTrialRecord);
  if (!text) return Fail(ErrorCode::kMalformed, folder + ": " + text.error().message);
  auto record = TrialRecord::Parse(*text);
  if (!record) return Fail(ErrorCode::kMalformed, folder + ": " + record.error().message);
  if (record->boot_id == clock_.boot_id() && Left(*record) > kLongestTrial) {
    return Fail(ErrorCode::kMalformed, folder + ": its deadline is too far away");
  }
  return *std::move(record);
}

Result<TrialRecord> Trials::Begin(const std::string& policy,
                                  std::chrono::milliseconds duration) const {
  const auto former = ReadFile(policy, applocker::kMaxPolicyFileBytes);
  if (!former) {
    return Fail(ErrorCode::kNotFound, fmt::format("there is no policy to go back to: {}: {}",
                                                  policy, former.error().message));
  }
  TrialRecord record{TRY(NewId()),     policy,
                     clock_.boot_id(), clock_.now_ns() + nanoseconds(duration).count(),
                     former->size(),   TRY(Sha256Of(*former))};
  const auto read_back = TrialRecord::Parse(record.ToText());
  if (!read_back || *read_back != record) {
    return Fail(ErrorCode::kUnsupported,
                "such a policy can not be tried: its path is not plain, or this boot has no id");
  }
  if (!IsOwnFolder(directory_)) {
    return Fail(ErrorCode::kIo, directory_ + ": others than root may write it");
  }
  const std::string folder = At(kTrialInMaking);
  std::error_code error;
  fs::remove_all(folder, error);
  if (mkdir(folder.c_str(), 0700) != 0) return Refused(folder);
  TRY_VOID(ReplaceFile(folder + kFormer, *former, 0600));
  TRY_VOID(ReplaceFile(folder + kRecord, record.ToText(), 0600));
  TRY_VOID(Rename(folder, At(kTrial)));
  TRY_VOID(SyncFolder(directory_));
  return record;
}

Result<std::string> Trials::ReadFormer(const TrialRecord& trial) const {
  const std::string path = At(kTrial) + kFormer;
  auto former = ReadFile(path, applocker::kMaxPolicyFileBytes);
  if (!former) return Fail(ErrorCode::kMalformed, path + ": " + former.error().message);
  if (former->size() != trial.former_size || TRY(Sha256Of(*former)) != trial.former_sha256) {
    return Fail(ErrorCode::kMalformed, path + ": is not what was written");
  }
  return former;
}

Result<void> Trials::End(const TrialRecord& trial, TrialEnd how) const {
  if (how != TrialEnd::kConfirmed) {
    const std::string former = TRY(ReadFormer(trial));
    const auto replaced = ReplaceFile(trial.policy, former);
    if (!replaced) return Fail(ErrorCode::kIo, trial.policy + ": " + replaced.error().message);
  }
  std::error_code error;
  fs::remove_all(At(kTrialEnded), error);
  TRY_VOID(ReplaceFile(At(kTrial) + kEnd, WordOf(how), 0600));
  TRY_VOID(Rename(At(kTrial), At(kTrialEnded)));
  return SyncFolder(directory_);
}

nanoseconds Trials::Left(const TrialRecord& trial) const {
  return nanoseconds(trial.deadline_ns - clock_.now_ns());
}

bool Trials::IsOver(const TrialRecord& trial) const {
  return trial.boot_id != clock_.boot_id() || Left(trial).count() <= 0;
}

TrialNews Trials::Settle() {
  TrialNews news;
  if (!Exists(At(kTrial)) && !Exists(At(kTrialEnded))) return news;
  const auto lock = Lock();
  if (!lock) {
    news.look_again_ns = clock_.now_ns() + kTryAgain.count();
    return news;
  }
  CollectEnded(news);
  SettleLocked(news);
  CollectEnded(news);
  return news;
}

Result<std::optional<TrialRecord>> Trials::UnderWay(TrialNews& news) const {
  auto found = Find();
  if (!found) {
    SetAside(found.error(), news);
    return std::nullopt;
  }
  if (!*found || !IsOver(**found)) return found;
  const bool is_same_boot = (*found)->boot_id == clock_.boot_id();
  const auto ended = End(**found, is_same_boot ? TrialEnd::kNotConfirmed : TrialEnd::kOtherBoot);
  if (ended) return std::nullopt;
  if (ended.error().code != ErrorCode::kMalformed) {
    return Fail(ErrorCode::kIo, "the former policy can not be put back: " + ended.error().message);
  }
  SetAside(ended.error(), news);
  return std::nullopt;
}

void Trials::SettleLocked(TrialNews& news) {
  const auto under_way = UnderWay(news);
  if (!under_way) {
    news.events.emplace_back(Kind::kNote, under_way.error().message);
    news.look_again_ns = clock_.now_ns() + kTryAgain.count();
    return;
  }
  if (!*under_way) return;
  const TrialRecord& trial = **under_way;
  news.look_again_ns = trial.deadline_ns;
  if (std::exchange(told_id_, trial.id) == trial.id) return;
  news.events.emplace_back(
      Kind::kNote,
      fmt::format("the policy {} is on trial: unless it is confirmed within {} s the former one "
                  "comes back",
                  trial.policy, (Left(trial).count() + kSecondNs - 1) / kSecondNs));
}

void Trials::CollectEnded(TrialNews& news) const {
  const std::string folder = At(kTrialEnded);
  if (!IsOwnFolder(folder)) return;
  const std::string word = ReadFile(folder + kEnd, kMaxEndBytes).value_or("");
  const auto record = TrialRecord::Parse(ReadFile(folder + kRecord, kMaxTrialRecord).value_or(""));
  const auto* const end = std::ranges::find(kEnds, word, &EndWord::word);
  if (end != std::end(kEnds) && record) {
    news.events.emplace_back(end->kind, fmt::format(fmt::runtime(end->sentence), record->policy));
  }
  std::error_code error;
  fs::remove_all(folder, error);
}

void Trials::SetAside(const Error& error, TrialNews& news) const {
  std::string date = FormatUtcTime(RealtimeNs() / kSecondNs);
  std::erase_if(date, [](char c) { return c == '-' || c == ':'; });
  const std::string aside = fmt::format("{}.{}.bad", At(kTrial), date);
  const auto renamed = Rename(At(kTrial), aside);
  news.events.emplace_back(
      Kind::kNote,
      fmt::format("the state of a trial is damaged ({}): the policy that is in place "
                  "stays; {}",
                  error.message,
                  renamed ? "the state is kept as " + aside : renamed.error().message));
}

void TrialKeeper::Look() {
  TrialNews news = trials_.Settle();
  std::ranges::move(news.events, std::back_inserter(kept_));
}

TrialNews TrialKeeper::Settle() {
  TrialNews news = trials_.Settle();
  kept_.insert(kept_.end(), news.events.begin(), news.events.end());
  news.events = std::exchange(kept_, {});
  return news;
}

}  // namespace portcullis::enforcement
