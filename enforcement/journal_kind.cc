// SPDX-License-Identifier: Apache-2.0
// What the journal is as a child of the supervisor: its directories, its sandbox, its descriptors.
#include <fcntl.h>
#include <fmt/core.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <utility>

#include "base/unique_fd.h"
#include "enforcement/journal.h"
#include "enforcement/shared_state.h"
#include "eventlog/sink.h"

namespace portcullis::enforcement {
namespace {

// What SQLite, the C library and the sinks may take beside what every child has.
constexpr int kJournalCalls[] = {
    SYS_fsync,     SYS_fdatasync,    SYS_ftruncate, SYS_fallocate, SYS_unlinkat,  SYS_renameat,
    SYS_renameat2, SYS_readlinkat,   SYS_faccessat, SYS_fchmod,    SYS_fchown,    SYS_geteuid,
    SYS_getcwd,    SYS_memfd_create, SYS_flock,     SYS_getuid,    SYS_linkat,    SYS_faccessat2,
    SYS_utimensat, SYS_getdents64,   SYS_uname,     SYS_mkdirat,   SYS_getegid,   SYS_fstatfs,
    SYS_statfs,    SYS_umask,        SYS_fchmodat,  SYS_sysinfo,   SYS_prlimit64, SYS_getrusage,
    SYS_msync,     SYS_getppid,
#if defined(SYS_unlink)
    SYS_unlink,    SYS_rename,       SYS_access,    SYS_readlink,  SYS_link,      SYS_mkdir,
    SYS_chmod,
#endif
};

std::string DirectoryOf(const std::string& path) { return path.substr(0, path.rfind('/')); }

Unexpected Refused(const char* what, const std::string& path) {
  return Fail(ErrorCode::kIo, fmt::format("{} {}: errno {}", what, path, errno));
}

constexpr const char* kStoreFiles[] = {"events.db", "events.db-wal", "events.db-shm"};

// Files that root's journal left there become the account's with the directory. Nobody but root
// could write it until now, so none of them is a link somebody placed.
void HandOver(int directory, const ServiceAccount& account) {
  for (const char* name : kStoreFiles) {
    const UniqueFd file(openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat status {};
    if (!file.valid() || fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    [[maybe_unused]] const int changed = fchown(file.get(), account.uid, account.gid);
  }
}

// For the journal alone. One that was there keeps its mode; it becomes the account's where it was
// root's and `is_own`.
Result<void> MakeDirectory(const std::string& path, const ServiceAccount& account, bool is_own) {
  const bool is_new = mkdir(path.c_str(), 0700) == 0;
  if (!is_new && errno != EEXIST) return Refused("can not make", path);
  const UniqueFd directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat status {};
  if (!directory.valid() || fstat(directory.get(), &status) != 0) return Refused("open", path);
  if ((!is_new && !is_own) || status.st_uid != 0 || account.uid == 0) return {};
  HandOver(directory.get(), account);
  if (fchown(directory.get(), account.uid, account.gid) != 0) return Refused("chown", path);
  return {};
}

// Root's: the state of a trial stands there (trial.h). One that was the account's is taken back.
Result<void> MakeStateDirectory(const JournalConfig& config, const ServiceAccount& account) {
  const std::string& path = config.state_directory;
  const bool is_new = mkdir(path.c_str(), 0755) == 0;
  if (!is_new && errno != EEXIST) return Refused("can not make", path);
  const UniqueFd directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat status {};
  if (!directory.valid() || fstat(directory.get(), &status) != 0) return Refused("open", path);
  const bool was_the_accounts = account.uid != 0 && status.st_uid == account.uid;
  if (was_the_accounts && fchown(directory.get(), 0, 0) != 0) return Refused("chown", path);
  // Whatever the umask is: others may look through it.
  const bool is_ours = is_new || was_the_accounts;
  if (is_ours && fchmod(directory.get(), 0755) != 0) return Refused("chmod", path);
  return {};
}

// Before the journal's directory is its own: root may have no right to write there afterwards.
void MoveFormerStore(const JournalConfig& config) {
  if (mkdir(config.StoreDirectory().c_str(), 0700) != 0) return;
  for (const char* name : kStoreFiles) {
    const std::string former = config.state_directory + "/" + name;
    const std::string now = config.StoreDirectory() + "/" + name;
    [[maybe_unused]] const int renamed = rename(former.c_str(), now.c_str());
  }
}

Result<void> MakeDirectories(const JournalConfig& config, const ServiceAccount& account) {
  TRY_VOID(MakeStateDirectory(config, account));
  MoveFormerStore(config);
  TRY_VOID(MakeDirectory(config.StoreDirectory(), account, true));
  for (const SinkSetting& sink : config.sinks) {
    if (sink.kind != SinkSetting::Kind::kFile) continue;
    TRY_VOID(MakeDirectory(DirectoryOf(sink.path), account, false));
  }
  return {};
}

// Directories, not sockets: a reader that is started anew makes another socket there.
std::vector<ShownDirectory> ShownTo(const JournalConfig& config) {
  using As = ShownDirectory::As;
  std::vector<ShownDirectory> shown = {{config.StoreDirectory(), As::kWritable}};
  if (config.notice.to_terminal) shown.push_back({"/dev/pts", As::kDevices});
  for (const SinkSetting& sink : config.sinks) {
    switch (sink.kind) {
      case SinkSetting::Kind::kJournald:
        shown.push_back({DirectoryOf(eventlog::kJournaldSocket), As::kReadOnly});
        break;
      case SinkSetting::Kind::kSyslog:
        // A link to a socket of journald's, or a socket of its own among the devices, which are not
        // shown as such.
        shown.push_back({"/run/systemd/journal", As::kReadOnly});
        shown.push_back({DirectoryOf(eventlog::kSyslogSocket), As::kReadOnly});
        break;
      case SinkSetting::Kind::kFile:
        shown.push_back({DirectoryOf(sink.path), As::kWritable});
        break;
    }
  }
  // What lies in another comes after it; one that is named twice is shown once.
  std::ranges::stable_sort(shown, {}, &ShownDirectory::path);
  const auto same = [](const auto& a, const auto& b) { return a.path == b.path; };
  shown.erase(std::unique(shown.begin(), shown.end(), same), shown.end());
  return shown;
}

// Terminals are writable for their owner and for this group.
std::vector<gid_t> GroupsFor(const JournalConfig& config) {
  const group* const tty = config.notice.to_terminal ? getgrnam("tty") : nullptr;
  return tty == nullptr ? std::vector<gid_t>() : std::vector<gid_t>{tty->gr_gid};
}

eventlog::Origin ThisHost() {
  eventlog::Origin origin;
  char name[256] = {};
  if (gethostname(name, sizeof(name) - 1) == 0) origin.host_name = name;
  std::ifstream("/etc/machine-id") >> origin.machine_id;
  origin.service_pid = static_cast<uint32_t>(getpid());
  return origin;
}

}  // namespace

Result<Journal> MakeJournal(const JournalConfig& config, const ServiceAccount& account,
                            const JournalLink& link, int notices) {
  Journal journal;
  journal.made_directories = MakeDirectories(config, account);
  ChildKind& kind = journal.kind;
  kind.name = "journal";
  kind.kept = {link.reader.get()};
  if (notices >= 0) kind.kept.push_back(notices);
  kind.pulse = TRY(MapShared<ChildPulse>());
  kind.kept_pages = {link.counters};
  kind.sandbox.account = account;
  kind.sandbox.groups = GroupsFor(config);
  kind.sandbox.shown = ShownTo(config);
  kind.sandbox.more_calls.assign(std::begin(kJournalCalls), std::end(kJournalCalls));
  kind.run = [setup = JournalSetup{config, ThisHost(), &link, notices}](ChildSelf self) {
    return RunJournal(setup, std::move(self));
  };
  kind.ended = [counters = link.counters] { counters->JournalEnded(); };
  return journal;
}

}  // namespace portcullis::enforcement
