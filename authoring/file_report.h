// SPDX-License-Identifier: Apache-2.0
// What is known of one file, looked at here or told by a fact.
//
// Threads: values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json_writer.h"
#include "base/result.h"
#include "identity/file_identity.h"
#include "policy/request.h"

namespace portcullis {

struct FileReport {
  std::string path;  // as the command line or the fact says it
  std::string host;  // the machine that it was seen on, where a fact says so
  std::vector<PathSpelling> paths;
  FileIdentity identity;
  std::optional<Operation> operation;
  std::optional<applocker::CollectionType> collection;
  std::optional<srp::UrlZone> zone;  // an installer's, where something says whence it came
  // A fact without the member has no word on the publisher; null says that there is none.
  bool publisher_told = true;
  std::optional<Error> problem;  // the file could not be read: nothing else is known
};

// The members of `inspect`'s object (design's contract; docs/cli-json.md), without the brackets.
void WriteReport(JsonWriter& json, const FileReport& report);
// {"path","error"}
std::string ProblemLine(const FileReport& report);

// The member `publisher`, null where there is none.
void WritePublisher(JsonWriter& json, const std::optional<FullyQualifiedBinaryName>& name);

// The member, null where the text is empty.
void WriteText(JsonWriter& json, std::string_view key, const std::string& text);

std::string DigestText(const FileDigest& digest);  // "0x" and upper-case digits

}  // namespace portcullis
