// SPDX-License-Identifier: Apache-2.0
#include "eventlog/event_store.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "base/unique_fd.h"
#include "eventlog/set_aside.h"
#include "eventlog/sqlite.h"
#include "eventlog/store_reader.h"
#include "eventlog/store_schema.h"
#include "eventlog/store_writer.h"

namespace portcullis::eventlog {
namespace {

Unexpected Refuse(ErrorCode code, const std::string& path, int error) {
  return Fail(code, fmt::format("{}: {}", path, std::strerror(error)));
}

Result<void> Named(const std::string& path, Result<void> result) {
  if (!result) result.error().message = path + ": " + result.error().message;
  return result;
}

// With the folder's own name in place of symbolic links: those above the store are the
// administrator's, one in its place is not followed.
Result<std::string> TruePath(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  char* const real = realpath(folder.c_str(), nullptr);
  if (real == nullptr) {
    return Refuse(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo, folder, errno);
  }
  std::string result(real);
  std::free(real);
  if (result.back() != '/') result += '/';
  return result.append(path, slash == std::string::npos ? 0 : slash + 1);
}

void MakeFolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash != std::string::npos && slash > 0) mkdir(path.substr(0, slash).c_str(), 0700);
}

// Made before SQLite sees it, for its mode. Fails with kMalformed on what can not be a store.
Result<void> MakeFile(const std::string& path) {
  const int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  const UniqueFd fd(open(path.c_str(), flags, 0600));
  struct stat status = {};
  if (!fd.valid()) {
    const bool is_unreadable = errno == EACCES || errno == EPERM || errno == ELOOP ||
                               errno == EISDIR || errno == EIO || errno == ENXIO;
    return Refuse(
        is_unreadable && lstat(path.c_str(), &status) == 0 ? ErrorCode::kMalformed : ErrorCode::kIo,
        path, errno);
  }
  if (fstat(fd.get(), &status) == 0 && S_ISREG(status.st_mode)) return {};
  return Fail(ErrorCode::kMalformed, path + ": it is no ordinary file");
}

Result<struct stat> RegularFile(const std::string& path) {
  struct stat status = {};
  if (lstat(path.c_str(), &status) != 0) {
    return Refuse(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo, path, errno);
  }
  if (!S_ISREG(status.st_mode)) {
    return Fail(ErrorCode::kMalformed, path + ": it is no ordinary file");
  }
  if (access(path.c_str(), R_OK) != 0) return Refuse(ErrorCode::kIo, path, errno);
  return status;
}

uint64_t BytesOf(const std::string& path) {
  struct stat status = {};
  return stat(path.c_str(), &status) == 0 ? static_cast<uint64_t>(status.st_size) : 0;
}

}  // namespace

struct EventStore::Impl {
  explicit Impl(std::string its_path) : path(std::move(its_path)) {}

  // Everything that belongs to the open file; the statements go before the database.
  struct Open {
    struct stat status = {};
    std::string stream;
    Database database;
    std::optional<StoreReader> reader;
    std::unique_ptr<StoreWriter> writer;
  };

  Result<void> OpenForReading();
  // Sets aside what can not be used, once.
  Result<void> OpenForWriting();
  Result<void> OpenFile(Database::Access access);

  const std::string path;
  StoreLimits limits;
  std::unique_ptr<Open> open;
  std::optional<std::string> set_aside;
};

Result<void> EventStore::Impl::OpenFile(Database::Access access) {
  open = std::make_unique<Open>();
  open->status = TRY(RegularFile(path));
  open->database = TRY(Database::Open(path, access));
  const bool is_empty = TRY(IsEmptyDatabase(open->database));
  if (is_empty && access == Database::Access::kRead) {
    return Fail(ErrorCode::kNotFound, "event store: nothing was written yet");
  }
  if (is_empty) TRY_VOID(CreateStore(open->database));
  TRY_VOID(CheckStore(open->database));
  open->stream = TRY(LoadStream(open->database));
  if (access == Database::Access::kWrite) {
    open->writer = TRY(StoreWriter::Open(open->database, limits));
  }
  open->reader = TRY(StoreReader::Prepare(open->database));
  return {};
}

Result<void> EventStore::Impl::OpenForReading() {
  TRY_VOID(OpenFile(Database::Access::kRead));
  // Whoever reads does not write the log into the file, not even as the last to leave.
  sqlite3_db_config(open->database.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  return {};
}

Result<void> EventStore::Impl::OpenForWriting() {
  const auto try_once = [this]() -> Result<void> {
    TRY_VOID(MakeFile(path));
    return OpenFile(Database::Access::kWrite);
  };
  auto opened = try_once();
  if (opened) return {};
  open.reset();
  const ErrorCode code = opened.error().code;
  if (code != ErrorCode::kMalformed && code != ErrorCode::kUnsupported) return opened;
  const std::string aside = TRY(SetAside(path));
  set_aside = fmt::format("{}; it is now {}", opened.error().message, aside);
  return try_once();
}

EventStore::EventStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EventStore::EventStore(EventStore&&) noexcept = default;
EventStore& EventStore::operator=(EventStore&&) noexcept = default;
EventStore::~EventStore() = default;

Result<EventStore> EventStore::OpenForWriting(const std::string& path, StoreLimits limits) {
  if (limits.max_bytes < kMinStoreBytes) {
    return Fail(ErrorCode::kLimitExceeded, fmt::format("{}: a store of {} bytes, at least {}", path,
                                                       limits.max_bytes, kMinStoreBytes));
  }
  MakeFolderOf(path);
  auto impl = std::make_unique<Impl>(TRY(TruePath(path)));
  impl->limits = limits;
  TRY_VOID(Named(path, impl->OpenForWriting()));
  return EventStore(std::move(impl));
}

Result<EventStore> EventStore::OpenForReading(const std::string& path) {
  auto impl = std::make_unique<Impl>(TRY(TruePath(path)));
  TRY_VOID(Named(path, impl->OpenForReading()));
  return EventStore(std::move(impl));
}

std::optional<std::string> EventStore::TakeSetAside() {
  return std::exchange(impl_->set_aside, std::nullopt);
}

const std::string& EventStore::stream() const { return impl_->open->stream; }

Result<EventStore::Written> EventStore::Write(std::span<const Event> events,
                                              std::span<const Repeat> repeats) {
  // Without a file after a former one could not be replaced.
  if (!impl_->open) TRY_VOID(impl_->OpenForWriting());
  if (!impl_->open->writer) return Fail(ErrorCode::kIo, "event store: opened for reading");
  auto written = impl_->open->writer->Write(events, repeats);
  if (written || written.error().code != ErrorCode::kMalformed) return written;
  // It became corrupt under us.
  impl_->open.reset();
  const std::string aside = TRY(SetAside(impl_->path));
  impl_->set_aside = fmt::format("{}; it is now {}", written.error().message, aside);
  TRY_VOID(impl_->OpenForWriting());
  return impl_->open->writer->Write(events, repeats);
}

Result<std::vector<Event>> EventStore::Read(const EventFilter& filter) const {
  if (!impl_->open) return Fail(ErrorCode::kIo, "event store: it is not open");
  return impl_->open->reader->Read(filter);
}

Result<uint64_t> EventStore::LastSequence() const {
  if (!impl_->open) return Fail(ErrorCode::kIo, "event store: it is not open");
  const auto next = TRY(impl_->open->database.Integer("SELECT next_sequence FROM meta"));
  if (next > 0) return static_cast<uint64_t>(next) - 1;
  return Fail(ErrorCode::kMalformed, "event store: the next number is not above 0");
}

Result<uint64_t> EventStore::Bytes() const {
  return BytesOf(impl_->path) + BytesOf(impl_->path + "-wal");
}

bool EventStore::WasReplaced() const {
  struct stat status = {};
  if (!impl_->open || lstat(impl_->path.c_str(), &status) != 0) return true;
  return status.st_dev != impl_->open->status.st_dev || status.st_ino != impl_->open->status.st_ino;
}

size_t StoredBytes(const Event& event) {
  constexpr size_t kNumbers = 120;
  size_t bytes = kNumbers + event.request_id.size() + event.text.size();
  if (!event.decision) return bytes;
  const DecisionEvent& decision = *event.decision;
  if (decision.rule) {
    bytes += decision.rule->id.size() + decision.rule->name.size() + decision.rule->sddl.size() +
             decision.rule->policy.size();
  }
  const EventFile& file = decision.file;
  bytes += 2 * kNumbers + file.path.size() + file.macro_path.size();
  if (file.publisher) {
    bytes += file.publisher->publisher.size() + file.publisher->product.size() +
             file.publisher->binary.size();
  }
  bytes += decision.process.program.size() + decision.process.user.size();
  for (const std::string& argument : decision.process.command_line) bytes += 2 + argument.size();
  return bytes;
}

}  // namespace portcullis::eventlog
