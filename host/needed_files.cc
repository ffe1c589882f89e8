// SPDX-License-Identifier: Apache-2.0
#include "host/needed_files.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <filesystem>
#include <set>
#include <span>

#include "base/byte_source.h"
#include "base/unique_fd.h"
#include "formats/elf/elf_dependencies.h"
#include "formats/script/script.h"
#include "host/read_file.h"

namespace portcullis {
namespace {

constexpr size_t kMaxInterpreterLine = 256;  // what the kernel reads of it, BINPRM_BUF_SIZE
constexpr const char* kLibraries = "libraries";
constexpr const char* kLoader = "loader";
constexpr const char* kShell = "shell";
constexpr const char* kPortcullis = "portcullis";

// A name without a slash is looked for in kPrograms, one that begins with ~ in kHelpers, one that
// begins with @ in the folders of libraries.
constexpr std::string_view kPrograms[] = {"/usr/sbin/", "/usr/bin/",        "/sbin/",
                                          "/bin/",      "/usr/local/sbin/", "/usr/local/bin/"};
constexpr std::string_view kHelpers[] = {"/usr/lib/", "/lib/", "/usr/libexec/"};

using Names = std::span<const std::string_view>;

constexpr std::string_view kInit[] = {"/sbin/init",
                                      "~systemd/systemd",
                                      "~systemd/systemd-executor",
                                      "~systemd/systemd-journald",
                                      "~systemd/systemd-udevd",
                                      "~systemd/systemd-logind",
                                      "~systemd/systemd-user-sessions",
                                      "~systemd/systemd-remount-fs",
                                      "~systemd/systemd-fsck",
                                      "~systemd/systemd-modules-load",
                                      "~systemd/systemd-sysctl",
                                      "~systemd/systemd-networkd",
                                      "~systemd/systemd-shutdown",
                                      "~systemd/systemd-sulogin-shell",
                                      "systemd-tmpfiles",
                                      "systemd-sysusers",
                                      "udevadm",
                                      "dbus-daemon",
                                      "dbus-broker-launch",
                                      "dbus-broker",
                                      "openrc",
                                      "openrc-run",
                                      "runit",
                                      "s6-svscan"};
constexpr std::string_view kLogin[] = {"login",   "agetty",  "getty",
                                       "sulogin", "nologin", "unix_chkpwd"};
constexpr std::string_view kShells[] = {"/bin/sh"};
constexpr std::string_view kSudo[] = {"sudo", "su", "doas", "pkexec", "run0"};
constexpr std::string_view kSshd[] = {"sshd", "~openssh/sshd-session", "~openssh/sshd-auth",
                                      "dropbear"};
constexpr std::string_view kSftp[] = {"~openssh/sftp-server"};
constexpr std::string_view kFileSystems[] = {
    "mount",     "umount",   "fsck", "fsck.ext4", "e2fsck", "fsck.xfs", "xfs_repair", "btrfs",
    "fsck.vfat", "modprobe", "kmod", "insmod",    "swapon", "blkid",    "ip"};
constexpr std::string_view kRepair[] = {"systemctl",
                                        "journalctl",
                                        "reboot",
                                        "shutdown",
                                        "ls",
                                        "cat",
                                        "cp",
                                        "mv",
                                        "rm",
                                        "mkdir",
                                        "chmod",
                                        "chown",
                                        "ln",
                                        "grep",
                                        "sed",
                                        "tar",
                                        "gzip",
                                        "passwd",
                                        "nano",
                                        "vi",
                                        "less",
                                        "editor",
                                        "sensible-editor"};
constexpr std::string_view kPackages[] = {"apt",
                                          "apt-get",
                                          "dpkg",
                                          "dpkg-deb",
                                          "dpkg-split",
                                          "dpkg-query",
                                          "dpkg-trigger",
                                          "dpkg-divert",
                                          "update-alternatives",
                                          "~apt/methods/http",
                                          "~apt/methods/https",
                                          "~apt/methods/file",
                                          "~apt/methods/gpgv",
                                          "~apt/methods/store",
                                          "gpgv",
                                          "debconf",
                                          "/usr/share/debconf/frontend",
                                          "dpkg-preconfigure",
                                          "update-initramfs",
                                          "ldconfig",
                                          "invoke-rc.d",
                                          "deb-systemd-helper",
                                          "deb-systemd-invoke",
                                          "perl",
                                          "rpm",
                                          "dnf",
                                          "yum",
                                          "microdnf",
                                          "zypper",
                                          "apk",
                                          "pacman"};
constexpr std::string_view kOwn[] = {"portcullis"};
// Loaded by name from within the C library and PAM: no program names them.
constexpr std::string_view kModules[] = {
    "@libnss_files.so.2",       "@libnss_compat.so.2",        "@libnss_systemd.so.2",
    "@security/pam_unix.so",    "@security/pam_permit.so",    "@security/pam_deny.so",
    "@security/pam_env.so",     "@security/pam_limits.so",    "@security/pam_loginuid.so",
    "@security/pam_nologin.so", "@security/pam_rootok.so",    "@security/pam_securetty.so",
    "@security/pam_selinux.so", "@security/pam_systemd.so",   "@security/pam_umask.so",
    "@security/pam_keyinit.so", "@security/pam_faildelay.so", "@security/pam_motd.so",
    "@security/pam_mail.so",    "@security/pam_lastlog.so",   "@security/pam_faillock.so"};

struct Row {
  std::string_view group;
  NeededByBits by;
  Names names;
};
constexpr NeededByBits kByAll = kByService | kBySession | kByAdministrator;
constexpr Row kTable[] = {{"init", kByService, kInit},
                          {"login", kByService, kLogin},
                          {kShell, kByAll, kShells},
                          {"sudo", kBySession | kByAdministrator, kSudo},
                          {"sshd", kByService, kSshd},
                          {"sshd", kBySession | kByAdministrator, kSftp},
                          {"repair", kByService | kBySession, kFileSystems},
                          {"repair", kBySession, kRepair},
                          {"packages", kBySession, kPackages},
                          {kPortcullis, kByService | kBySession, kOwn}};
constexpr Row kLibraryTable = {kLibraries, kByAll, kModules};

struct Folder {
  std::string_view group;
  NeededByBits by;
  std::string_view scripts;  // where they stand
  std::string_view around;   // where they also come and go
};
constexpr Folder kFolders[] = {{"packages", kBySession, "/var/lib/dpkg/info", "/var/lib/dpkg"}};
constexpr std::string_view kMaintainerScripts[] = {"preinst", "postinst", "prerm", "postrm",
                                                   "config"};

class Finder {
 public:
  explicit Finder(const std::string& root) : root_(root) {}

  // The real path; empty where nothing is there.
  std::string Add(std::string_view group, NeededByBits by, const std::string& path,
                  bool is_library = false, std::string_view folder = {}) {
    const std::string real = RealPathBelow(root_, path);
    if (real.empty() || files_.size() >= kMaxNeededFiles) return {};
    const auto same = [&](const NeededFile& file) {
      return file.path == real && file.group == group && file.is_library == is_library;
    };
    const auto found = std::ranges::find_if(files_, same);
    if (found != files_.end() && (found->by & by) == by) return real;
    if (found != files_.end()) {
      found->by |= by;
    } else {
      files_.push_back({std::string(group), real, by, is_library, std::string(folder)});
    }
    if (!is_library) AddWhatRunsIt(group, by, real);
    return real;
  }

  void AddRow(const Row& row) {
    for (const std::string_view name : row.names) {
      for (const std::string& path : Candidates(name)) Add(row.group, row.by, path, name[0] == '@');
    }
  }

  void AddFolder(const Folder& folder) {
    const std::string path = root_ + std::string(folder.scripts);
    std::set<std::string> names;  // the same ones each time
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
      const std::string name = entry.path().filename().string();
      const std::string_view kind = script::ExtensionOf(name);
      if (std::ranges::find(kMaintainerScripts, kind) == std::end(kMaintainerScripts)) continue;
      names.insert(name);
      if (names.size() > kMaxScriptsAFolder) names.erase(std::prev(names.end()));
    }
    for (const std::string& name : names) {
      Add(folder.group, folder.by, std::string(folder.scripts) + "/" + name, false, folder.around);
    }
  }

  std::vector<NeededFile> Take() { return std::move(files_); }

 private:
  static std::vector<std::string> Candidates(std::string_view name);

  // The kernel runs a script's interpreter and a program's dynamic loader in its name.
  void AddWhatRunsIt(std::string_view group, NeededByBits by, const std::string& real) {
    const auto fd = OpenRegularFile(root_ + real, Links::kFollow);
    if (!fd) return;
    const auto source = FdSource::Create(fd->get());
    if (!source) return;
    const size_t size = std::min<uint64_t>(source->size(), kMaxInterpreterLine);
    const auto head = source->Copy(0, size, kMaxInterpreterLine);
    if (head && script::HasInterpreterLine(*head)) return AddInterpreter(group, by, AsText(*head));
    const auto needs = elf::ElfDependencies::Parse(*source);
    if (needs && needs->interpreter.starts_with('/')) Add(kLoader, by, needs->interpreter);
  }

  void AddInterpreter(std::string_view group, NeededByBits by, std::string_view head) {
    std::string_view line = head.substr(2, head.find('\n') - 2);
    const std::string program(Word(line));
    if (!program.starts_with('/') || depth_ > 2) return;
    ++depth_;
    Add(group, by, program);
    // `env` runs the next one.
    if (program.ends_with("/env")) {
      const std::string_view name = Word(line);
      if (!name.empty() && name.find('/') == std::string_view::npos) {
        for (const std::string& path : Candidates(name)) Add(group, by, path);
      }
    }
    --depth_;
  }

  static std::string_view Word(std::string_view& line) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    const std::string_view word = line.substr(0, line.find_first_of(" \t\r"));
    line.remove_prefix(word.size());
    return word;
  }

  const std::string& root_;
  std::vector<NeededFile> files_;
  int depth_ = 0;
};

std::vector<std::string> Finder::Candidates(std::string_view name) {
  std::vector<std::string> paths;
  const auto below = [&](const auto& folders, std::string_view rest) {
    for (const auto& folder : folders) paths.push_back(std::string(folder) + std::string(rest));
  };
  if (name.starts_with('/')) return {std::string(name)};
  if (name.starts_with('~')) {
    below(kHelpers, name.substr(1));
  } else if (name.starts_with('@')) {
    below(LibraryFolders(), name.substr(1));
  } else {
    below(kPrograms, name);
  }
  return paths;
}

// Those of root and of administrators; of /etc/shells the accounts choose theirs.
std::vector<std::string> Shells(const NeededFilesOptions& options, const LocalAccounts& accounts) {
  std::vector<std::string> shells;
  for (const PasswdEntry& account : accounts.accounts()) {
    const bool is_needed =
        account.uid == 0 ||
        std::ranges::any_of(options.administrator_groups, [&](const std::string& group) {
          return accounts.IsInGroup(account, group);
        });
    if (is_needed) shells.push_back(account.shell);
  }
  return shells;
}

std::string RealPathInRoot(const std::string& root, const std::string& path) {
  const UniqueFd folder(open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  open_how how = {};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT;
  const UniqueFd file(
      static_cast<int>(syscall(SYS_openat2, folder.get(), path.c_str(), &how, sizeof(how))));
  if (!file.valid()) return {};
  std::string real(PATH_MAX, '\0');
  const std::string link = "/proc/self/fd/" + std::to_string(file.get());
  const ssize_t size = readlink(link.c_str(), real.data(), real.size());
  real.resize(size > 0 ? static_cast<size_t>(size) : 0);
  std::error_code error;
  const std::string above = std::filesystem::canonical(root, error).string();
  return !error && real.starts_with(above + "/") ? real.substr(above.size()) : std::string();
}

}  // namespace

std::string RealPathBelow(const std::string& root, const std::string& path) {
  std::error_code error;
  const std::string real =
      root.empty() ? std::filesystem::canonical(path, error).string() : RealPathInRoot(root, path);
  if (error || real.empty()) return {};
  return std::filesystem::is_regular_file(root + real, error) ? real : std::string();
}

std::vector<NeededFile> FindNeededFiles(const NeededFilesOptions& options,
                                        const LocalAccounts& accounts) {
  Finder finder(options.root);
  for (const Row& row : kTable) finder.AddRow(row);
  for (const std::string& shell : Shells(options, accounts)) {
    finder.Add(kShell, kBySession | kByAdministrator, shell);
  }
  for (const std::string& program : options.own_programs) {
    finder.Add(kPortcullis, kByService | kBySession, program);
  }
  for (const Folder& folder : kFolders) finder.AddFolder(folder);
  if (options.with_libraries) finder.AddRow(kLibraryTable);
  std::vector<NeededFile> files = finder.Take();
  if (options.with_libraries) AddNeededLibraries(options.root, files);
  return files;
}

std::vector<std::string> NeededGroups() {
  std::vector<std::string> groups = {kLibraries, kLoader};
  for (const Row& row : kTable) groups.emplace_back(row.group);
  std::ranges::sort(groups);
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  return groups;
}

}  // namespace portcullis
