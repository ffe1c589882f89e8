// SPDX-License-Identifier: Apache-2.0
// sample_files DIR [LARGE_BYTES]: writes signed programs, installers and packages, small and large,
// and the certificate that they lead to (root.pem), for tools/bench_signatures. Valid for a day.
#include <fmt/core.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>

#include "tests/support/appx_builder.h"
#include "tests/support/msi_builder.h"
#include "tests/support/pe_builder.h"
#include "tests/support/test_signer.h"

namespace portcullis {

constexpr size_t kLarge = 64 << 20;  // unless said

namespace {

using testing::Buffer;
using testing::Certificate;

constexpr int64_t kDay = 86'400;
constexpr size_t kSmall = 100'000;

struct Signer {
  int64_t now = std::time(nullptr);
  Certificate root = testing::MakeCertificate({.subject = {{"CN", "Root"}},
                                               .not_before = now - kDay,
                                               .not_after = now + kDay,
                                               .is_authority = true,
                                               .key = testing::KeyKind::kRsa2048});
  Certificate signer = testing::MakeCertificate({.subject = {{"CN", "Maker"}},
                                                 .not_before = now - kDay,
                                                 .not_after = now + kDay,
                                                 .extended_key_usage = "codeSigning",
                                                 .issuer = &root,
                                                 .key = testing::KeyKind::kRsa2048});
};

// Not all the same, so that packing has something to do.
Buffer Content(size_t size) {
  Buffer content(size);
  uint32_t state = 1;
  for (uint8_t& byte : content) {
    state = state * 1'664'525 + 1'013'904'223;
    byte = static_cast<uint8_t>(state >> 28);
  }
  return content;
}

Buffer SignedPe(const Signer& by, size_t size) {
  testing::BuiltPe pe = testing::BuildPe(
      {.text = Content(size),
       .resources = testing::BuildResourceSection({{.bytes = testing::BuildVersionResource({})}})});
  testing::AttachCertificates(
      pe, {testing::Sign(testing::AuthenticodeContent(pe), {.signer = &by.signer})});
  return pe.bytes;
}

Buffer SignedMsi(const Signer& by, size_t size) {
  testing::CfbNode root =
      testing::MakeMsi({.others = {{.name = u"content", .content = Content(size)}}});
  SignMsi(root, {.signer = &by.signer}, testing::MsiMetadataUse::kSigned);
  return testing::BuildCfb({.root = root, .version = 4}).bytes;
}

Buffer SignedAppx(const Signer& by, size_t size) {
  testing::AppxSpec spec;
  spec.publisher = "CN=Maker";
  spec.files = {{.name = "content", .content = Content(size), .is_deflated = true}};
  spec.sign = [&](Bytes digests) { return testing::SignDigest(digests, {.signer = &by.signer}); };
  return testing::BuildAppx(spec).zip.bytes;
}

int WriteAll(const std::string& folder, size_t large) {
  const Signer by;
  const auto write = [&](const std::string& name, std::string_view bytes) {
    std::ofstream(folder + "/" + name, std::ios::binary) << bytes;
  };
  write("root.pem", by.root.Pem());
  for (const auto& [name, size] : {std::pair{"small", kSmall}, std::pair{"large", large}}) {
    write(fmt::format("{}.exe", name), AsText(SignedPe(by, size)));
    write(fmt::format("{}.msi", name), AsText(SignedMsi(by, size)));
    write(fmt::format("{}.msix", name), AsText(SignedAppx(by, size)));
  }
  return 0;
}

}  // namespace
}  // namespace portcullis

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) {
    std::fputs("usage: sample_files DIR [LARGE_BYTES]\n", stderr);
    return 2;
  }
  return portcullis::WriteAll(argv[1],
                              argc == 3 ? std::strtoull(argv[2], nullptr, 10) : portcullis::kLarge);
}
