// SPDX-License-Identifier: Apache-2.0
#include "formats/registry/regpol.h"

#include <fmt/core.h>

#include <string_view>

#include "base/little_endian.h"
#include "base/utf.h"

namespace portcullis::registry {
namespace {

constexpr uint32_t kSignature = 0x67655250;  // "PReg"
constexpr uint32_t kVersion = 1;

constexpr std::string_view kWhat = "Registry.pol";

class EntryReader {
 public:
  explicit EntryReader(ByteReader& reader) : reader_(reader) {}

  Result<Entry> Read() {
    Entry entry;
    TRY_VOID(Expect(u'[', "before the key"));
    entry.key = TRY(ReadText(kMaxKeyUnits, "key"));
    TRY_VOID(Expect(u';', "behind the key"));
    entry.value = TRY(ReadText(kMaxValueNameUnits, "value name"));
    TRY_VOID(Expect(u';', "behind the value name"));
    entry.type = static_cast<Type>(TRY(reader_.Read<le32>()).value());
    TRY_VOID(Expect(u';', "behind the type"));
    const uint32_t size = TRY(reader_.Read<le32>());
    if (size > kMaxDataBytes) return TooLong("data", size, kMaxDataBytes, "bytes");
    TRY_VOID(Expect(u';', "behind the size"));
    const Bytes data = TRY(reader_.ReadBytes(size));
    entry.data.assign(data.begin(), data.end());
    TRY_VOID(Expect(u']', "behind the data"));
    return entry;
  }

 private:
  Result<void> Expect(char16_t wanted, std::string_view where) {
    const uint64_t offset = reader_.offset();
    const uint16_t found = TRY(reader_.Read<le16>());
    if (found == wanted) return {};
    return Fail(ErrorCode::kMalformed,
                fmt::format("{}: offset {}: 0x{:04X} {}, where '{}' is wanted", kWhat, offset,
                            found, where, static_cast<char>(wanted)));
  }

  Result<std::string> ReadText(size_t most, std::string_view what) {
    const uint64_t offset = reader_.offset();
    std::vector<uint8_t> units;
    while (true) {
      const Bytes unit = TRY(reader_.ReadBytes(2));
      if (unit[0] == 0 && unit[1] == 0) break;
      if (units.size() == 2 * most) return TooLong(what, most + 1, most, "UTF-16 units");
      units.insert(units.end(), unit.begin(), unit.end());
    }
    auto text = Utf16LeToUtf8(units);
    if (text) return text;
    return Fail(ErrorCode::kMalformed, fmt::format("{}: offset {}: its {} is not UTF-16: {}", kWhat,
                                                   offset, what, text.error().message));
  }

  Unexpected TooLong(std::string_view what, size_t found, size_t allowed, std::string_view unit) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("{}: offset {}: a {} of {} {}, at most {} are allowed", kWhat,
                            reader_.offset(), what, found, unit, allowed));
  }

  ByteReader& reader_;
};

Result<void> CheckHeader(ByteReader& reader) {
  const uint32_t signature = TRY(reader.Read<le32>());
  if (signature != kSignature) {
    return Fail(ErrorCode::kMalformed,
                fmt::format("{}: the signature is 0x{:08X}, not PReg", kWhat, signature));
  }
  const uint32_t version = TRY(reader.Read<le32>());
  if (version != kVersion) {
    return Fail(ErrorCode::kUnsupported,
                fmt::format("{}: version {}, where 1 is the only one known", kWhat, version));
  }
  return {};
}

// ---- Writing.

Result<void> AppendText(std::string& out, std::string_view text, size_t most) {
  if (!IsValidUtf8(text) || text.find('\0') != std::string_view::npos) {
    return Fail(ErrorCode::kMalformed, fmt::format("{}: a name is not UTF-8 without NUL", kWhat));
  }
  const std::string units = ToUtf16Le(text);
  if (units.size() / 2 > most) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("{}: a name of {} UTF-16 units, at most {} are allowed", kWhat,
                            units.size() / 2, most));
  }
  out += units;
  AppendLe16(out, 0);
  return {};
}

Result<void> AppendEntry(std::string& out, const Entry& entry) {
  if (entry.data.size() > kMaxDataBytes) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("{}: data of {} bytes, at most {} are allowed", kWhat,
                            entry.data.size(), kMaxDataBytes));
  }
  AppendLe16(out, u'[');
  TRY_VOID(AppendText(out, entry.key, kMaxKeyUnits));
  AppendLe16(out, u';');
  TRY_VOID(AppendText(out, entry.value, kMaxValueNameUnits));
  AppendLe16(out, u';');
  AppendLe32(out, static_cast<uint32_t>(entry.type));
  AppendLe16(out, u';');
  AppendLe32(out, static_cast<uint32_t>(entry.data.size()));
  AppendLe16(out, u';');
  out += AsText(entry.data);
  AppendLe16(out, u']');
  return {};
}

Result<void> CheckLimits(size_t entries, size_t bytes) {
  if (bytes > kMaxRegistryPolBytes) {
    return Fail(ErrorCode::kLimitExceeded, fmt::format("{}: {} bytes, at most {} are allowed",
                                                       kWhat, bytes, kMaxRegistryPolBytes));
  }
  if (entries > kMaxEntries) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("{}: more than {} entries", kWhat, kMaxEntries));
  }
  return {};
}

}  // namespace

Result<std::vector<Entry>> ParseRegistryPol(Bytes file) {
  TRY_VOID(CheckLimits(0, file.size()));
  ByteReader reader(file, kWhat);
  TRY_VOID(CheckHeader(reader));
  std::vector<Entry> entries;
  while (!reader.empty()) {
    TRY_VOID(CheckLimits(entries.size() + 1, 0));
    auto entry = EntryReader(reader).Read();
    if (!entry) {
      return Fail(entry.error().code,
                  fmt::format("entry {}: {}", entries.size() + 1, entry.error().message));
    }
    entries.push_back(*std::move(entry));
  }
  return entries;
}

Result<std::string> BuildRegistryPol(std::span<const Entry> entries) {
  TRY_VOID(CheckLimits(entries.size(), 0));
  std::string out;
  AppendLe32(out, kSignature);
  AppendLe32(out, kVersion);
  for (const Entry& entry : entries) {
    TRY_VOID(AppendEntry(out, entry));
    TRY_VOID(CheckLimits(0, out.size()));
  }
  return out;
}

}  // namespace portcullis::registry
