// SPDX-License-Identifier: Apache-2.0
// What rules are made of: the little that is kept of a file that was looked at, told by a fact, or
// named by an event.
//
// Shape:   made from a FileReport; no file that no collection judges. Of its spellings the one that
//          a rule names (docs/authoring.md "Paths in rules"), of its hashes the first.
// Limits:  kMaxSeenFiles; who collects them checks.
// Threads: values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "authoring/file_report.h"
#include "host/host_config.h"
#include "policy/applocker/model.h"
#include "policy/request.h"

namespace portcullis {

inline constexpr size_t kMaxSeenFiles = 10'000'000;

struct SeenFile {
  std::string machine;
  std::string path;      // as the report says it
  bool is_here = false;  // looked at, or run, on this host
  applocker::CollectionType collection = applocker::CollectionType::kExe;
  FileKind kind = FileKind::kUnknown;
  uint64_t size = 0;
  std::optional<PathSpelling> rule_path;  // verified; absent: no rule can name one
  std::optional<FullyQualifiedBinaryName> publisher;
  std::optional<FileDigest> digest;

  friend bool operator==(const SeenFile&, const SeenFile&) = default;
};

// Absent: unreadable, or no collection judges it.
std::optional<SeenFile> SeenFileOf(const FileReport& report, const std::string& machine,
                                   const HostConfig& config);

// The spelling that a rule names: of Windows' the one with the most telling macro, of a host's the
// one whose macro stands for a single folder in `config`, so that the rule allows nothing beside
// it. Absent where none is verified.
std::optional<PathSpelling> PreferredSpelling(const std::vector<PathSpelling>& spellings,
                                              const HostConfig& config);

// Sorts them and leaves one of those that are equal: what was seen twice is one file.
void DropRepeated(std::vector<SeenFile>& files);

// What conditions see of it.
FileAttributes AttributesOf(const SeenFile& file);

// The last component of a path of a host or of Windows.
std::string_view FileNameOf(std::string_view path);

}  // namespace portcullis
