// SPDX-License-Identifier: Apache-2.0
#include "host/url_zone.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <vector>

#include "base/bytes.h"
#include "base/unique_fd.h"
#include "formats/zone_identifier/zone_identifier.h"

namespace portcullis {
namespace {

constexpr const char* kSambaStream = "user.DosStream.Zone.Identifier:$DATA";
constexpr const char* kNtfs3gStream = "user.Zone.Identifier";
constexpr const char* kOriginUrl = "user.xdg.origin.url";

// Empty where there is none, or it is longer than a kernel keeps.
std::vector<uint8_t> AttributeOf(int fd, const char* name) {
  std::vector<uint8_t> value(kMaxZoneIdentifierBytes);
  const ssize_t size = fgetxattr(fd, name, value.data(), value.size());
  value.resize(size < 0 ? 0 : static_cast<size_t>(size));
  return value;
}

// Of a regular file alone: nothing else is opened to be read.
std::vector<uint8_t> FrontOf(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW));
  struct stat status {};
  if (!fd.valid() || fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  std::vector<uint8_t> front(kMaxZoneIdentifierBytes);
  const ssize_t size = pread(fd.get(), front.data(), front.size(), 0);
  front.resize(size < 0 ? 0 : static_cast<size_t>(size));
  return front;
}

std::optional<uint32_t> NumberOfZone(int fd, const std::string& path) {
  for (const char* name : {kSambaStream, kNtfs3gStream}) {
    if (const auto zone = ParseZoneIdentifier(AttributeOf(fd, name))) return zone;
  }
  if (!path.empty()) {
    if (const auto zone = ParseZoneIdentifier(FrontOf(path + ":Zone.Identifier"))) return zone;
  }
  return ZoneOfUrl(AsText(AttributeOf(fd, kOriginUrl)));
}

}  // namespace

std::optional<srp::UrlZone> ZoneOfFile(int fd, const std::string& path) {
  const auto number = NumberOfZone(fd, path);
  return number ? srp::UrlZoneOf(*number) : std::nullopt;
}

}  // namespace portcullis
