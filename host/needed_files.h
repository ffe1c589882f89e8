// SPDX-License-Identifier: Apache-2.0
// What a machine needs to boot, to let an administrator in, and to be repaired.
//
// Shape:   the table (needed_files.cc) names files by group; only those that are there count, and
//          links are followed to the real one. Beside them: the shells of the accounts that
//          administer, what a script among them is run by, the dynamic loaders, and on request the
//          libraries that all of them load.
// Limits:  kMaxNeededFiles; kMaxScriptsAFolder of a folder of scripts.
// Errors:  none: what can not be looked at is not there, or has no dependencies.
// Threads: reentrant.
// Source:  docs/roll-out.md; execve(2), ld.so(8).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/local_accounts.h"

namespace portcullis {

inline constexpr size_t kMaxNeededFiles = 4096;
inline constexpr size_t kMaxScriptsAFolder = 32;

// Who runs the file when it is needed, as bits.
enum NeededBy : uint8_t {
  kByService = 1,        // root outside of a login session: what the service manager starts
  kBySession = 2,        // root in a login session
  kByAdministrator = 4,  // a member of an administrators' group who is not root
};
using NeededByBits = uint8_t;

struct NeededFile {
  std::string group;  // "init", "shell", "sshd": what an administrator names
  std::string path;   // the real one, below `root`
  NeededByBits by = 0;
  bool is_library = false;
  // A folder whose files are made and removed while the machine runs: a rule for it is about all of
  // them. Empty for a single file.
  std::string folder{};
};

struct NeededFilesOptions {
  std::string root;  // stands for /; empty: this machine
  std::vector<std::string> administrator_groups;
  // Programs of portcullis itself beside those of the table: where it runs from, say.
  std::vector<std::string> own_programs;
  bool with_libraries = false;
};

std::vector<NeededFile> FindNeededFiles(const NeededFilesOptions& options,
                                        const LocalAccounts& accounts);

// The names that groups have, for whoever is asked for one.
std::vector<std::string> NeededGroups();

// The libraries that the programs among `files` load, by DT_NEEDED; each is needed by whoever needs
// one of its programs. Those that no program names (of PAM and of the name service) are in the
// table.
void AddNeededLibraries(const std::string& root, std::vector<NeededFile>& files);

// Where the dynamic loader looks by itself; each ends in a slash.
const std::vector<std::string>& LibraryFolders();

// The real path of `path` below `root`, without the root; empty where nothing is there.
std::string RealPathBelow(const std::string& root, const std::string& path);

}  // namespace portcullis
