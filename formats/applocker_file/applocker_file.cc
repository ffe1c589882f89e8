// SPDX-License-Identifier: Apache-2.0
#include "formats/applocker_file/applocker_file.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/utf.h"

namespace portcullis::applocker_file {
namespace {

constexpr std::array<uint8_t, 4> kMagic = {'A', 'p', 'P', 'F'};
constexpr uint32_t kEnforce = 1;
constexpr uint32_t kServiceModeShift = 2;
constexpr uint32_t kServiceMode = 3U << kServiceModeShift;
constexpr uint32_t kAllowWindows = 0x20;
constexpr size_t kGuidLength = 36;
constexpr size_t kMinTextCharacters = 2;

struct Header {
  std::array<uint8_t, 4> magic;
  le32 unknown_4;
  le32 unknown_8;
  le32 rules;
  le32 descriptor_offset;
  le32 descriptor_size;
  le32 flags;
};
static_assert(sizeof(Header) == 28);

// A text and where it stands.
struct FoundText {
  uint64_t offset = 0;
  std::string text;
};

bool IsTextUnit(uint16_t unit) { return unit >= 0x20 && unit != 0x7F && unit != 0xFFFF; }

bool IsHexDigit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// The digits and hyphens of a GUID, with braces around it or without.
std::optional<std::string> GuidOf(std::string_view text) {
  if (text.starts_with('{') && text.ends_with('}') && text.size() >= 2) {
    text = text.substr(1, text.size() - 2);
  }
  if (text.size() != kGuidLength) return std::nullopt;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_hyphen ? text[i] != '-' : !IsHexDigit(text[i])) return std::nullopt;
  }
  return std::string(text);
}

bool IsSddl(std::string_view text) { return text.starts_with("D:("); }

// Reads texts that end with a zero, at even places, out of bytes whose structure is not known.
class TextFinder {
 public:
  TextFinder(Bytes bytes, uint64_t base) : bytes_(bytes), base_(base) {}

  Result<void> Find(std::vector<FoundText>& found) {
    size_t begin = 0;
    for (size_t at = 0; at + 1 < bytes_.size(); at += 2) {
      const auto unit = static_cast<uint16_t>(bytes_[at] | bytes_[at + 1] << 8);
      if (IsTextUnit(unit)) continue;
      if (unit == 0) TRY_VOID(Take(begin, at, found));
      begin = at + 2;
    }
    return {};
  }

 private:
  Result<void> Take(size_t begin, size_t end, std::vector<FoundText>& found) const {
    const size_t characters = (end - begin) / 2;
    if (characters < kMinTextCharacters || characters > kMaxTextCharacters) return {};
    auto text = Utf16LeToUtf8(bytes_.subspan(begin, end - begin));
    if (!text) return {};
    if (found.size() == kMaxTexts) {
      return Fail(
          ErrorCode::kLimitExceeded,
          fmt::format("AppLocker file: more than {} texts at offset {}", kMaxTexts, base_ + begin));
    }
    found.push_back({base_ + begin, *std::move(text)});
    return {};
  }

  Bytes bytes_;
  uint64_t base_;
};

// An SDDL closes what was found since the one before: the last GUID and the last other text.
std::vector<RuleText> RulesIn(const std::vector<FoundText>& found) {
  std::vector<RuleText> rules;
  RuleText next;
  for (const FoundText& one : found) {
    if (IsSddl(one.text)) {
      next.offset = one.offset;
      next.sddl = one.text;
      next.is_cut = one.text.ends_with(kCutEnd);
      rules.push_back(std::move(next));
      next = {};
    } else if (auto guid = GuidOf(one.text)) {
      next.guid = *std::move(guid);
    } else {
      next.name = one.text;
    }
  }
  return rules;
}

void AddNotes(const Header& header, AppLockerFile& file) {
  const auto note = [&](uint32_t value, const char* what) {
    if (value != 0)
      file.notes.push_back(fmt::format("{} is {:#x}; its meaning is not known", what, value));
  };
  note(header.unknown_4, "the number at offset 4");
  note(header.unknown_8, "the number at offset 8");
  note(file.unknown_flags, "what is left of the flags at offset 24");
  if (!file.texts.empty() && file.texts.size() != file.rules) {
    file.notes.push_back(fmt::format("{} rules by the header, but the SDDL of {} was found",
                                     file.rules, file.texts.size()));
  }
}

}  // namespace

bool LooksLikeAppLockerFile(Bytes beginning) {
  return beginning.size() >= kMagic.size() &&
         std::ranges::equal(beginning.first(kMagic.size()), kMagic);
}

Result<AppLockerFile> Parse(Bytes bytes) {
  if (bytes.size() > kMaxFileBytes) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("AppLocker file: {} bytes; at most {}", bytes.size(), kMaxFileBytes));
  }
  ByteReader reader(bytes, "AppLocker file");
  const auto header = TRY(reader.Read<Header>());
  if (!LooksLikeAppLockerFile(header.magic)) {
    return Fail(ErrorCode::kMalformed, "AppLocker file: no \"ApPF\" at offset 0");
  }
  AppLockerFile file;
  file.rules = header.rules;
  if (file.rules > kMaxRules) {
    return Fail(
        ErrorCode::kLimitExceeded,
        fmt::format("AppLocker file: {} rules at offset 12; at most {}", file.rules, kMaxRules));
  }
  file.descriptor_offset = header.descriptor_offset;
  if (header.descriptor_offset < sizeof(Header)) {
    return Fail(ErrorCode::kMalformed,
                fmt::format("AppLocker file: the descriptor at offset {} by offset 16, inside of "
                            "the header",
                            header.descriptor_offset.value()));
  }
  TRY_VOID(reader.Seek(header.descriptor_offset));
  file.descriptor = TRY(reader.ReadBytes(header.descriptor_size));
  file.flags = header.flags;
  file.enforces = (file.flags & kEnforce) != 0;
  file.service_mode = static_cast<uint8_t>((file.flags & kServiceMode) >> kServiceModeShift);
  file.allows_windows = (file.flags & kAllowWindows) != 0;
  file.unknown_flags = file.flags & ~(kEnforce | kServiceMode | kAllowWindows);

  const size_t descriptor_end = reader.position();
  std::vector<FoundText> found;
  const size_t before = header.descriptor_offset - sizeof(Header);
  TRY_VOID(TextFinder(bytes.subspan(sizeof(Header), before), sizeof(Header)).Find(found));
  TRY_VOID(TextFinder(bytes.subspan(descriptor_end), descriptor_end).Find(found));
  file.texts = RulesIn(found);
  AddNotes(header, file);
  return file;
}

}  // namespace portcullis::applocker_file
