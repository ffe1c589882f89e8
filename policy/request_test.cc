// SPDX-License-Identifier: Apache-2.0
#include "policy/request.h"

#include <gtest/gtest.h>

#include "policy/path_text.h"

namespace portcullis {
namespace {

TEST(NormalizePath, TellsPathsOfThisHostFromWindowsPaths) {
  for (const char* text : {"/usr/bin/ls", "%WINDIR%/bin/ls", "C:/bin/ls", "/"}) {
    EXPECT_TRUE(NormalizePath({text}).is_host_path) << text;
  }
  for (const char* text :
       {"C:\\a", "%WINDIR%\\a", "\\\\server\\share/x", "relative/x", "", "%A B%/x", "%%/x"}) {
    EXPECT_FALSE(NormalizePath({text}).is_host_path) << text;
  }
}

TEST(NormalizePath, KeepsABackslashInANameApartFromTheSeparator) {
  EXPECT_EQ(NormalizePath({"/a\\b/c"}).exact,
            "\\a\xFF"
            "b\\c");
  EXPECT_EQ(NormalizePath({"C:\\a/b"}).exact, "C:\\a/b");
}

TEST(NormalizePath, PutsMacroAndDriveInUpperCaseAndKeepsTheRest) {
  EXPECT_EQ(NormalizePath({"%windir%/Bin"}).exact, "%WINDIR%\\Bin");
  EXPECT_EQ(NormalizePath({"c:/Bin"}).exact, "C:\\Bin");
  EXPECT_EQ(NormalizePath({"%windir%/Bin"}).upper, "%WINDIR%\\BIN");
}

TEST(ToAlphabet, WritesEveryUnitApart) {
  EXPECT_EQ(ToAlphabet("\xF0\x90\x90\xA8"), "\xED\xA0\x81\xED\xB0\xA8");
  EXPECT_EQ(ToAlphabet("\xED\xA0\x81"), "\xFE\x8E\x8D\xFE\x8A\x80\xFE\x88\x81");
  EXPECT_EQ(ToAlphabet("\xC3\xA9"), "\xC3\xA9");
}

FileHashCandidate Candidate(HashType type, HashForm form, uint8_t fill) {
  FileHashCandidate candidate;
  candidate.digest.type = type;
  candidate.digest.bytes.fill(fill);
  candidate.form = form;
  return candidate;
}

TEST(MakeFileAttributes, TakesTheDigestsByTypeAndTheFlatOneFirst) {
  FileIdentity identity;
  identity.hashes = {Candidate(HashType::kSha256, HashForm::kAuthenticode, 1),
                     Candidate(HashType::kSha256, HashForm::kFlat, 2),
                     Candidate(HashType::kSha1, HashForm::kAuthenticode, 3)};
  const FileAttributes file = MakeFileAttributes(identity, {});
  EXPECT_EQ(file.sha256->bytes[0], 2);
  EXPECT_EQ(file.sha256_second->bytes[0], 1);
  EXPECT_EQ(file.sha1->bytes[0], 3);
  EXPECT_EQ(file.sha256_flat->bytes[0], 2);  // a flat SHA256 is that too
  EXPECT_EQ(file.sha256_flat->type, HashType::kSha256Flat);
}

TEST(MakeFileAttributes, LeavesOutWhatIsUnknown) {
  FileIdentity identity;
  identity.hashes = {Candidate(HashType::kSha256, HashForm::kFlat, 1)};
  identity.publisher = FullyQualifiedBinaryName{"O=A", "P", "B", {}};
  identity.signature.is_windows_signed = true;
  identity.unknown.hash = true;
  FileAttributes file = MakeFileAttributes(identity, {});
  EXPECT_EQ(file.unknown, identity.unknown);
  EXPECT_FALSE(file.sha256);
  EXPECT_FALSE(file.sha256_flat);
  EXPECT_TRUE(file.publisher);
  EXPECT_TRUE(file.is_windows_signed);
  identity.unknown = {.hash = false, .publisher = true};
  file = MakeFileAttributes(identity, {});
  EXPECT_TRUE(file.sha256);
  EXPECT_FALSE(file.publisher);
  EXPECT_FALSE(file.is_windows_signed);
}

TEST(CollectionFor, FollowsTheOperation) {
  using applocker::CollectionType;
  EXPECT_EQ(CollectionFor(Operation::kExecute, FileKind::kElf), CollectionType::kExe);
  EXPECT_EQ(CollectionFor(Operation::kExecute, FileKind::kDos), CollectionType::kExe);
  EXPECT_EQ(CollectionFor(Operation::kExecute, FileKind::kUnknown), CollectionType::kScript);
  EXPECT_EQ(CollectionFor(Operation::kLoad, FileKind::kPe), CollectionType::kDll);
  EXPECT_EQ(CollectionFor(Operation::kScript, FileKind::kPe), CollectionType::kScript);
  EXPECT_EQ(CollectionFor(Operation::kInstall, FileKind::kMsi), CollectionType::kMsi);
  EXPECT_EQ(CollectionFor(Operation::kPackage, FileKind::kAppx), CollectionType::kAppx);
}

TEST(Operation, RoundTripsItsWords) {
  for (const auto operation : {Operation::kExecute, Operation::kLoad, Operation::kScript,
                               Operation::kInstall, Operation::kPackage}) {
    EXPECT_EQ(ParseOperation(ToString(operation)), operation);
  }
  EXPECT_EQ(ParseOperation("run"), std::nullopt);
}

}  // namespace
}  // namespace portcullis
