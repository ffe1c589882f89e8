// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/descriptor/file_operand.h"

#include <array>

#include "security/ascii.h"

namespace portcullis::applocker {
namespace {

// By the value of FileOperand.
constexpr std::array<std::string_view, 5> kNames = {"APPID://PATH", "APPID://FQBN",
                                                    "APPID://SHA256HASH", "APPID://SHA256FLATHASH",
                                                    "APPID://SHA1HASH"};

}  // namespace

std::string_view NameOf(FileOperand operand) { return kNames.at(static_cast<size_t>(operand)); }

std::optional<FileOperand> FindFileOperand(const ConditionAttribute& attribute) {
  if (attribute.source != AttributeSource::kLocal) return std::nullopt;
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (EqualsIgnoringCase(attribute.name, kNames.at(i))) return static_cast<FileOperand>(i);
  }
  return std::nullopt;
}

FileOperand OperandOf(HashType type) {
  switch (type) {
    case HashType::kSha256:
      return FileOperand::kSha256;
    case HashType::kSha256Flat:
      return FileOperand::kSha256Flat;
    case HashType::kSha1:
      break;
  }
  return FileOperand::kSha1;
}

std::optional<HashType> HashTypeOf(FileOperand operand) {
  switch (operand) {
    case FileOperand::kSha256:
      return HashType::kSha256;
    case FileOperand::kSha256Flat:
      return HashType::kSha256Flat;
    case FileOperand::kSha1:
      return HashType::kSha1;
    default:
      return std::nullopt;
  }
}

std::optional<PublisherFields> SplitPublisherName(std::string_view name) {
  const size_t second = name.rfind('\\');
  if (second == std::string_view::npos || second == 0) return std::nullopt;
  const size_t first = name.rfind('\\', second - 1);
  if (first == std::string_view::npos) return std::nullopt;
  return PublisherFields{name.substr(0, first), name.substr(first + 1, second - first - 1),
                         name.substr(second + 1)};
}

}  // namespace portcullis::applocker
