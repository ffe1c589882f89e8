// SPDX-License-Identifier: Apache-2.0
#include "enforcement/memory_map.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/limits.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "base/unique_fd.h"
#include "host/thread_file.h"

namespace portcullis::enforcement {
namespace {

// What a PROCMAP_QUERY asks and answers.
struct ProcmapQuery {
  uint64_t size;
  uint64_t query_flags;
  uint64_t query_address;
  uint64_t start;
  uint64_t end;
  uint64_t flags;
  uint64_t page_size;
  uint64_t offset;
  uint64_t inode;
  uint32_t major;
  uint32_t minor;
  uint32_t name_size;
  uint32_t build_id_size;
  uint64_t name_address;
  uint64_t build_id_address;
};
static_assert(sizeof(ProcmapQuery) == 104);
constexpr unsigned long kProcmapQuery = _IOWR('f', 17, ProcmapQuery);
constexpr uint64_t kExecutable = 0x04;

template <typename Number>
bool ParseNumber(std::string_view text, Number& number, int base) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, base);
  return error == std::errc() && stop == end;
}

// What stands before `separator`; `text` begins behind it then.
std::string_view TakeUntil(std::string_view& text, char separator) {
  const std::string_view taken = text.substr(0, std::min(text.find(separator), text.size()));
  text.remove_prefix(std::min(taken.size() + 1, text.size()));
  return taken;
}

bool ParseRange(std::string_view& line, FileMapping& mapping) {
  return ParseNumber(TakeUntil(line, '-'), mapping.start, 16) &&
         ParseNumber(TakeUntil(line, ' '), mapping.end, 16);
}

// start-end permissions offset major:minor inode, blanks, name.
bool ParseRest(std::string_view line, FileMapping& mapping) {
  const std::string_view permissions = TakeUntil(line, ' ');
  if (permissions.size() != 4) return false;
  mapping.is_executable = permissions[2] == 'x';
  TakeUntil(line, ' ');
  if (!ParseNumber(TakeUntil(line, ':'), mapping.major, 16)) return false;
  if (!ParseNumber(TakeUntil(line, ' '), mapping.minor, 16)) return false;
  if (!ParseNumber(TakeUntil(line, ' '), mapping.inode, 10)) return false;
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  mapping.name = line;
  return true;
}

using Found = std::optional<FileMapping>;

// Absent: this kernel can not be asked so.
std::optional<Found> Query(int maps, uint64_t address) {
  std::array<char, PATH_MAX> name = {};
  ProcmapQuery query = {};
  query.size = sizeof(query);
  query.query_address = address;
  query.name_size = name.size();
  query.name_address = reinterpret_cast<uint64_t>(name.data());
  if (ioctl(maps, kProcmapQuery, &query) != 0) {
    // Whatever else it is, the text will say it.
    if (errno == ENOENT) return Found(std::nullopt);
    return std::nullopt;
  }
  FileMapping mapping;
  mapping.start = query.start;
  mapping.end = query.end;
  mapping.is_executable = (query.flags & kExecutable) != 0;
  mapping.major = query.major;
  mapping.minor = query.minor;
  mapping.inode = query.inode;
  if (query.name_size > 0) mapping.name.assign(name.data(), query.name_size - 1);
  return Found(std::move(mapping));
}

}  // namespace

std::optional<FileMapping> FindInMaps(std::string_view maps, uint64_t address) {
  while (!maps.empty()) {
    std::string_view line = TakeUntil(maps, '\n');
    FileMapping mapping;
    const bool is_it =
        ParseRange(line, mapping) && address >= mapping.start && address < mapping.end;
    if (is_it && ParseRest(line, mapping)) return mapping;
  }
  return std::nullopt;
}

bool IsMappedToExecute(std::string_view maps, std::string_view name) {
  while (!maps.empty()) {
    std::string_view line = TakeUntil(maps, '\n');
    FileMapping mapping;
    if (!ParseRange(line, mapping) || !ParseRest(line, mapping)) continue;
    const std::string_view mapped = mapping.name;
    if (mapping.is_executable && mapping.inode != 0 && !name.empty() &&
        mapped.substr(mapped.rfind('/') + 1) == name) {
      return true;
    }
  }
  return false;
}

Result<std::optional<FileMapping>> FindMapping(pid_t tid, uint64_t address) {
  const UniqueFd maps(open(ThreadFilePath(tid, "maps").c_str(), O_RDONLY | O_CLOEXEC));
  if (maps.valid()) {
    if (auto answer = Query(maps.get(), address)) return *std::move(answer);
  }
  return FindInMaps(TRY(ReadThreadFile(tid, "maps", kMaxMapsBytes)), address);
}

std::string MappedFilePath(pid_t tid, const FileMapping& mapping) {
  return fmt::format("{}/{:x}-{:x}", ThreadFilePath(tid, "map_files"), mapping.start, mapping.end);
}

}  // namespace portcullis::enforcement
