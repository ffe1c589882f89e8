// SPDX-License-Identifier: Apache-2.0
#include "host/trust_files.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "tests/support/test_signer.h"

namespace portcullis {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::MakeCertificate;
using ::testing::Not;

class TrustFiles : public ::testing::Test {
 protected:
  TrustFiles() {
    std::string pattern = (fs::temp_directory_path() / "trust_files_XXXXXX").string();
    root_ = mkdtemp(pattern.data());
  }
  ~TrustFiles() override { fs::remove_all(root_); }

  std::string Write(const std::string& name, std::string_view bytes) const {
    const std::string path = (root_ / name).string();
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }

  const std::string pem_ = MakeCertificate({.not_after = 1'900'000'000}).Pem();
  fs::path root_;
};

TEST_F(TrustFiles, PassesOverWhatIsNoCertificateInADirectory) {
  Write("0-empty", "");
  Write("README", "These are our roots.\n");
  Write("key.pem", "-----BEGIN NOTHING-----\nAAAA\n-----END NOTHING-----\n");
  Write("root.pem", pem_);
  const auto store = LoadTrustStore({root_.string()});
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_EQ(store->size(), 1U);
}

TEST_F(TrustFiles, RefusesABrokenCertificateInADirectory) {
  std::string broken = pem_;
  broken[broken.rfind("-----END") - 20] = '!';
  for (const std::string_view bytes : {std::string_view(broken), std::string_view("\x30\x01")}) {
    const std::string path = Write("broken", bytes);
    const auto store = LoadTrustStore({root_.string()});
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, ErrorCode::kMalformed);
    EXPECT_THAT(store.error().message, HasSubstr(path + ": "));
  }
}

TEST_F(TrustFiles, RefusesANamedFileWithoutACertificateAndNamesItOnce) {
  for (const char* name : {"README", "empty"}) {
    const std::string path = Write(name, name == std::string_view("README") ? "text" : "");
    const auto store = LoadTrustStore({path});
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, ErrorCode::kNotFound);
    EXPECT_THAT(store.error().message, HasSubstr("no certificate in it"));
    EXPECT_THAT(store.error().message, HasSubstr(path));
    EXPECT_THAT(store.error().message, Not(HasSubstr(path + ": " + path)));
  }
}

TEST_F(TrustFiles, SaysWhichNamedFileIsNotThere) {
  const std::string path = (root_ / "absent").string();
  const auto store = LoadTrustStore({path});
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message, HasSubstr(path + ": "));
}

}  // namespace
}  // namespace portcullis
