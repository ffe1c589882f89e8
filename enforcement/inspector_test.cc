// SPDX-License-Identifier: Apache-2.0
// Real inspectors, forked and sandboxed. Where the test is not run by root they keep their ids.
#include "enforcement/inspector.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>
#include <variant>

#include "enforcement/inspector_protocol.h"
#include "enforcement/socket_message.h"
#include "host/catalog_files.h"
#include "tests/support/catalog_builder.h"
#include "tests/support/corpus.h"
#include "tests/support/pe_builder.h"
#include "tests/support/test_signer.h"

namespace portcullis::enforcement {
namespace {

using portcullis::testing::Buffer;
using portcullis::testing::BuiltPe;
using portcullis::testing::Certificate;
using ::testing::HasSubstr;

constexpr int kPatienceMs = 20'000;

UniqueFd FileOf(Bytes bytes) {
  UniqueFd file(memfd_create("inspected", MFD_CLOEXEC));
  EXPECT_EQ(write(file.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  return file;
}

// An inspector, and the gate's side of the conversation.
class Conversation {
 public:
  explicit Conversation(const TrustStore& trust, const CatalogStore* catalogs = nullptr) {
    PrepareForInspectors();
    auto child = StartInspector(trust, {}, catalogs);
    EXPECT_TRUE(child) << child.error().message;
    socket_ = std::move(child->handle.socket);
    pid_ = child->pid;
    EXPECT_TRUE(std::holds_alternative<InspectorReady>(Receive()));
  }
  ~Conversation() {
    if (pid_ != 0) End();
  }

  Result<FileIdentity> Ask(const UniqueFd& file, uint64_t size, std::string_view name,
                           Hashing hashing = Hashing::kAll) {
    const InspectionRequest request{++job_, size, hashing, std::string(name)};
    const int descriptors[] = {file.get()};
    EXPECT_TRUE(SendPacket(socket_.get(), EncodeRequest(request), descriptors));
    FromInspector received = Receive();
    if (!std::holds_alternative<InspectionReply>(received)) return Fail(ErrorCode::kIo, "no reply");
    auto& reply = std::get<InspectionReply>(received);
    EXPECT_TRUE(CheckReply(request, reply));
    return std::move(reply.outcome);
  }
  // The status the inspector ended with.
  int End() {
    socket_.Reset();
    int status = 0;
    EXPECT_EQ(waitpid(std::exchange(pid_, 0), &status, 0) > 0, true);
    return status;
  }
  int socket() const { return socket_.get(); }

 private:
  FromInspector Receive() {
    EXPECT_TRUE(WaitReadable(socket_.get(), kPatienceMs));
    const auto packet = ReceivePacket(socket_.get(), kMaxMessageBytes);
    EXPECT_TRUE(packet) << packet.error().message;
    if (!packet) return InspectorReady{};
    auto decoded = DecodeFromInspector(packet->bytes);
    EXPECT_TRUE(decoded) << decoded.error().message;
    return decoded ? *std::move(decoded) : FromInspector(InspectorReady{});
  }

  UniqueFd socket_;
  pid_t pid_ = 0;
  uint64_t job_ = 0;
};

// What Identify says here of the same bytes, as it would travel.
Message Expected(Bytes bytes, std::string_view name, const TrustStore& trust) {
  return EncodeReply({1, Identify(MemorySource(bytes), name,
                                  {.trust = &trust, .at = time(nullptr), .max_threads = 1})});
}

TEST(Inspector, SaysWhatIdentifySays) {
  const TrustStore trust;
  Conversation inspector(trust);
  // The first answers come before this process has used OpenSSL for any of it.
  std::vector<std::pair<std::string, Message>> answers;
  const std::vector<std::string> seeds = {"signed-pe", "pe", "elf", "script", "msi", "zip"};
  const auto open_seed = [](const std::string& name) {
    return UniqueFd(open(("identity/seeds/" + name).c_str(), O_RDONLY | O_CLOEXEC));
  };
  for (const std::string& name : seeds) {
    const UniqueFd file = open_seed(name);
    ASSERT_TRUE(file.valid()) << name;
    const auto size = static_cast<uint64_t>(lseek(file.get(), 0, SEEK_END));
    answers.emplace_back(name, EncodeReply({1, inspector.Ask(file, size, name)}));
  }
  for (const auto& [name, answer] : answers) {
    Buffer bytes(1 << 16);
    bytes.resize(static_cast<size_t>(pread(open_seed(name).get(), bytes.data(), bytes.size(), 0)));
    EXPECT_EQ(answer, Expected(bytes, name, trust)) << name;
  }
}

TEST(Inspector, KnowsAPublisherByTheCatalogsItWasStartedWith) {
  namespace fs = std::filesystem;
  using portcullis::testing::BuildTrustList;
  const int64_t now = time(nullptr);
  const Certificate signer =
      portcullis::testing::MakeCertificate({.subject = {{"C", "DE"}, {"O", "Tools"}},
                                            .not_before = now - 1000,
                                            .not_after = now + 100'000,
                                            .extended_key_usage = "codeSigning"});
  TrustStore trust;
  ASSERT_TRUE(trust.Add(signer.Der(), "signer"));
  const BuiltPe pe = portcullis::testing::BuildPe({});
  std::string pattern = (fs::temp_directory_path() / "portcullis-cat-XXXXXX").string();
  ASSERT_NE(mkdtemp(pattern.data()), nullptr);
  const Buffer catalog = portcullis::testing::SignCatalog(
      BuildTrustList({.members = {{.digest = portcullis::testing::TakeDigest(
                                       "SHA256", AuthenticodeContent(pe))}}}),
      {.signer = &signer});
  std::ofstream(pattern + "/a.cat", std::ios::binary) << AsText(catalog);
  ASSERT_TRUE(IndexCatalogs(pattern));
  const auto catalogs = LoadCatalogs(pattern, CatalogAccess::kMapped);
  ASSERT_TRUE(catalogs) << catalogs.error().message;

  Conversation inspector(trust, catalogs->get());
  // What it needs is mapped.
  fs::remove_all(pattern);
  for (const Hashing hashing : {Hashing::kAll, Hashing::kWithoutSha1}) {
    const auto identity = inspector.Ask(FileOf(pe.bytes), pe.bytes.size(), "tool.exe", hashing);
    ASSERT_TRUE(identity) << identity.error().message;
    EXPECT_EQ(identity->signature.status, SignatureStatus::kValid) << identity->signature.reason;
    EXPECT_EQ(identity->signature.catalog, "a.cat");
    ASSERT_TRUE(identity->publisher);
    EXPECT_EQ(identity->publisher->publisher, "O=TOOLS, C=DE");
  }
  EXPECT_EQ(inspector.End(), 0);
}

TEST(Inspector, KnowsAPublisherByTheAnchorsItWasStartedWith) {
  const int64_t now = time(nullptr);
  const auto certificate = [&](portcullis::testing::CertificateSpec spec) {
    spec.not_before = now - 1000;
    spec.not_after = now + 100'000;
    return MakeCertificate(spec);
  };
  for (const auto kind :
       {portcullis::testing::KeyKind::kRsa2048, portcullis::testing::KeyKind::kEc256}) {
    const Certificate root =
        certificate({.subject = {{"CN", "Root"}}, .is_authority = true, .key = kind});
    const Certificate signer = certificate({.subject = {{"C", "DE"}, {"O", "Tools"}},
                                            .extended_key_usage = "codeSigning",
                                            .issuer = &root,
                                            .key = kind});
    BuiltPe pe = portcullis::testing::BuildPe({});
    AttachCertificates(pe,
                       {portcullis::testing::Sign(AuthenticodeContent(pe), {.signer = &signer})});
    TrustStore trust;
    ASSERT_TRUE(trust.Add(root.Der(), "root"));
    Conversation inspector(trust);
    const auto identity = inspector.Ask(FileOf(pe.bytes), pe.bytes.size(), "tool.exe");
    ASSERT_TRUE(identity) << identity.error().message;
    EXPECT_EQ(identity->signature.status, SignatureStatus::kValid) << identity->signature.reason;
    ASSERT_TRUE(identity->publisher);
    EXPECT_EQ(identity->publisher->publisher, "O=TOOLS, C=DE");
  }
}

TEST(Inspector, ReadsTheCorpusInItsSandbox) {
  const auto folder = CorpusFile("authenticode");
  const auto roots = CorpusFile("trust/code-signing-roots.pem");
  if (!folder || !roots) GTEST_SKIP() << kCorpusAbsent;
  std::ifstream stream(*roots, std::ios::binary);
  const std::string pem(std::istreambuf_iterator<char>(stream), {});
  TrustStore trust;
  ASSERT_TRUE(trust.Add(AsBytes(pem), "roots"));
  Conversation inspector(trust);
  size_t valid = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*folder)) {
    if (!entry.is_regular_file()) continue;
    const UniqueFd file(open(entry.path().c_str(), O_RDONLY | O_CLOEXEC));
    const auto identity = inspector.Ask(file, entry.file_size(), entry.path().filename().string());
    ASSERT_TRUE(identity) << entry.path() << ": " << identity.error().message;
    if (identity->signature.status == SignatureStatus::kValid) ++valid;
  }
  EXPECT_GT(valid, 0U);
}

TEST(Inspector, ReadsALargeFile) {
  const TrustStore trust;
  Conversation inspector(trust);
  const Buffer bytes(5'000'001, 0x5A);
  const auto identity = inspector.Ask(FileOf(bytes), bytes.size(), "big");
  ASSERT_TRUE(identity);
  EXPECT_EQ(EncodeReply({1, *identity}), Expected(bytes, "big", trust));
}

TEST(Inspector, RefusesWhatChangedOrIsNoFile) {
  const TrustStore trust;
  Conversation inspector(trust);
  const auto changed = inspector.Ask(FileOf(AsBytes("12345")), 4, "x");
  ASSERT_FALSE(changed);
  EXPECT_THAT(changed.error().message, HasSubstr("from 4 to 5 bytes"));
  const auto folder = inspector.Ask(UniqueFd(open("/", O_RDONLY | O_CLOEXEC)), 0, "x");
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, ErrorCode::kUnsupported);
  EXPECT_TRUE(inspector.Ask(FileOf(AsBytes("12345")), 5, "x")) << "it goes on";
}

TEST(Inspector, EndsWithTheGate) {
  const TrustStore trust;
  Conversation inspector(trust);
  const int status = inspector.End();
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST(Inspector, EndsOnWhatTheGateNeverSends) {
  const TrustStore trust;
  {
    Conversation inspector(trust);
    EXPECT_TRUE(SendPacket(inspector.socket(), EncodeRequest({1, 0, Hashing::kAll, "no file"})));
    int status = 0;
    ASSERT_TRUE(WaitReadable(inspector.socket(), kPatienceMs));
    status = inspector.End();
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) != 0) << status;
  }
  Conversation inspector(trust);
  EXPECT_TRUE(SendPacket(inspector.socket(), AsBytes("no message at all")));
  ASSERT_TRUE(WaitReadable(inspector.socket(), kPatienceMs));
  const int status = inspector.End();
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) != 0) << status;
}

}  // namespace
}  // namespace portcullis::enforcement
