// SPDX-License-Identifier: Apache-2.0
#include "tests/support/zip_builder.h"

#define ZLIB_CONST
#include <zlib.h>

#include <algorithm>

namespace portcullis::testing {
namespace {

constexpr size_t kBlock = 64 << 10;
constexpr uint64_t kElsewhere = 0xFFFF'FFFF;

class Out {
 public:
  Out& Le(uint64_t value, size_t size) {
    for (size_t i = 0; i < size; ++i) bytes.push_back(static_cast<uint8_t>(value >> (8 * i)));
    return *this;
  }
  Out& Text(std::string_view text) {
    for (const char c : text) bytes.push_back(static_cast<uint8_t>(c));
    return *this;
  }
  std::vector<uint8_t> bytes;
};

struct Packed {
  std::vector<uint8_t> bytes;
  uint64_t crc = 0;
};
Packed Pack(const ZipFile& file) {
  const auto size = static_cast<uInt>(file.content.size());
  return {file.is_deflated ? DeflateBlocks(file.content).bytes : file.content,
          crc32(0, file.content.data(), size)};
}

void PutDescriptor(Out& out, DescriptorForm form, const Packed& packed, uint64_t size) {
  if (form == DescriptorForm::kNone) return;
  const size_t width = form == DescriptorForm::kSigned64 ? 8 : 4;
  if (form != DescriptorForm::kPlain) out.Le(0x08074B50, 4);
  out.Le(packed.crc, 4).Le(packed.bytes.size(), width).Le(size, width);
}

uint64_t FlagsOf(const ZipFile& file) { return file.descriptor == DescriptorForm::kNone ? 0 : 8; }
uint64_t MethodOf(const ZipFile& file) { return file.is_deflated ? 8 : 0; }

void PutFile(Out& out, const ZipFile& file, const Packed& packed, ZipPlace& place) {
  const bool is_late = file.descriptor != DescriptorForm::kNone;
  place.local = out.bytes.size();
  out.Le(0x04034B50, 4).Le(45, 2).Le(FlagsOf(file), 2).Le(MethodOf(file), 2).Le(0, 4);
  out.Le(is_late ? 0 : packed.crc, 4).Le(is_late ? 0 : packed.bytes.size(), 4);
  out.Le(is_late ? 0 : file.content.size(), 4).Le(file.name.size(), 2).Le(0, 2).Text(file.name);
  place.content = out.bytes.size();
  place.header_size = place.content - place.local;
  place.packed_size = packed.bytes.size();
  out.Text(AsText(packed.bytes));
  PutDescriptor(out, file.descriptor, packed, file.content.size());
}

void PutRecord(Out& out, const ZipFile& file, const Packed& packed, ZipPlace& place) {
  const bool is_wide = file.has_zip64_field;
  place.record = out.bytes.size();
  out.Le(0x02014B50, 4).Le(45, 2).Le(45, 2).Le(FlagsOf(file), 2).Le(MethodOf(file), 2).Le(0, 4);
  out.Le(packed.crc, 4).Le(is_wide ? kElsewhere : packed.bytes.size(), 4);
  out.Le(is_wide ? kElsewhere : file.content.size(), 4).Le(file.name.size(), 2);
  out.Le(is_wide ? 28 : 0, 2).Le(0, 2).Le(0, 2).Le(0, 2).Le(0, 4);
  out.Le(is_wide ? kElsewhere : place.local, 4).Text(file.name);
  if (!is_wide) return;
  out.Le(1, 2).Le(24, 2).Le(file.content.size(), 8).Le(packed.bytes.size(), 8);
  out.Le(place.local, 8);
}

void PutEnd(Out& out, const ZipSpec& spec, BuiltZip& zip) {
  const size_t size = out.bytes.size() - zip.directory;
  const size_t count = spec.files.size();
  if (spec.has_zip64_end) {
    zip.end64 = out.bytes.size();
    out.Le(0x06064B50, 4).Le(44, 8).Le(45, 2).Le(45, 2).Le(0, 4).Le(0, 4);
    out.Le(count, 8).Le(count, 8).Le(size, 8).Le(zip.directory, 8);
    out.Le(0x07064B50, 4).Le(0, 4).Le(zip.end64, 8).Le(1, 4);
  }
  zip.end = out.bytes.size();
  const bool is_wide = spec.has_zip64_end;
  out.Le(0x06054B50, 4).Le(0, 2).Le(0, 2);
  out.Le(is_wide ? 0xFFFF : count, 2).Le(is_wide ? 0xFFFF : count, 2);
  out.Le(is_wide ? kElsewhere : size, 4).Le(is_wide ? kElsewhere : zip.directory, 4);
  out.Le(spec.comment.size(), 2).Text(spec.comment);
}

}  // namespace

DeflatedBlocks DeflateBlocks(Bytes content) {
  DeflatedBlocks blocks;
  z_stream stream = {};
  deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::vector<uint8_t> piece(2 * kBlock);
  const auto run = [&](Bytes input, int flush) {
    stream.next_in = input.data();
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = piece.data();
    stream.avail_out = static_cast<uInt>(piece.size());
    deflate(&stream, flush);
    const size_t size = piece.size() - stream.avail_out;
    for (size_t i = 0; i < size; ++i) blocks.bytes.push_back(piece[i]);
    return size;
  };
  for (size_t at = 0; at < content.size(); at += kBlock) {
    const size_t size = std::min(kBlock, content.size() - at);
    blocks.sizes.push_back(run(content.subspan(at, size), Z_FULL_FLUSH));
  }
  run({}, Z_FINISH);
  deflateEnd(&stream);
  return blocks;
}

BuiltZip BuildZip(const ZipSpec& spec) {
  BuiltZip zip;
  Out out;
  std::vector<Packed> packed;
  for (const ZipFile& file : spec.files) {
    packed.push_back(Pack(file));
    PutFile(out, file, packed.back(), zip.files.emplace_back());
  }
  zip.directory = out.bytes.size();
  for (size_t i = 0; i < spec.files.size(); ++i) {
    PutRecord(out, spec.files[i], packed[i], zip.files[i]);
  }
  PutEnd(out, spec, zip);
  zip.bytes = std::move(out.bytes);
  return zip;
}

std::vector<uint8_t> ToBytes(std::string_view text) {
  std::vector<uint8_t> bytes;
  for (const char c : text) bytes.push_back(static_cast<uint8_t>(c));
  return bytes;
}

void PutLe(std::vector<uint8_t>& bytes, size_t offset, uint64_t value, size_t size) {
  for (size_t i = 0; i < size; ++i) bytes[offset + i] = static_cast<uint8_t>(value >> (8 * i));
}

}  // namespace portcullis::testing
