// SPDX-License-Identifier: Apache-2.0
#include "host/mount_table.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>

#include "host/read_file.h"

namespace portcullis {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSyntheticFileSystems[] = {
    "autofs", "binfmt_misc", "bpf",        "cgroup",    "cgroup2", "configfs", "debugfs",
    "devpts", "efivarfs",    "functionfs", "fusectl",   "mqueue",  "nsfs",     "proc",
    "pstore", "rpc_pipefs",  "securityfs", "selinuxfs", "smackfs", "sysfs",    "tracefs"};
constexpr std::string_view kCaselessFileSystems[] = {"exfat", "hfs",    "hfsplus", "iso9660",
                                                     "msdos", "umsdos", "vfat"};
constexpr std::string_view kUnpluggableBuses[] = {"ccw",    "firewire",    "ieee1394", "mmc",
                                                  "pcmcia", "thunderbolt", "usb"};

template <typename Range>
bool Contains(const Range& range, std::string_view text) {
  return std::ranges::find(range, text) != std::end(range);
}

std::string_view TakeWord(std::string_view& line) {
  const size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

bool IsOctal(char c) { return c >= '0' && c <= '7'; }

// The kernel writes blanks and backslashes in names as \ooo.
std::string Unescape(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && IsOctal(text[i + 1]) && IsOctal(text[i + 2]) &&
        IsOctal(text[i + 3])) {
      result += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                  (text[i + 3] - '0'));
      i += 3;
    } else {
      result += text[i];
    }
  }
  return result;
}

bool ParseDevice(std::string_view text, Mount& mount) {
  const char* end = text.data() + text.size();
  auto [colon, error] = std::from_chars(text.data(), end, mount.major);
  if (error != std::errc() || colon == end || *colon != ':') return false;
  const auto [stop, second] = std::from_chars(colon + 1, end, mount.minor);
  return second == std::errc() && stop == end;
}

bool HasOption(std::string_view options, std::string_view wanted) {
  while (!options.empty()) {
    const size_t end = std::min(options.find(','), options.size());
    if (options.substr(0, end) == wanted) return true;
    options.remove_prefix(std::min(end + 1, options.size()));
  }
  return false;
}

// id parent major:minor root point options [tag...] - type source super-options
std::optional<Mount> ParseLine(std::string_view line) {
  Mount mount;
  TakeWord(line);
  TakeWord(line);
  if (!ParseDevice(TakeWord(line), mount)) return std::nullopt;
  mount.is_whole = TakeWord(line) == "/";
  mount.point = Unescape(TakeWord(line));
  if (!mount.point.starts_with('/')) return std::nullopt;
  if (mount.point == "/") mount.point.clear();
  while (!line.empty() && TakeWord(line) != "-") {
  }
  mount.file_system = TakeWord(line);
  mount.source = Unescape(TakeWord(line));
  mount.is_synthetic = Contains(kSyntheticFileSystems, mount.file_system);
  mount.ignores_case = Contains(kCaselessFileSystems, mount.file_system) ||
                       HasOption(line, "nocase") || HasOption(line, "ignore_case");
  return mount;
}

// File systems such as btrfs and ntfs-3g have a device number of their own; their source has the
// disk's.
void UseDeviceOfSource(Mount& mount) {
  struct stat status {};
  if (mount.major != 0 || !mount.source.starts_with("/dev/")) return;
  if (stat(mount.source.c_str(), &status) != 0 || !S_ISBLK(status.st_mode)) return;
  mount.major = major(status.st_rdev);
  mount.minor = minor(status.st_rdev);
}

// The first line of a small attribute file of sysfs.
std::string Attribute(const std::string& path) {
  constexpr size_t kMaxAttributeBytes = 4096;
  auto text = ReadFile(path, kMaxAttributeBytes);
  if (!text) return {};
  return text->substr(0, text->find('\n'));
}

bool IsBelowUnpluggableBus(fs::path device, const fs::path& top) {
  std::error_code error;
  for (; device.has_relative_path() && device != top; device = device.parent_path()) {
    const fs::path subsystem = fs::read_symlink(device / "subsystem", error);
    if (!error && Contains(kUnpluggableBuses, subsystem.filename().string())) return true;
    // USB ports and PCI slots say so themselves.
    if (Attribute((device / "removable").string()) == "removable") return true;
  }
  return false;
}

}  // namespace

Medium BlockDevices::Find(uint32_t major, uint32_t minor) const {
  if (major == 0) return {};
  std::error_code error;
  const fs::path device =
      fs::canonical(fmt::format("{}/dev/block/{}:{}", sysfs_, major, minor), error);
  return error ? Medium{} : OfDevice(device.string(), 0);
}

Medium BlockDevices::OfDevice(const std::string& device, int depth) const {
  std::error_code error;
  const bool is_partition = fs::exists(device + "/partition", error);
  const std::string disk = is_partition ? fs::path(device).parent_path().string() : device;
  Medium medium;
  medium.is_removable = Attribute(disk + "/removable") == "1";
  const fs::path top = fs::canonical(sysfs_, error);
  medium.is_hot_plug = IsBelowUnpluggableBus(fs::path(disk), top);
  if (depth >= kMaxDeviceDepth) return medium;
  // Encrypted and logical volumes are on what their slaves are on.
  for (auto slave = fs::directory_iterator(device + "/slaves", error);
       !error && slave != fs::directory_iterator(); slave.increment(error)) {
    const fs::path below = fs::canonical(slave->path(), error);
    if (error) break;
    const Medium found = OfDevice(below.string(), depth + 1);
    medium.is_removable |= found.is_removable;
    medium.is_hot_plug |= found.is_hot_plug;
  }
  return medium;
}

MountTable MountTable::Parse(std::string_view mountinfo,
                             const std::vector<std::string>& network_file_systems,
                             const BlockDevices& devices) {
  MountTable table;
  while (!mountinfo.empty()) {
    const size_t end = std::min(mountinfo.find('\n'), mountinfo.size());
    auto mount = ParseLine(mountinfo.substr(0, end));
    mountinfo.remove_prefix(std::min(end + 1, mountinfo.size()));
    if (!mount) continue;
    UseDeviceOfSource(*mount);
    mount->medium = devices.Find(mount->major, mount->minor);
    mount->is_network = Contains(network_file_systems, mount->file_system);
    table.mounts_.push_back(*std::move(mount));
  }
  return table;
}

Result<MountTable> MountTable::Load(const std::string& mountinfo_file,
                                    const std::vector<std::string>& network_file_systems) {
  const auto text = ReadFile(mountinfo_file, kMaxMountInfoBytes);
  if (!text) {
    return Fail(text.error().code, mountinfo_file + ": " + text.error().message);
  }
  return Parse(*text, network_file_systems, BlockDevices());
}

Result<MountTable> MountTable::WithoutMedia(const std::vector<std::string>& network_file_systems) {
  // Nothing is found below a file.
  return Parse(TRY(ReadFile("/proc/self/mountinfo", kMaxMountInfoBytes)), network_file_systems,
               BlockDevices("/dev/null"));
}

const Mount* MountTable::Find(std::string_view real_path) const {
  const Mount* best = nullptr;
  for (const Mount& mount : mounts_) {
    if (!IsAtOrBelow(real_path, mount.point)) continue;
    // Of two mounts on one point the later covers the earlier.
    if (best == nullptr || mount.point.size() >= best->point.size()) best = &mount;
  }
  return best;
}

bool IsAtOrBelow(std::string_view path, std::string_view directory) {
  return path.starts_with(directory) &&
         (path.size() == directory.size() || path[directory.size()] == '/');
}

}  // namespace portcullis
