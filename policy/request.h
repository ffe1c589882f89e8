// SPDX-License-Identifier: Apache-2.0
// The question that the engine answers: may this user do this with this file?
//
// Shape:   the operation (it chooses the collection), what is known of the file, who asks.
// Lifetime: a Request points at FileAttributes and an AccessToken that outlive the call. Both are
//          made once and used for many requests, so that a verdict allocates nothing.
// Threads: immutable.
// Source:  docs/semantics.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "identity/file_identity.h"
#include "policy/applocker/model.h"
#include "policy/matching_settings.h"
#include "policy/path_text.h"
#include "policy/srp/file_facts.h"
#include "policy/text_hash.h"
#include "security/access_token.h"

namespace portcullis {

// A shell opens a file of another kind with the program for it: only Software Restriction Policies
// ask about that, and only where its type is designated.
enum class Operation : uint8_t { kExecute, kLoad, kScript, kInstall, kPackage, kOpen };
const char* ToString(Operation operation);  // "execute", "load", ...
std::optional<Operation> ParseOperation(std::string_view text);

// One way to write where the file stands.
//
// A spelling that begins with '/', alone or after a macro (%WINDIR%/bin) or a drive (C:/bin, a tree
// of this host judged as if it stood there), is a path of this host: '/' separates, and '\' is a
// character of a name. Every other spelling is a Windows path.
struct PathSpelling {
  std::string text;
  // The service itself found this file there; a claimed spelling is only what the caller said.
  bool verified = true;
  bool case_sensitive = false;

  friend bool operator==(const PathSpelling&, const PathSpelling&) = default;
};

// A spelling as the engines compare it; policy/path_text.h has the alphabet. NormalizePath makes
// it.
class PathAttribute {
 public:
  PathAttribute(CasedText cased, const PathSpelling& spelling, PathKind kind);

  std::string exact;  // in that alphabet, case kept but for the macro
  std::string upper;  // `exact` in upper case
  bool verified = true;
  bool case_sensitive = false;
  bool is_host_path = false;

  KeyedText keyed_upper() const { return {upper, &components_}; }
  // How many components it has at its end in common with the spelling before it in FileAttributes,
  // neither one's first; at most as many as there are. The index asks for these once.
  uint32_t shared_components() const { return shared_components_; }
  void ShareComponentsWith(const PathAttribute& before);
  void Prefetch() const { PrefetchComponents(components_); }

 private:
  std::vector<TextComponent> components_;  // of `upper`
  uint32_t shared_components_ = 0;
};

// The publisher as the engines compare it: upper case, in the same alphabet.
class PublisherAttribute {
 public:
  explicit PublisherAttribute(const FullyQualifiedBinaryName& any_case);

  const FullyQualifiedBinaryName& name() const { return name_; }
  uint64_t publisher_hash() const { return publisher_hash_; }
  uint64_t product_hash() const { return product_hash_; }
  KeyedText keyed_binary() const { return {name_.binary, &components_}; }
  void Prefetch() const {
    PrefetchComponents(components_);
    for (const std::string* text : {&name_.publisher, &name_.product, &name_.binary}) {
      __builtin_prefetch(text->data());
    }
  }

 private:
  FullyQualifiedBinaryName name_;
  uint64_t publisher_hash_;
  uint64_t product_hash_;
  std::vector<TextComponent> components_;  // of the binary name
};

// What conditions see of a file, normalised once.
struct FileAttributes {
  // Not to be reordered or taken from once they are made, for they know their neighbours.
  std::vector<PathAttribute> paths;  // empty: the file has no path; only the pattern `*` matches
  // Of the publisher and the hashes: what could not be found out is not there, and no allow rule
  // matches by it, but every deny rule that needs it does.
  UnknownAttributes unknown;
  std::optional<PublisherAttribute> publisher;
  std::optional<FileDigest> sha256;         // what a rule of Type SHA256 compares
  std::optional<FileDigest> sha256_second;  // Windows Installer: the Authenticode digest
  std::optional<FileDigest> sha256_flat;
  std::optional<FileDigest> sha1;
  bool is_windows_signed = false;
  srp::FileFacts srp;
};

// Upper-cases the publisher, normalises the spellings, sorts the hash candidates.
// Pass the settings that the PolicySet will be built with.
FileAttributes MakeFileAttributes(const FileIdentity& identity,
                                  const std::vector<PathSpelling>& spellings,
                                  const MatchingSettings& settings = {});
PathAttribute NormalizePath(const PathSpelling& spelling);

// What Windows lets a caller ask for (sections 5.7 of the reference): honoured only when the token
// is a service, off by default.
struct CallerFlags {
  bool sandbox_inert = false;
  bool load_ignore_code_authz_level = false;
};

struct Request {
  Operation operation = Operation::kExecute;
  // What the operation chose; absent: no collection judges this file.
  std::optional<applocker::CollectionType> collection;
  const FileAttributes* file = nullptr;
  const AccessToken* token = nullptr;
  CallerFlags flags;
};

// The collection for an operation on a file of this kind, by docs/semantics.md: execute of a PE,
// NE, DOS or ELF program is Exe and of anything else Script, load is Dll, script is Script, install
// is Msi, package is Appx.
std::optional<applocker::CollectionType> CollectionFor(Operation operation, FileKind kind);

}  // namespace portcullis
