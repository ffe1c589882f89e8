// SPDX-License-Identifier: Apache-2.0
// Scripts that osslsigncode signs, as we see them; and scripts that the tests sign, as it does.
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "identity/identify.h"
#include "tests/support/script_signer.h"

namespace portcullis {
namespace {

namespace fs = std::filesystem;

using script::SignatureForm;
using testing::ScriptSpec;
using testing::TextCode;
using Buffer = std::vector<uint8_t>;

constexpr std::string_view kNoScriptSigner = "osslsigncode here can not sign scripts";

// The forms that it knows and digests as Windows does.
constexpr SignatureForm kForms[] = {SignatureForm::kPowerShell, SignatureForm::kPowerShellXml,
                                    SignatureForm::kManagedObject};
constexpr TextCode kCodes[] = {TextCode::kUtf8, TextCode::kUtf8WithMark, TextCode::kUtf16Le};

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "script_tools_XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string Write(const std::string& name, std::string_view text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }
  std::string operator/(const std::string& name) const { return path_ / name; }

 private:
  fs::path path_;
};

struct Ran {
  int status = -1;
  std::string output;
};
Ran RunShell(const std::string& command) {
  Ran ran;
  FILE* pipe = popen((command + " 2>&1 </dev/null").c_str(), "r");
  if (pipe == nullptr) return ran;
  char piece[4096];
  while (const size_t size = fread(piece, 1, sizeof(piece), pipe)) ran.output.append(piece, size);
  ran.status = WEXITSTATUS(pclose(pipe));
  return ran;
}

// 2.9 is the first whose scripts Windows takes.
bool CanSignScripts() {
  const std::string output = RunShell("osslsigncode --version").output;
  int major = 0;
  int minor = 0;
  if (std::sscanf(output.c_str(), "osslsigncode %d.%d", &major, &minor) != 2) return false;
  return major > 2 || (major == 2 && minor >= 9);
}

// Valid from yesterday: osslsigncode judges by the clock.
struct World {
  int64_t now = time(nullptr);
  testing::Certificate root = testing::MakeCertificate({.subject = {{"CN", "Root"}},
                                                        .not_before = now - 86'400,
                                                        .not_after = now + 864'000,
                                                        .is_authority = true,
                                                        .key = testing::KeyKind::kRsa2048});
  testing::Certificate signer =
      testing::MakeCertificate({.subject = {{"C", "DE"}, {"O", "Maker"}, {"CN", "Maker"}},
                                .not_before = now - 86'400,
                                .not_after = now + 864'000,
                                .extended_key_usage = "codeSigning",
                                .issuer = &root,
                                .key = testing::KeyKind::kRsa2048});
  TrustStore trust;
  World() { EXPECT_TRUE(trust.Add(root.Der(), "root")); }
};
const World& TheWorld() {
  static const World world;
  return world;
}

std::string KeyPem() {
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(bio, TheWorld().signer.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  std::string pem(text, static_cast<size_t>(size));
  BIO_free(bio);
  return pem;
}

FileIdentity Look(const Buffer& bytes, const std::string& name) {
  const auto identity =
      Identify(MemorySource(bytes), name, {.trust = &TheWorld().trust, .at = TheWorld().now});
  EXPECT_TRUE(identity);
  return identity.value_or(FileIdentity{});
}

ScriptSpec Spec(SignatureForm form, TextCode code) {
  return {.form = form, .text = u"caf\u00E9 \u20AC\r\n\r\nend\r\n", .code = code};
}

Buffer Unsigned(const ScriptSpec& spec) {
  const std::u16string mark = spec.code == TextCode::kUtf8 ? u"" : u"\uFEFF";
  return testing::Encode(mark + spec.text, spec.code);
}

TEST(ScriptTools, TakesWhatOsslsigncodeSigned) {
  if (!CanSignScripts()) GTEST_SKIP() << kNoScriptSigner;
  const Folder folder;
  const std::string key = folder.Write("key.pem", KeyPem());
  const std::string certificate = folder.Write("signer.pem", TheWorld().signer.Pem());
  for (const SignatureForm form : kForms) {
    for (const TextCode code : kCodes) {
      const std::string extension = testing::ExtensionOf(form);
      const std::string in = folder.Write("in." + extension, AsText(Unsigned(Spec(form, code))));
      const std::string out = folder / ("out." + extension);
      fs::remove(out);
      const Ran ran = RunShell(fmt::format("osslsigncode sign -certs {} -key {} -in {} -out {}",
                                           certificate, key, in, out));
      ASSERT_EQ(ran.status, 0) << ran.output;
      std::ifstream stream(out, std::ios::binary);
      const FileIdentity identity = Look({std::istreambuf_iterator<char>(stream), {}}, out);
      EXPECT_EQ(identity.signature.status, SignatureStatus::kValid)
          << extension << ": " << identity.signature.reason;
      ASSERT_TRUE(identity.publisher);
      EXPECT_EQ(identity.publisher->publisher, "O=MAKER, C=DE");
    }
  }
}

TEST(ScriptTools, OsslsigncodeJudgesAsWeDo) {
  if (!CanSignScripts()) GTEST_SKIP() << kNoScriptSigner;
  const Folder folder;
  const std::string root = folder.Write("root.pem", TheWorld().root.Pem());
  for (const SignatureForm form : kForms) {
    for (const TextCode code : kCodes) {
      const std::string name = std::string("a.") + testing::ExtensionOf(form);
      const auto script = testing::SignScript(Spec(form, code), {.signer = &TheWorld().signer});
      const auto verify = [&](const Buffer& bytes) {
        const std::string path = folder.Write(name, AsText(bytes));
        return RunShell(fmt::format("osslsigncode verify -CAfile {} -in {}", root, path));
      };
      const Ran good = verify(script.bytes);
      EXPECT_EQ(good.status, 0) << good.output;
      EXPECT_EQ(Look(script.bytes, name).signature.status, SignatureStatus::kValid);
      for (const size_t offset : {size_t{4}, script.begin - 4, script.last_line_end - 400}) {
        Buffer changed = script.bytes;
        changed[offset] ^= 1;
        EXPECT_NE(verify(changed).status, 0) << name << " " << offset;
        EXPECT_NE(Look(changed, name).signature.status, SignatureStatus::kValid) << offset;
      }
    }
  }
}

}  // namespace
}  // namespace portcullis
