// SPDX-License-Identifier: Apache-2.0
#include "tests/support/msi_builder.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace portcullis::testing {
namespace {

constexpr uint32_t kStringColumn = 0x0D00 | 72;  // string, valid; then its size
constexpr uint32_t kShortColumn = 0x0500 | 2;
constexpr size_t kLongString = 0x10000;

// The strings of a database, numbered from 1 on.
class Pool {
 public:
  explicit Pool(size_t reference_size) : reference_size_(reference_size) {}

  size_t Number(const std::string& text) {
    const auto found = std::ranges::find(texts_, text);
    if (found != texts_.end()) return static_cast<size_t>(found - texts_.begin()) + 1;
    texts_.push_back(text);
    return texts_.size();
  }
  void Refer(Buffer& out, const std::string& text) { AppendLe(out, Number(text), reference_size_); }

  Buffer Lengths(uint32_t code_page) const {
    Buffer bytes;
    AppendLe(bytes, code_page | (reference_size_ == 3 ? 0x8000'0000 : 0), 4);
    for (const std::string& text : texts_) {
      const bool is_long = text.size() >= kLongString;
      AppendLe(bytes, is_long ? 0 : text.size(), 2);
      AppendLe(bytes, 1, 2);
      if (is_long) AppendLe(bytes, text.size(), 4);
    }
    return bytes;
  }
  Buffer Texts() const {
    Buffer bytes;
    for (const std::string& text : texts_) bytes.insert(bytes.end(), text.begin(), text.end());
    return bytes;
  }

 private:
  size_t reference_size_;
  std::vector<std::string> texts_;
};

struct ColumnRow {
  std::string table;
  size_t number;
  std::string name;
  uint32_t type;
};

std::vector<ColumnRow> ColumnsOf(const MsiSpec& spec) {
  std::vector<ColumnRow> rows = {{"Other", 1, "Other", kStringColumn}};
  // Not in the order of their numbers: nobody promises that.
  rows.push_back({"Property", spec.value_comes_first ? 1U : 2U, "Value", kStringColumn});
  rows.push_back({"Property", spec.value_comes_first ? 2U : 1U, "Property", kStringColumn});
  for (size_t i = 0; i < spec.further_columns; ++i) {
    rows.push_back({"Property", 3 + i, "More" + std::to_string(i), kShortColumn});
  }
  return rows;
}

Buffer ColumnsTable(const std::vector<ColumnRow>& rows, Pool& pool) {
  Buffer bytes;
  for (const ColumnRow& row : rows) pool.Refer(bytes, row.table);
  for (const ColumnRow& row : rows) AppendLe(bytes, row.number ^ 0x8000, 2);
  for (const ColumnRow& row : rows) pool.Refer(bytes, row.name);
  for (const ColumnRow& row : rows) AppendLe(bytes, row.type ^ 0x8000, 2);
  return bytes;
}

Buffer PropertyTable(const MsiSpec& spec, Pool& pool) {
  Buffer names;
  Buffer values;
  for (const auto& [name, value] : spec.properties) {
    pool.Refer(names, name);
    pool.Refer(values, value);
  }
  Buffer bytes = spec.value_comes_first ? values : names;
  for (const uint8_t byte : spec.value_comes_first ? names : values) bytes.push_back(byte);
  bytes.resize(bytes.size() + spec.further_columns * 2 * spec.properties.size());
  return bytes;
}

void Append(Buffer& out, const Buffer& bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

// Low byte first: the order of the names' bytes.
Buffer NameBytes(const CfbNode& node) {
  Buffer bytes;
  for (const char16_t unit : node.name) AppendLe(bytes, unit, 2);
  return bytes;
}

std::vector<const CfbNode*> InOrder(const CfbNode& storage, bool is_root) {
  std::vector<const CfbNode*> nodes;
  for (const CfbNode& child : storage.children) {
    const bool is_signature = child.name == kSignatureStream || child.name == kMetadataStream;
    if (!is_root || !is_signature) nodes.push_back(&child);
  }
  std::ranges::sort(nodes, {}, [](const CfbNode* node) { return NameBytes(*node); });
  return nodes;
}

void AddContent(Buffer& out, const CfbNode& storage, bool is_root) {
  for (const CfbNode* child : InOrder(storage, is_root)) {
    if (child->is_storage) {
      AddContent(out, *child, false);
    } else {
      Append(out, child->content);
    }
  }
  out.insert(out.end(), storage.class_id.begin(), storage.class_id.end());
}

void AddOwnMetadata(Buffer& out, const CfbNode& node, bool is_root) {
  if (!is_root) Append(out, NameBytes(node));
  if (is_root || node.is_storage) {
    out.insert(out.end(), node.class_id.begin(), node.class_id.end());
  } else {
    AppendLe(out, node.content.size(), 4);
  }
  AppendLe(out, node.state_bits, 4);
  if (is_root) return;
  AppendLe(out, node.created, 8);
  AppendLe(out, node.modified, 8);
}

void AddMetadata(Buffer& out, const CfbNode& storage, bool is_root) {
  AddOwnMetadata(out, storage, is_root);
  for (const CfbNode* child : InOrder(storage, is_root)) {
    if (child->is_storage) {
      AddMetadata(out, *child, false);
    } else {
      AddOwnMetadata(out, *child, false);
    }
  }
}

Buffer Hash(const char* name, const Buffer& bytes) {
  Buffer digest(EVP_MAX_MD_SIZE);
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_get_digestbyname(name),
                 nullptr) != 1) {
    std::abort();
  }
  digest.resize(size);
  return digest;
}

}  // namespace

std::u16string PackedName(std::string_view name, bool is_table) {
  std::string alphabet;
  for (char c = '0'; c <= '9'; ++c) alphabet += c;
  for (char c = 'A'; c <= 'Z'; ++c) alphabet += c;
  for (char c = 'a'; c <= 'z'; ++c) alphabet += c;
  alphabet += "._";
  std::u16string packed;
  if (is_table) packed += char16_t{0x4840};
  for (size_t i = 0; i < name.size(); ++i) {
    const size_t low = alphabet.find(name[i]);
    const size_t high = i + 1 < name.size() ? alphabet.find(name[i + 1]) : std::string::npos;
    if (low == std::string::npos) {
      packed += static_cast<char16_t>(name[i]);
    } else if (high == std::string::npos) {
      packed += static_cast<char16_t>(0x4800 + low);
    } else {
      packed += static_cast<char16_t>(0x3800 + (high << 6) + low);
      ++i;
    }
  }
  return packed;
}

CfbNode MakeMsi(const MsiSpec& spec) {
  Pool pool(spec.has_long_references ? 3 : 2);
  const std::vector<ColumnRow> rows = ColumnsOf(spec);
  CfbNode root{.is_storage = true, .children = spec.others};
  root.class_id = {
      static_cast<uint8_t>(spec.kind), 0x10, 0x0C, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46};
  const auto add = [&](std::string_view table, Buffer content) {
    root.children.push_back({.name = PackedName(table, true), .content = std::move(content)});
  };
  add("_Columns", ColumnsTable(rows, pool));
  add("Property", PropertyTable(spec, pool));
  Buffer tables;
  pool.Refer(tables, "Property");
  pool.Refer(tables, "Other");
  add("_Tables", tables);
  add("_StringPool", pool.Lengths(spec.code_page));
  add("_StringData", pool.Texts());
  return root;
}

Buffer MsiContent(const CfbNode& root) {
  Buffer content;
  AddContent(content, root, true);
  return content;
}

Buffer MsiMetadata(const CfbNode& root) {
  Buffer metadata;
  AddMetadata(metadata, root, true);
  return metadata;
}

void SignMsi(CfbNode& root, const SignSpec& spec, MsiMetadataUse metadata) {
  Buffer covered;
  if (metadata == MsiMetadataUse::kSigned) {
    covered = Hash(spec.digest_name, MsiMetadata(root));
    root.children.push_back({.name = kMetadataStream, .content = covered});
  }
  Append(covered, MsiContent(root));
  root.children.push_back({.name = kSignatureStream, .content = Sign(covered, spec)});
}

}  // namespace portcullis::testing
