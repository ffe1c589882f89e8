// SPDX-License-Identifier: Apache-2.0
#include "tests/support/pe_builder.h"

#include <algorithm>

namespace portcullis::testing {
namespace {

constexpr size_t kFileAlignment = 512;
constexpr size_t kHeaderOffset = 64;
constexpr uint32_t kTextRva = 0x1000;

void Pad(Buffer& buffer, size_t alignment) {
  buffer.resize((buffer.size() + alignment - 1) / alignment * alignment);
}

void AppendUtf16(Buffer& buffer, std::string_view ascii) {
  for (const char c : ascii) AppendLe(buffer, static_cast<uint8_t>(c), 2);
  AppendLe(buffer, 0, 2);
}

void Append(Buffer& buffer, Bytes bytes) {
  for (const uint8_t byte : bytes) buffer.push_back(byte);  // gcc 12 misreads insert() here
}

// A block of a version resource: its own length is filled in, children are padded.
Buffer Block(std::string_view key, uint16_t type, size_t value_length, const Buffer& value,
             const std::vector<Buffer>& children) {
  Buffer block;
  AppendLe(block, 0, 2);
  AppendLe(block, value_length, 2);
  AppendLe(block, type, 2);
  AppendUtf16(block, key);
  Pad(block, 4);
  Append(block, value);
  for (const Buffer& child : children) {
    Pad(block, 4);
    Append(block, child);
  }
  WriteLe(block, 0, block.size(), 2);
  return block;
}

Buffer StringBlock(const std::string& name, const std::string& text) {
  Buffer value;
  AppendUtf16(value, text);
  return Block(name, 1, text.size() + 1, value, {});
}

void AppendSectionHeader(Buffer& pe, std::string_view name, uint32_t rva, size_t raw_offset,
                         size_t raw_size) {
  std::string padded(name);
  padded.resize(8);
  Append(pe, AsBytes(padded));
  AppendLe(pe, raw_size, 4);
  AppendLe(pe, rva, 4);
  AppendLe(pe, raw_size, 4);
  AppendLe(pe, raw_offset, 4);
  pe.resize(pe.size() + 16);
}

void AppendOptionalHeader(BuiltPe& pe, const PeSpec& spec, size_t resource_size) {
  const size_t start = pe.bytes.size();
  pe.bytes.resize(start + (spec.is_pe32_plus ? 112 : 96));
  WriteLe(pe.bytes, start, spec.is_pe32_plus ? 0x20B : 0x10B, 2);
  WriteLe(pe.bytes, start + 60, kFileAlignment, 4);  // SizeOfHeaders
  pe.checksum_offset = start + 64;
  WriteLe(pe.bytes, pe.checksum_offset, 0xDEADBEEF, 4);
  WriteLe(pe.bytes, start + (spec.is_pe32_plus ? 108 : 92), spec.directory_count, 4);
  const size_t directories = pe.bytes.size();
  pe.bytes.resize(directories + 8 * spec.directory_count);
  pe.certificate_entry_offset = directories + 4 * 8;
  if (resource_size > 0 && spec.directory_count > 2) {
    WriteLe(pe.bytes, directories + 2 * 8, kResourceRva, 4);
    WriteLe(pe.bytes, directories + 2 * 8 + 4, resource_size, 4);
  }
}

}  // namespace

void AppendLe(Buffer& buffer, uint64_t value, size_t size) {
  for (size_t i = 0; i < size; ++i) buffer.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

void WriteLe(Buffer& buffer, size_t offset, uint64_t value, size_t size) {
  for (size_t i = 0; i < size; ++i) buffer.at(offset + i) = static_cast<uint8_t>(value >> (8 * i));
}

Buffer BuildVersionResource(const VersionSpec& spec) {
  Buffer fixed;
  AppendLe(fixed, spec.fixed_signature, 4);
  AppendLe(fixed, 0x10000, 4);
  for (const size_t i : {1U, 0U, 3U, 2U}) AppendLe(fixed, spec.file_version[i], 2);
  fixed.resize(52);

  std::vector<Buffer> children;
  std::vector<Buffer> tables;
  for (const StringTable& table : spec.tables) {
    std::vector<Buffer> strings;
    for (const auto& [name, text] : table.strings) strings.push_back(StringBlock(name, text));
    tables.push_back(Block(table.key, 1, 0, {}, strings));
  }
  if (!tables.empty()) children.push_back(Block("StringFileInfo", 1, 0, {}, tables));
  if (!spec.translations.empty()) {
    Buffer pairs;
    for (const auto& [language, code_page] : spec.translations) {
      AppendLe(pairs, language, 2);
      AppendLe(pairs, code_page, 2);
    }
    children.push_back(
        Block("VarFileInfo", 1, 0, {}, {Block("Translation", 0, pairs.size(), pairs, {})}));
  }
  return Block("VS_VERSION_INFO", 0, fixed.size(), fixed, children);
}

Buffer BuildResourceSection(const std::vector<VersionEntry>& entries) {
  // Three directories of one, then n entries; the data entries; the bytes. One name only: every
  // entry shares the first one's.
  constexpr size_t kTypes = 0, kNames = 24, kLanguages = 48;
  Buffer section(kLanguages + 16 + 8 * entries.size());
  const auto directory = [&](size_t at, size_t count) { WriteLe(section, at + 14, count, 2); };
  directory(kTypes, 1);
  WriteLe(section, kTypes + 16, 16, 4);
  WriteLe(section, kTypes + 20, 0x80000000 | kNames, 4);
  directory(kNames, 1);
  WriteLe(section, kNames + 16, entries.front().name, 4);
  WriteLe(section, kNames + 20, 0x80000000 | kLanguages, 4);
  directory(kLanguages, entries.size());
  for (size_t i = 0; i < entries.size(); ++i) {
    const size_t data_entry = section.size();
    WriteLe(section, kLanguages + 16 + 8 * i, entries[i].language, 4);
    WriteLe(section, kLanguages + 16 + 8 * i + 4, data_entry, 4);
    section.resize(data_entry + 16);
    WriteLe(section, data_entry, kResourceRva + section.size(), 4);
    WriteLe(section, data_entry + 4, entries[i].bytes.size(), 4);
    Append(section, entries[i].bytes);
    Pad(section, 4);
  }
  return section;
}

BuiltPe BuildPe(const PeSpec& spec) {
  BuiltPe pe;
  pe.bytes.resize(kHeaderOffset);
  WriteLe(pe.bytes, 0, 0x5A4D, 2);
  WriteLe(pe.bytes, 60, kHeaderOffset, 4);
  Append(pe.bytes, AsBytes(std::string_view("PE\0\0", 4)));
  const size_t sections = spec.resources.empty() ? 1 : 2;
  AppendLe(pe.bytes, spec.is_pe32_plus ? 0x8664 : 0x14C, 2);
  AppendLe(pe.bytes, sections, 2);
  pe.bytes.resize(pe.bytes.size() + 12);
  AppendLe(pe.bytes, (spec.is_pe32_plus ? 112U : 96U) + 8 * spec.directory_count, 2);
  AppendLe(pe.bytes, spec.is_dll ? 0x2002 : 0x0002, 2);
  AppendOptionalHeader(pe, spec, spec.resources.size());

  Buffer text = spec.text;
  Pad(text, kFileAlignment);
  Buffer resources = spec.resources;
  Pad(resources, kFileAlignment);
  pe.section_table_offset = pe.bytes.size();
  AppendSectionHeader(pe.bytes, ".text", kTextRva, kFileAlignment, text.size());
  pe.resource_offset = kFileAlignment + text.size();
  if (!resources.empty()) {
    AppendSectionHeader(pe.bytes, ".rsrc", kResourceRva, pe.resource_offset, resources.size());
  }
  Pad(pe.bytes, kFileAlignment);
  Append(pe.bytes, text);
  Append(pe.bytes, resources);
  Append(pe.bytes, spec.overlay);
  return pe;
}

void AttachCertificates(BuiltPe& pe, const std::vector<Buffer>& entries) {
  Pad(pe.bytes, 8);
  const size_t table = pe.bytes.size();
  for (const Buffer& entry : entries) {
    AppendLe(pe.bytes, entry.size() + 8, 4);
    AppendLe(pe.bytes, 0x0200, 2);
    AppendLe(pe.bytes, 2, 2);
    Append(pe.bytes, entry);
    Pad(pe.bytes, 8);
  }
  WriteLe(pe.bytes, pe.certificate_entry_offset, table, 4);
  WriteLe(pe.bytes, pe.certificate_entry_offset + 4, pe.bytes.size() - table, 4);
}

Buffer AuthenticodeContent(const BuiltPe& pe) {
  Buffer content;
  for (size_t i = 0; i < pe.bytes.size(); ++i) {
    const bool in_checksum = i >= pe.checksum_offset && i < pe.checksum_offset + 4;
    const bool in_entry = i >= pe.certificate_entry_offset && i < pe.certificate_entry_offset + 8;
    if (!in_checksum && !in_entry) content.push_back(pe.bytes[i]);
  }
  content.resize(content.size() + (8 - pe.bytes.size() % 8) % 8);
  return content;
}

}  // namespace portcullis::testing
