// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/private_mounts.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sched.h>
#include <sys/fanotify.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include "base/unique_fd.h"

namespace portcullis::testing {
namespace {

constexpr const char* kImageSize = "400M";  // the least that mkfs.xfs takes, and some

Unexpected Failed(const std::string& what) {
  return Fail(ErrorCode::kIo, fmt::format("{}: {}", what, std::strerror(errno)));
}

Result<dev_t> DeviceOf(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return Failed(path);
  return status.st_dev;
}

Result<void> Shell(const std::string& command) {
  if (std::system(command.c_str()) == 0) return {};
  return Fail(ErrorCode::kUnsupported, fmt::format("failed: {}", command));
}

// The devices of everything mounted now.
std::vector<dev_t> MountedDevices() {
  std::vector<dev_t> devices;
  std::ifstream in("/proc/self/mountinfo");
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    std::string id, parent, device, root, point;
    fields >> id >> parent >> device >> root >> point;
    if (auto found = DeviceOf(point)) devices.push_back(*found);
  }
  return devices;
}

bool CanUnshareMounts() {
  const pid_t child = fork();
  if (child == 0) {
    const bool can = unshare(CLONE_NEWNS) == 0 &&
                     mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                     mount("probe", "/tmp", "tmpfs", 0, nullptr) == 0;
    _exit(can ? 0 : 1);
  }
  int status = 1;
  return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

}  // namespace

std::string WhyNoKernelTests() {
  if (geteuid() != 0) return kNotRoot;
  const UniqueFd group(static_cast<int>(
      fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_UNLIMITED_QUEUE, O_RDONLY | O_CLOEXEC)));
  if (!group.valid()) return kNoFanotify;
  return CanUnshareMounts() ? "" : kNoMounts;
}

Result<PrivateMounts> PrivateMounts::Enter(unsigned seconds) {
  alarm(seconds);
  PrivateMounts mounts;
  mounts.foreign_ = MountedDevices();
  if (unshare(CLONE_NEWNS) != 0) return Failed("unshare");
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return Failed("make private");
  // Covers what stands there, in this namespace alone, and leaves nothing behind.
  mounts.scratch_ = "/mnt";
  if (mount("scratch", "/mnt", "tmpfs", 0, "mode=755") != 0) return Failed("/mnt");
  return mounts;
}

Result<std::string> PrivateMounts::Mount(const std::string& kind) {
  const std::string directory = fmt::format("{}/{}-{}", scratch_, kind, own_.size());
  if (mkdir(directory.c_str(), 0755) != 0) return Failed(directory);
  if (kind == "tmpfs") {
    if (mount("test", directory.c_str(), "tmpfs", 0, "mode=755") != 0) return Failed(directory);
  } else if (kind == "overlay") {
    TRY(MountOverlay(directory));
  } else {
    TRY(MountImage(kind, directory));
  }
  TRY_VOID(Adopt(directory));
  return directory;
}

Result<void> PrivateMounts::Adopt(const std::string& path) {
  const dev_t device = TRY(DeviceOf(path));
  if (std::ranges::find(foreign_, device) != foreign_.end()) {
    return Fail(ErrorCode::kIo, fmt::format("{} is not a file system of its own", path));
  }
  own_.push_back(device);
  return {};
}

Result<std::string> PrivateMounts::MountImage(const std::string& kind,
                                              const std::string& directory) {
  const std::string image = directory + ".img";
  TRY_VOID(Shell(fmt::format("truncate -s {} {}", kImageSize, image)));
  TRY_VOID(Shell(fmt::format("mkfs.{} {} {} > /dev/null 2>&1", kind,
                             kind == "xfs" ? "-q -f" : "-q -F", image)));
  TRY_VOID(Shell(fmt::format("mount -o loop {} {} 2> /dev/null", image, directory)));
  return directory;
}

// Its layers are on a file system of their own, which Mount made too.
Result<std::string> PrivateMounts::MountOverlay(const std::string& directory) {
  const std::string layers = TRY(Mount("tmpfs"));
  TRY_VOID(Shell(fmt::format("mkdir {0}/lower {0}/upper {0}/work", layers)));
  const std::string options =
      fmt::format("lowerdir={0}/lower,upperdir={0}/upper,workdir={0}/work", layers);
  if (mount("test", directory.c_str(), "overlay", 0, options.c_str()) != 0) {
    return Fail(ErrorCode::kUnsupported, fmt::format("overlay: {}", std::strerror(errno)));
  }
  return directory;
}

Result<void> PrivateMounts::MustBeOwn(const std::string& path) const {
  const dev_t device = TRY(DeviceOf(path));
  if (std::ranges::find(own_, device) != own_.end()) return {};
  return Fail(ErrorCode::kIo, fmt::format("{} is not on a file system of this test", path));
}

}  // namespace portcullis::testing
