// SPDX-License-Identifier: Apache-2.0
#include "policy/compiled/policy_image.h"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "base/xxh64.h"
#include "formats/authenticode/digest.h"
#include "policy/applocker/limits.h"
#include "policy/compiled/rule_record.h"

namespace portcullis::compiled {
namespace {

using applocker::AppLockerPolicy;
using applocker::CompiledCollection;
using applocker::CompiledPolicy;
using applocker::Rule;
using applocker::RuleCollection;
using applocker::TableReader;

const char* NameOf(SectionKind kind) {
  switch (kind) {
    case SectionKind::kHead:
      return "head";
    case SectionKind::kRecords:
      return "records";
    case SectionKind::kTexts:
      return "texts";
    case SectionKind::kEngine:
      return "engine";
  }
  return "unknown";
}

Unexpected Malformed(std::string message) {
  return Fail(ErrorCode::kMalformed, std::move(message));
}

Error InSection(SectionKind kind, size_t collection, const Error& error) {
  return {error.code, fmt::format("compiled policy: section {} of collection {}: {}", NameOf(kind),
                                  collection, error.message)};
}

uint32_t ShortChecksum(Bytes record) { return static_cast<uint32_t>(Xxh64(record)); }

}  // namespace

bool LooksCompiled(Bytes beginning) {
  return beginning.size() >= kMagic.size() &&
         std::ranges::equal(beginning.first(kMagic.size()), kMagic);
}

SettingsBytes BytesOf(const MatchingSettings& settings) {
  // Each setting takes a byte; a new one wants a place here.
  static_assert(sizeof(MatchingSettings) == 13);
  const auto of = [](auto value) { return static_cast<uint8_t>(value); };
  return {of(settings.stream_is_part_of_path),
          of(settings.trailing_dots_and_spaces_count),
          of(settings.network_paths_have_device_spelling),
          of(settings.claimed_paths_count_as_verified),
          of(settings.question_mark_is_wildcard),
          of(settings.binary_name_is_substring),
          of(settings.lone_question_mark_is_any_name),
          of(settings.msi_authenticode_hash_matches),
          of(settings.reported_rule),
          of(settings.scripts_use_exe_view),
          of(settings.empty_collection_allows),
          of(settings.packages_match_by_publisher_only),
          of(settings.service_tokens)};
}

Result<std::shared_ptr<const PolicyImage>> PolicyImage::Open(HeldBytes held) {
  if (std::endian::native != std::endian::little) {
    return Fail(ErrorCode::kUnsupported, "compiled policy: only little-endian hosts read one");
  }
  std::shared_ptr<PolicyImage> image(new PolicyImage(std::move(held)));
  const auto address = reinterpret_cast<uintptr_t>(image->held_.bytes.data());
  if (address % kSectionAlignment != 0) {
    return Fail(ErrorCode::kUnsupported, "compiled policy: it does not begin at a cache line");
  }
  TRY_VOID(image->ReadHeader());
  TRY_VOID(image->ReadSections());
  return image;
}

Result<void> PolicyImage::ReadHeader() {
  const Bytes bytes = held_.bytes;
  ByteReader reader(bytes, "compiled policy");
  header_ = TRY(reader.Read<Header>());
  if (!LooksCompiled(header_.magic)) return Malformed("compiled policy: no magic at offset 0");
  if (header_.format_version != kFormatVersion) {
    return Fail(ErrorCode::kUnsupported,
                fmt::format("compiled policy: format version {} at offset 8; {} is known: compile "
                            "the policy anew",
                            header_.format_version.value(), kFormatVersion));
  }
  if (bytes.size() > kMaxImageBytes) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("compiled policy: {} bytes; at most {}", bytes.size(), kMaxImageBytes));
  }
  if (header_.file_size != bytes.size()) {
    return Fail(ErrorCode::kTruncated,
                fmt::format("compiled policy: {} bytes, where the header at offset 32 says {}",
                            bytes.size(), header_.file_size.value()));
  }
  if (header_.sections > kMaxSections) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("compiled policy: {} sections at offset 40; at most {}",
                            header_.sections.value(), kMaxSections));
  }
  if (header_.reserved != 0) return Malformed("compiled policy: offset 44 is not 0");
  for (uint32_t i = 0; i < header_.sections; ++i) {
    sections_.push_back(TRY(reader.Read<SectionEntry>()));
  }
  end_ = reader.position();
  std::string covered(AsText(bytes.first(kChecksumAt)));
  covered += AsText(bytes.subspan(sizeof(Header), end_ - sizeof(Header)));
  if (Xxh64(AsBytes(covered)) == header_.checksum) return {};
  return Fail(ErrorCode::kUntrusted,
              "compiled policy: the header and the table of sections do not have their checksum");
}

Result<Bytes> PolicyImage::TakeSection(SectionKind kind, size_t collection, bool is_checked) {
  if (next_section_ == sections_.size()) {
    return Malformed(fmt::format("compiled policy: section {} of collection {} is missing",
                                 NameOf(kind), collection));
  }
  const SectionEntry& entry = sections_[next_section_++];
  const Bytes bytes = held_.bytes;
  const size_t offset = AlignedTo(end_, kSectionAlignment);
  const bool is_it = entry.kind == static_cast<uint32_t>(kind) && entry.collection == collection;
  const bool fits =
      entry.offset == offset && offset <= bytes.size() && entry.size <= bytes.size() - offset;
  if (!is_it || !fits) {
    return Malformed(fmt::format(
        "compiled policy: section {} of the table is kind {} of collection {}, {} bytes at offset "
        "{}; expected is {} of collection {} at offset {}",
        next_section_ - 1, entry.kind.value(), entry.collection.value(), entry.size.value(),
        entry.offset.value(), NameOf(kind), collection, offset));
  }
  const auto is_zero = [](uint8_t byte) { return byte == 0; };
  if (!std::ranges::all_of(bytes.subspan(end_, offset - end_), is_zero)) {
    return Malformed(
        fmt::format("compiled policy: what fills up before offset {} is not zero", offset));
  }
  end_ = offset + static_cast<size_t>(entry.size);
  const Bytes section = bytes.subspan(offset, static_cast<size_t>(entry.size));
  if (is_checked && Xxh64(section) != entry.checksum) {
    return Fail(ErrorCode::kUntrusted,
                fmt::format("compiled policy: section {} of collection {} at offset {} does not "
                            "have its checksum",
                            NameOf(kind), collection, offset));
  }
  return section;
}

Result<void> PolicyImage::ReadHead() {
  auto head = ReadImageHead(TRY(TakeSection(SectionKind::kHead, 0, true)));
  if (!head) return Unexpected(InSection(SectionKind::kHead, 0, head.error()));
  head_ = *std::move(head);
  const std::vector<bool> judged = JudgedBy(head_);
  for (size_t i = 0; i < head_.rules.size(); ++i) {
    Collection collection;
    collection.rules = head_.rules[i];
    collection.is_judged_by = judged[i];
    collections_.push_back(std::move(collection));
  }
  return {};
}

Result<void> PolicyImage::ReadSections() {
  TRY_VOID(ReadHead());
  for (size_t i = 0; i < collections_.size(); ++i) {
    Collection& collection = collections_[i];
    const Bytes records = TRY(TakeSection(SectionKind::kRecords, i, true));
    collection.texts = TRY(TakeSection(SectionKind::kTexts, i, false));
    if (const auto read = ReadRecords(collection, records); !read) {
      return Unexpected(InSection(SectionKind::kRecords, i, read.error()));
    }
    if (!collection.is_judged_by) continue;
    collection.engine = TRY(TakeSection(SectionKind::kEngine, i, true));
  }
  if (next_section_ == sections_.size() && end_ == held_.bytes.size()) return {};
  return Malformed(fmt::format("compiled policy: {} sections and {} bytes are left over",
                               sections_.size() - next_section_, held_.bytes.size() - end_));
}

// Records stand one behind the other and are all of the texts.
Result<void> PolicyImage::ReadRecords(Collection& collection, Bytes section) {
  TableReader reader(section);
  reader.Table(collection.records);
  TRY_VOID(reader.Finish());
  uint64_t next = 0;
  bool are_in_order = collection.records.size() == collection.rules;
  for (const RecordRef& record : collection.records) {
    are_in_order &= record.offset == next;
    next += record.size;
  }
  if (are_in_order && next == collection.texts.size()) return {};
  return Malformed(fmt::format("{} records of {} bytes; expected are {} of {} in order",
                               collection.records.size(), next, collection.rules,
                               collection.texts.size()));
}

bool PolicyImage::HasEngineFor(const MatchingSettings& settings) const {
  return header_.engine_version == kEngineVersion && header_.settings == BytesOf(settings);
}

Result<CompiledPolicy> PolicyImage::ReadEngine(const MatchingSettings& settings) const {
  CompiledPolicy compiled;
  for (size_t i = 0; i < collections_.size(); ++i) {
    const RuleCollection& outline = head_.outline.collections[i];
    if (!outline.type) continue;
    const auto type = static_cast<size_t>(*outline.type);
    if (compiled.heads.at(type).is_there) continue;
    compiled.heads.at(type) = applocker::HeadOf(outline);
    compiled.heads.at(type).has_rules = collections_[i].is_judged_by;
    if (!collections_[i].is_judged_by) continue;
    TableReader reader(collections_[i].engine);
    compiled.rules.at(type) = CompiledCollection::Read(
        reader, {*outline.type, collections_[i].rules, static_cast<uint32_t>(head_.names.size())},
        settings);
    if (const auto read = reader.Finish(); !read) {
      return Unexpected(InSection(SectionKind::kEngine, i, read.error()));
    }
  }
  return compiled;
}

uint32_t PolicyImage::rules(size_t collection) const { return collections_.at(collection).rules; }

Result<Rule> PolicyImage::ReadRule(size_t collection, uint32_t place) const {
  const RecordRef& record = collections_.at(collection).records[place];
  const Bytes bytes =
      collections_[collection].texts.subspan(static_cast<size_t>(record.offset), record.size);
  auto rule = ShortChecksum(bytes) == record.checksum
                  ? ReadRuleRecord(bytes)
                  : Result<Rule>(Fail(ErrorCode::kUntrusted, "it does not have its checksum"));
  if (rule && rule->source >= head_.names.size()) {
    rule = Fail(ErrorCode::kMalformed,
                fmt::format("it is of source {} of {}", rule->source, head_.names.size()));
  }
  if (rule) return rule;
  return Unexpected(InSection(
      SectionKind::kTexts, collection,
      {rule.error().code,
       fmt::format("rule {} at byte {}: {}", place, record.offset, rule.error().message)}));
}

namespace {

// What takes memory in a rule many times over what it takes in the file.
size_t ConditionsOf(const Rule& rule) {
  const auto hashes = [](const applocker::Condition& condition) {
    const auto* of_file = std::get_if<applocker::FileHashCondition>(&condition);
    return of_file == nullptr ? size_t{0} : of_file->hashes.size();
  };
  size_t count = rule.exceptions.size() + hashes(rule.condition);
  for (const applocker::Condition& exception : rule.exceptions) count += hashes(exception);
  return count;
}

}  // namespace

Result<AppLockerPolicy> PolicyImage::ReadPolicy() const {
  AppLockerPolicy policy = head_.outline;
  const size_t limit = kMaxConditionsPerSource * std::max<size_t>(1, head_.names.size());
  size_t conditions = 0;
  for (size_t i = 0; i < collections_.size(); ++i) {
    std::vector<Rule>& rules = policy.collections[i].rules;
    rules.reserve(collections_[i].rules);
    for (uint32_t place = 0; place < collections_[i].rules; ++place) {
      rules.push_back(TRY(ReadRule(i, place)));
      conditions += ConditionsOf(rules.back());
      if (conditions <= limit) continue;
      return Fail(ErrorCode::kLimitExceeded,
                  fmt::format("compiled policy: more than {} hashes and exceptions", limit));
    }
  }
  return policy;
}

Result<void> PolicyImage::CheckDigest() const {
  using authenticode::Digest;
  Digest digest = TRY(Digest::Create(authenticode::DigestAlgorithm::kSha256));
  digest.Update(held_.bytes.first(kSha256At));
  digest.Update(held_.bytes.subspan(sizeof(Header)));
  if (std::ranges::equal(digest.Finish(), header_.sha256)) return {};
  return Fail(ErrorCode::kUntrusted, "compiled policy: the file does not have its SHA-256");
}

}  // namespace portcullis::compiled
