// SPDX-License-Identifier: Apache-2.0
// Scripts that osslsigncode signs, as we see them; and scripts that the tests sign, as it does.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <ctime>

#include "identity/identify.h"
#include "tests/support/script_signer.h"
#include "tests/support/tool_folder.h"

namespace portcullis {
namespace {

using script::SignatureForm;
using testing::ScriptSpec;
using testing::TextCode;
using testing::ToolFolder;
using Buffer = std::vector<uint8_t>;

constexpr std::string_view kNoScriptSigner = "osslsigncode here can not sign scripts";

// The forms that it knows and digests as Windows does.
constexpr SignatureForm kForms[] = {SignatureForm::kPowerShell, SignatureForm::kPowerShellXml,
                                    SignatureForm::kManagedObject};
constexpr TextCode kCodes[] = {TextCode::kUtf8, TextCode::kUtf8WithMark, TextCode::kUtf16Le};

// 2.9 is the first whose scripts Windows takes.
bool CanSignScripts() { return testing::IsOsslsigncode(2, 9); }

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
  const ToolFolder folder;
  folder.WriteKey("key.pem", TheWorld().signer);
  folder.Write("signer.pem", TheWorld().signer.Pem());
  for (const SignatureForm form : kForms) {
    for (const TextCode code : kCodes) {
      const std::string in = std::string("in.") + testing::ExtensionOf(form);
      const std::string out = std::string("out.") + testing::ExtensionOf(form);
      folder.Write(in, Unsigned(Spec(form, code)));
      folder.Remove(out);
      folder.MustRun(
          fmt::format("osslsigncode sign -certs signer.pem -key key.pem -in {} -out {}", in, out));
      const FileIdentity identity = Look(folder.Read(out), out);
      EXPECT_EQ(identity.signature.status, SignatureStatus::kValid)
          << out << ": " << identity.signature.reason;
      ASSERT_TRUE(identity.publisher);
      EXPECT_EQ(identity.publisher->publisher, "O=MAKER, C=DE");
    }
  }
}

TEST(ScriptTools, OsslsigncodeJudgesAsWeDo) {
  if (!CanSignScripts()) GTEST_SKIP() << kNoScriptSigner;
  const ToolFolder folder;
  folder.Write("root.pem", TheWorld().root.Pem());
  for (const SignatureForm form : kForms) {
    for (const TextCode code : kCodes) {
      const std::string name = std::string("a.") + testing::ExtensionOf(form);
      const auto script = testing::SignScript(Spec(form, code), {.signer = &TheWorld().signer});
      const auto verify = [&](const Buffer& bytes) {
        folder.Write(name, bytes);
        return folder.Run("osslsigncode verify -CAfile root.pem -in " + name);
      };
      const testing::ToolOutput good = verify(script.bytes);
      EXPECT_EQ(good.status, 0) << good.text;
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
