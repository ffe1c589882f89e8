// SPDX-License-Identifier: Apache-2.0
// The attributes of a file that AppLocker's conditions ask about, by the names that descriptors
// have for them, and the publisher's name, which is three fields in one text there.
//
// Shape:   APPID://PATH, APPID://FQBN, APPID://SHA256HASH, ... are local attributes; their names
//          are read in any case. A publisher's name is PUBLISHER\PRODUCT\BINARY.
// Lifetime: the fields of a name view its text.
// Threads: pure functions.
// Source:  sections 3.4, 4 and 7.3 of the reference.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "identity/file_identity.h"
#include "security/conditional_expression.h"

namespace portcullis::applocker {

enum class FileOperand : uint8_t { kPath, kPublisher, kSha256, kSha256Flat, kSha1 };

std::string_view NameOf(FileOperand operand);
// Nothing for an attribute that is none of these.
std::optional<FileOperand> FindFileOperand(const ConditionAttribute& attribute);

FileOperand OperandOf(HashType type);
// Nothing for what is no hash.
std::optional<HashType> HashTypeOf(FileOperand operand);

struct PublisherFields {
  std::string_view publisher;
  std::string_view product;
  std::string_view binary;
};
// Split at the last two backslashes: a publisher may hold one, product and binary name may not.
// Nothing where there are fewer than two.
std::optional<PublisherFields> SplitPublisherName(std::string_view name);

}  // namespace portcullis::applocker
