// SPDX-License-Identifier: Apache-2.0
// Writes a compiled policy file: sections first, then the frame around them.
#include <fmt/core.h>

#include <cstddef>
#include <utility>

#include "base/xxh64.h"
#include "formats/authenticode/digest.h"
#include "policy/compiled/image_head.h"
#include "policy/compiled/policy_image.h"
#include "policy/compiled/rule_record.h"

namespace portcullis::compiled {
namespace {

using applocker::Rule;
using applocker::RuleCollection;
using applocker::TableWriter;

struct Section {
  SectionKind kind = SectionKind::kHead;
  size_t collection = 0;
  std::string bytes;
};

ImageHead HeadOf(const ImageParts& parts) {
  ImageHead head;
  head.names = parts.names;
  head.outline.version = parts.policy.version;
  head.outline.policy_extensions = parts.policy.policy_extensions;
  for (const RuleCollection& collection : parts.policy.collections) {
    RuleCollection outline;
    outline.type = collection.type;
    outline.type_text = collection.type_text;
    outline.enforcement_mode = collection.enforcement_mode;
    outline.extensions = collection.extensions;
    head.outline.collections.push_back(std::move(outline));
    head.rules.push_back(static_cast<uint32_t>(collection.rules.size()));
  }
  return head;
}

void AddRules(const RuleCollection& collection, size_t number, std::vector<Section>& sections) {
  applocker::PodTable<RecordRef> records;
  std::string texts;
  for (const Rule& rule : collection.rules) {
    const std::string record = WriteRuleRecord(rule);
    records.push_back({texts.size(), static_cast<uint32_t>(record.size()),
                       static_cast<uint32_t>(Xxh64(AsBytes(record)))});
    texts += record;
  }
  TableWriter writer;
  writer.Table(records);
  sections.push_back({SectionKind::kRecords, number, writer.Take()});
  sections.push_back({SectionKind::kTexts, number, std::move(texts)});
}

std::vector<Section> MakeSections(const ImageParts& parts) {
  const ImageHead head = HeadOf(parts);
  const std::vector<bool> judged = JudgedBy(head);
  std::vector<Section> sections;
  sections.push_back({SectionKind::kHead, 0, WriteImageHead(head)});
  for (size_t i = 0; i < parts.policy.collections.size(); ++i) {
    const RuleCollection& collection = parts.policy.collections[i];
    AddRules(collection, i, sections);
    if (!judged[i]) continue;
    TableWriter writer;
    parts.compiled.rules.at(static_cast<size_t>(*collection.type))->Write(writer);
    sections.push_back({SectionKind::kEngine, i, writer.Take()});
  }
  return sections;
}

std::string Lay(const std::vector<Section>& sections, const MatchingSettings& settings) {
  std::string file;
  file += AsText(kMagic);
  AppendNumber(file, kFormatVersion, 4);
  AppendNumber(file, kEngineVersion, 4);
  file += AsText(BytesOf(settings));
  AppendNumber(file, 0, 8);  // the size, once it is known
  AppendNumber(file, sections.size(), 4);
  file.append(sizeof(Header) - file.size(), '\0');

  size_t end = file.size() + sections.size() * sizeof(SectionEntry);
  for (const Section& section : sections) {
    const size_t offset = AlignedTo(end, kSectionAlignment);
    AppendNumber(file, static_cast<uint32_t>(section.kind), 4);
    AppendNumber(file, section.collection, 4);
    AppendNumber(file, offset, 8);
    AppendNumber(file, section.bytes.size(), 8);
    AppendNumber(file, Xxh64(AsBytes(section.bytes)), 8);
    end = offset + section.bytes.size();
  }
  for (const Section& section : sections) {
    file.append(AlignedTo(file.size(), kSectionAlignment) - file.size(), '\0');
    file += section.bytes;
  }
  return file;
}

void Put(std::string& file, size_t at, std::string_view bytes) {
  file.replace(at, bytes.size(), bytes);
}

Result<void> Seal(std::string& file, size_t sections) {
  std::string size;
  AppendNumber(size, file.size(), 8);
  Put(file, offsetof(Header, file_size), size);

  using authenticode::Digest;
  Digest digest = TRY(Digest::Create(authenticode::DigestAlgorithm::kSha256));
  digest.Update(AsBytes(file).first(kSha256At));
  digest.Update(AsBytes(file).subspan(sizeof(Header)));
  Put(file, kSha256At, AsText(digest.Finish()));

  const std::string covered =
      file.substr(0, kChecksumAt) + file.substr(sizeof(Header), sections * sizeof(SectionEntry));
  std::string checksum;
  AppendNumber(checksum, Xxh64(AsBytes(covered)), 8);
  Put(file, kChecksumAt, checksum);
  return {};
}

// What is written can be read: a policy may hold what only memory bounds.
Result<void> CheckReadable(const std::string& file, const ImageParts& parts,
                           const MatchingSettings& settings) {
  const auto image = TRY(PolicyImage::Open(CopyAligned(AsBytes(file))));
  // The rules first: their message is of what somebody wrote.
  if (TRY(image->ReadPolicy()) != parts.policy) {
    return Fail(ErrorCode::kMalformed, "compiled policy: it does not read as what was compiled");
  }
  TRY(image->ReadEngine(settings));
  return {};
}

}  // namespace

Result<std::string> WriteImage(const ImageParts& parts, const MatchingSettings& settings) {
  std::vector<Section> sections = MakeSections(parts);
  if (sections.size() > kMaxSections || parts.names.size() > kMaxSources) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("compiled policy: {} collections of {} sources; at most {} of {}",
                            parts.policy.collections.size(), parts.names.size(), kMaxCollections,
                            kMaxSources));
  }
  std::string file = Lay(sections, settings);
  const size_t count = sections.size();
  sections.clear();
  TRY_VOID(Seal(file, count));
  TRY_VOID(CheckReadable(file, parts, settings));
  return file;
}

}  // namespace portcullis::compiled
