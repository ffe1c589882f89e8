// SPDX-License-Identifier: Apache-2.0
// How fast a file is identified.
//
//   Hash/...     a large plain file from the page cache, against SHA-256 alone over memory: the
//                promise is 0.95 of what `openssl dgst -sha256` reaches
//   LargePe      the same for PE, which has two digests (three with SHA-1)
//   SmallPe/...  one signed program of a few kilobytes, chain and time stamp included
//   LargeMsi, SmallMsi/...  the same for installers: a large one is read twice, once in the order
//   of
//                the file and once in that of its signature
//   SmallAppx    one signed package of ten files
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <thread>

#include "base/unique_fd.h"
#include "identity/file_hasher.h"
#include "identity/identify.h"
#include "tests/support/appx_builder.h"
#include "tests/support/msi_builder.h"
#include "tests/support/pe_builder.h"
#include "tests/support/test_signer.h"

namespace portcullis {
namespace {

using testing::Buffer;

constexpr size_t kLargeBytes = 256 << 20;
constexpr int64_t kAt = 1'600'001'000;

UniqueFd FileOf(Bytes bytes) {
  UniqueFd fd(memfd_create("bench", MFD_CLOEXEC));
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t count = write(fd.get(), bytes.data() + done, bytes.size() - done);
    if (count <= 0) std::abort();
    done += static_cast<size_t>(count);
  }
  return fd;
}

const Buffer& LargeContent() {
  static const Buffer content(kLargeBytes, 'x');
  return content;
}

void Measure(benchmark::State& state, Bytes bytes, const IdentifyOptions& options) {
  const UniqueFd fd = FileOf(bytes);
  const auto source = FdSource::Create(fd.get());
  for (auto _ : state) {
    auto identity = Identify(*source, "file", options);
    if (!identity) state.SkipWithError(identity.error().message.c_str());
    benchmark::DoNotOptimize(identity);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(bytes.size()));
}

void Sha256OfMemory(benchmark::State& state) {
  for (auto _ : state) {
    auto digest = authenticode::Digest::Create(authenticode::DigestAlgorithm::kSha256);
    digest->Update(LargeContent());
    benchmark::DoNotOptimize(digest->Finish());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(kLargeBytes));
}
BENCHMARK(Sha256OfMemory)->UseRealTime()->Unit(benchmark::kMillisecond);

void Hash(benchmark::State& state) {
  Measure(state, LargeContent(),
          {.hashing = state.range(0) == 0 ? Hashing::kWithoutSha1 : Hashing::kAll,
           .max_threads = static_cast<unsigned>(state.range(1))});
}
BENCHMARK(Hash)
    ->ArgNames({"sha1", "threads"})
    ->Args({0, 1})
    ->Args({1, 1})
    ->Args({1, 2})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void LargePe(benchmark::State& state) {
  static const Buffer pe = testing::BuildPe({.overlay = LargeContent()}).bytes;
  Measure(state, pe,
          {.hashing = Hashing::kAll, .max_threads = static_cast<unsigned>(state.range(0))});
}
BENCHMARK(LargePe)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime()->Unit(
    benchmark::kMillisecond);

struct World {
  testing::Certificate root = testing::MakeCertificate({.not_before = kAt - 1000,
                                                        .not_after = kAt + 1'000'000,
                                                        .is_authority = true,
                                                        .key = testing::KeyKind::kRsa2048});
  testing::Certificate signer = testing::MakeCertificate({.not_before = kAt - 1000,
                                                          .not_after = kAt + 1000,
                                                          .extended_key_usage = "codeSigning",
                                                          .issuer = &root,
                                                          .key = testing::KeyKind::kRsa2048});
  testing::Certificate stamper =
      testing::MakeCertificate({.not_before = kAt - 1000,
                                .not_after = kAt + 1000,
                                .extended_key_usage = "critical,timeStamping",
                                .issuer = &root,
                                .key = testing::KeyKind::kRsa2048,
                                .serial = 3});
  TrustStore trust;
  World() {
    if (!trust.Add(root.Der(), "root")) std::abort();
  }
};

void SmallPe(benchmark::State& state) {
  const World world;
  testing::BuiltPe pe = testing::BuildPe(
      {.resources = testing::BuildResourceSection({{.bytes = testing::BuildVersionResource({})}})});
  testing::SignSpec spec{.signer = &world.signer};
  if (state.range(0) == 2) {
    spec.stamp = testing::StampSpec{.authority = &world.stamper, .time = kAt};
  }
  if (state.range(0) > 0) {
    testing::AttachCertificates(pe, {testing::Sign(testing::AuthenticodeContent(pe), spec)});
  }
  Measure(state, pe.bytes, {.trust = &world.trust, .at = kAt});
}
BENCHMARK(SmallPe)
    ->ArgName("unsigned_signed_stamped")
    ->DenseRange(0, 2)
    ->Unit(benchmark::kMicrosecond);

void LargeMsi(benchmark::State& state) {
  static const Buffer msi =
      testing::BuildCfb(
          {.root = testing::MakeMsi({.others = {{.name = u"large", .content = LargeContent()}}}),
           .version = 4})
          .bytes;
  Measure(state, msi,
          {.hashing = Hashing::kAll, .max_threads = static_cast<unsigned>(state.range(0))});
}
BENCHMARK(LargeMsi)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime()->Unit(
    benchmark::kMillisecond);

void SmallMsi(benchmark::State& state) {
  const World world;
  testing::CfbNode root = testing::MakeMsi({});
  if (state.range(0) > 0) {
    SignMsi(
        root, {.signer = &world.signer},
        state.range(0) == 1 ? testing::MsiMetadataUse::kNone : testing::MsiMetadataUse::kSigned);
  }
  const testing::BuiltCfb built = testing::BuildCfb({.root = root});
  Measure(state, built.bytes, {.trust = &world.trust, .at = kAt});
}
BENCHMARK(SmallMsi)
    ->ArgName("unsigned_signed_metadata")
    ->DenseRange(0, 2)
    ->Unit(benchmark::kMicrosecond);
void SmallAppx(benchmark::State& state) {
  const World world;
  testing::AppxSpec spec{.publisher = "CN=Test"};
  for (int i = 0; i < 10; ++i) {
    spec.files.push_back(
        {.name = "file" + std::to_string(i), .content = Buffer(1000, 'x'), .is_deflated = true});
  }
  spec.sign = [&](Bytes digests) {
    return testing::SignDigest(digests, {.signer = &world.signer});
  };
  Measure(state, testing::BuildAppx(spec).zip.bytes, {.trust = &world.trust, .at = kAt});
}
BENCHMARK(SmallAppx)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace portcullis

BENCHMARK_MAIN();
