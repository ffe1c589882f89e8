// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/unique_fd.h"
#include "eventlog/sink.h"

namespace portcullis::eventlog {
namespace {

class FileSink final : public Sink {
 public:
  explicit FileSink(std::string path) : path_(std::move(path)) {}

  Result<void> Put(std::string_view rendered) override {
    if (!IsInPlace()) TRY_VOID(Open());
    std::string line(rendered);
    line += '\n';
    const ssize_t written = write(file_.get(), line.data(), line.size());
    if (written == static_cast<ssize_t>(line.size())) return {};
    const int error = written < 0 ? errno : ENOSPC;
    if (written > 0) TakeBack(written);
    return Fail(ErrorCode::kIo, fmt::format("{} can not be written: errno {}", path_, error));
  }

 private:
  // Not once it was moved away, by logrotate say.
  bool IsInPlace() const {
    struct stat open {};
    struct stat named {};
    return file_.valid() && fstat(file_.get(), &open) == 0 && stat(path_.c_str(), &named) == 0 &&
           open.st_dev == named.st_dev && open.st_ino == named.st_ino;
  }

  // Only a regular file never makes a writer wait for a reader.
  Result<void> Open() {
    constexpr int kFlags =
        O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    UniqueFd made(open(path_.c_str(), kFlags, 0600));
    if (!made.valid()) {
      return Fail(ErrorCode::kIo, fmt::format("{} can not be opened: errno {}", path_, errno));
    }
    struct stat status {};
    if (fstat(made.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
      return Fail(ErrorCode::kIo, path_ + " is no regular file");
    }
    file_ = std::move(made);
    return {};
  }

  // Half a line would make one with the next.
  void TakeBack(ssize_t written) const {
    struct stat status {};
    if (fstat(file_.get(), &status) != 0) return;
    [[maybe_unused]] const int cut = ftruncate(file_.get(), status.st_size - written);
  }

  std::string path_;
  UniqueFd file_;
};

}  // namespace

std::unique_ptr<Sink> MakeFileSink(std::string path) {
  return std::make_unique<FileSink>(std::move(path));
}

}  // namespace portcullis::eventlog
