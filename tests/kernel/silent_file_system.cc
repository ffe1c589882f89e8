// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/silent_file_system.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/fuse.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace portcullis::testing {
namespace {

constexpr uint64_t kRoot = FUSE_ROOT_ID;
constexpr uint64_t kProgram = 2;
constexpr size_t kBufferBytes = 1 << 20;

fuse_attr AttributesOf(uint64_t node) {
  fuse_attr attributes{};
  attributes.ino = node;
  attributes.mode = node == kRoot ? (S_IFDIR | 0755U) : (S_IFREG | 0755U);
  attributes.nlink = 1;
  attributes.size = node == kRoot ? 0 : 4096;
  attributes.blksize = 4096;
  return attributes;
}

class Request {
 public:
  Request(int device, const char* bytes) : device_(device) {
    std::memcpy(&header_, bytes, sizeof header_);
    body_ = bytes + sizeof header_;
  }

  bool IsOpen() const { return header_.opcode == FUSE_OPEN; }
  bool IsLookup() const { return header_.opcode == FUSE_LOOKUP; }
  bool IsFlush() const { return header_.opcode == FUSE_FLUSH; }

  void Answer() const {
    switch (header_.opcode) {
      case FUSE_INIT:
        return AnswerInit();
      case FUSE_LOOKUP:
        return AnswerLookup();
      case FUSE_GETATTR: {
        fuse_attr_out out{};
        out.attr = AttributesOf(header_.nodeid);
        return Send(out);
      }
      case FUSE_OPEN:
      case FUSE_OPENDIR:
        return Send(fuse_open_out{});
      case FUSE_FLUSH:
      case FUSE_RELEASE:
      case FUSE_RELEASEDIR:
        return Write(0, nullptr, 0);
      case FUSE_READ:  // The point of it all: silence.
      case FUSE_FORGET:
      case FUSE_BATCH_FORGET:
      case FUSE_INTERRUPT:
        return;
      default:
        return Write(-ENOSYS, nullptr, 0);
    }
  }

 private:
  void AnswerInit() const {
    fuse_init_in in{};
    std::memcpy(&in, body_, sizeof(uint32_t) * 4);
    fuse_init_out out{};
    out.major = FUSE_KERNEL_VERSION;
    out.minor = std::min<uint32_t>(FUSE_KERNEL_MINOR_VERSION, in.minor);
    out.max_write = 4096;
    Send(out);
  }

  void AnswerLookup() const {
    if (std::strcmp(body_, "program") != 0) return Write(-ENOENT, nullptr, 0);
    fuse_entry_out out{};
    out.nodeid = kProgram;
    out.attr = AttributesOf(kProgram);
    Send(out);
  }

  template <typename T>
  void Send(const T& out) const {
    Write(0, &out, sizeof out);
  }

  void Write(int error, const void* body, size_t size) const {
    std::array<char, 512> message{};
    const fuse_out_header header{static_cast<uint32_t>(sizeof(fuse_out_header) + size), error,
                                 header_.unique};
    std::memcpy(message.data(), &header, sizeof header);
    if (size > 0) std::memcpy(message.data() + sizeof header, body, size);
    if (write(device_, message.data(), header.len) < 0) return;  // the asker is gone
  }

  int device_;
  fuse_in_header header_{};
  const char* body_;
};

}  // namespace

SilentFileSystem::SilentFileSystem(std::string directory, UniqueFd device, Names names,
                                   Closes closes)
    : directory_(std::move(directory)),
      device_(std::move(device)),
      names_(names),
      closes_(closes),
      server_([this] { Serve(); }) {}

Result<std::unique_ptr<SilentFileSystem>> SilentFileSystem::Mount(const std::string& directory,
                                                                  Names names, Closes closes) {
  UniqueFd device(open("/dev/fuse", O_RDWR | O_CLOEXEC));
  if (!device.valid()) return Fail(ErrorCode::kUnsupported, "no /dev/fuse here");
  const std::string options =
      fmt::format("fd={},rootmode=40000,user_id=0,group_id=0,allow_other", device.get());
  if (mount("silent", directory.c_str(), "fuse", MS_NOSUID | MS_NODEV, options.c_str()) != 0) {
    return Fail(ErrorCode::kUnsupported, fmt::format("fuse: {}", std::strerror(errno)));
  }
  return std::unique_ptr<SilentFileSystem>(
      new SilentFileSystem(directory, std::move(device), names, closes));
}

SilentFileSystem::~SilentFileSystem() {
  umount2(directory_.c_str(), MNT_FORCE | MNT_DETACH);
  server_.join();
}

// Ends when the file system is gone: reading the device fails then.
void SilentFileSystem::Serve() {
  std::string buffer(kBufferBytes, '\0');
  bool was_opened = false;
  for (;;) {
    const ssize_t size = read(device_.get(), buffer.data(), buffer.size());
    if (size < 0 && (errno == EINTR || errno == EAGAIN || errno == ENOENT)) continue;
    if (size < static_cast<ssize_t>(sizeof(fuse_in_header))) return;
    const Request request(device_.get(), buffer.data());
    was_opened = was_opened || request.IsOpen();
    if (was_opened && names_ == Names::kUntilOpened && request.IsLookup()) continue;
    if (request.IsFlush() && closes_ == Closes::kSilent) continue;
    request.Answer();
  }
}

}  // namespace portcullis::testing
