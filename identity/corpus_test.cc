// SPDX-License-Identifier: Apache-2.0
// Real files of the corpus against what other tools say of them (truth.jsonl), judged at
// 2026-11-22 with the corpus' own anchors alone.
#include "tests/support/corpus.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>

#include "base/unique_fd.h"
#include "formats/catalog/catalog.h"
#include "formats/catalog/catalog_index.h"
#include "formats/script/signature_block.h"
#include "identity/identify.h"

namespace portcullis {
namespace {

using nlohmann::json;

constexpr UnixTime kJudgedAt = 1795305600;  // 2026-11-22T00:00:00Z

// Where the truth is wrong or silent: file and field, and why.
const std::map<std::pair<std::string, std::string>, std::string> kTruthIsWrong = {
    {{"pe64-ms-signature-not-at-end.exe", "status"},
     "osslsigncode ignores a table that is not at the end (signed: false); there is one, and it "
     "lies inside two sections, which is malformed"},
    {{"pe32-launcher-distlib.exe", "version"},
     "pefile takes a version resource of any name; Windows asks for name 1, this one has 102"},
    {{"appx-signed-mismatched-publisher.appx", "status"},
     "osslsigncode does not compare the manifest's publisher with the signer; Windows refuses it "
     "(ERROR_BAD_FORMAT), so it is malformed before its chain is asked"},
    {{"appx-signed-app1.appx", "subject"}, "title has no word there; Windows writes T"},
    {{"appx-signed-app1.appx", "issuer"}, "the same"},
    {{"efi-signed-sbsign-fbx64.efi", "status"},
     "osslsigncode refuses the table's padding (signed: null); sbverify reads both signatures"},
    {{"js-signed-test-cert.js", "status"},
     "osslsigncode does not read it (no signatures listed); its line ends became LF after it was "
     "signed, see the test below"},
};

struct Trust {
  TrustStore store;
  Trust() {
    std::ifstream stream(*CorpusFile("trust/code-signing-roots.pem"), std::ios::binary);
    const std::string pem(std::istreambuf_iterator<char>(stream), {});
    EXPECT_TRUE(store.Add(AsBytes(pem), "code-signing-roots.pem"));
  }
};

std::vector<json> Truths() {
  std::vector<json> truths;
  std::ifstream stream(*CorpusFile("truth.jsonl"));
  for (std::string line; std::getline(stream, line);) {
    json truth = json::parse(line);
    if (truth.value("file", "").starts_with("authenticode/")) truths.push_back(std::move(truth));
  }
  return truths;
}

FileIdentity Look(const json& truth) {
  static const Trust trust;
  const std::string path = CorpusFile(truth.at("file").get<std::string>())->string();
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const auto source = FdSource::Create(fd.get());
  EXPECT_TRUE(source) << path;
  auto identity = Identify(source.value(), path, {.trust = &trust.store, .at = kJudgedAt});
  EXPECT_TRUE(identity) << path << ": " << identity.error().message;
  return identity.value_or(FileIdentity{});
}

std::string KindOf(const json& truth) {
  static const std::map<std::string, std::string> kinds = {
      {"pe", "pe"},       {"ne", "ne"},        {"dos-mz", "dos"}, {"script", "script"},
      {"msi", "msi"},     {"cab", "cab"},      {"appx", "appx"},  {"cat", "catalog"},
      {"p7x", "unknown"}, {"other", "unknown"}};
  return kinds.at(truth.at("format").get<std::string>());
}

std::string HashOf(const FileIdentity& identity, HashType type) {
  for (const FileHashCandidate& hash : identity.hashes) {
    if (hash.digest.type == type) {
      return HexLower(Bytes(hash.digest.bytes).first(hash.digest.size()));
    }
  }
  return "none";
}

// "product|original filename|version", by the first Translation pair alone.
std::string VersionOf(const json& version) {
  if (version.is_null()) return "none";
  json table;
  if (!version.at("translations").empty()) {
    const auto pair = version["translations"][0].get<std::string>();  // "0x0409 0x04b0"
    const std::string key = pair.substr(2, 4) + pair.substr(9, 4);
    for (const json& language : version.at("languages")) {
      auto name = language.at("lang_codepage").get<std::string>();
      std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
      if (table.is_null() && name == key) table = language;
    }
  }
  const auto text = [&](const char* name) {
    return table.is_null() ? std::string() : table.value(name, "");
  };
  return fmt::format("{}|{}|{}", text("ProductName"), text("OriginalFilename"),
                     version.at("fixed_file_version").get<std::string>());
}
std::string VersionOf(const FileIdentity& identity) {
  if (!identity.version_info) return "none";
  return fmt::format("{}|{}|{}", identity.version_info->product_name,
                     identity.version_info->original_filename,
                     identity.version_info->file_version.ToString());
}

// By the order of design.md, from what osslsigncode said of digest, chain and validity.
std::string StatusOf(const json& truth) {
  if (!truth.contains("signatures")) {
    return truth.at("signed").is_boolean() ? "unsigned" : "unknown";
  }
  const json& signature = truth.at("signatures").at(0);
  // A catalog's signature is over the catalog itself: osslsigncode compares nothing.
  if (!signature.value("digest_match", true)) return "bad-digest";
  const json& verdict = signature.at("verify_now");
  if (verdict.at("chain_verification") == "ok") return "valid";
  const auto error = verdict.value("chain_error", "");
  return error.find("expired") != std::string::npos ? "expired" : "untrusted";
}

std::string Joined(const json& name) {
  std::string joined;
  for (const json& part : name) {
    joined += (joined.empty() ? "" : ", ") + part.get<std::string>();
  }
  return joined;
}

// The issuer stands with the certificate of that subject and serial number.
std::string WithoutZeros(const json& serial) {
  const auto text = serial.get<std::string>();
  return text.substr(std::min(text.find_first_not_of('0'), text.size()));
}
std::string IssuerOf(const json& truth, const json& signature) {
  const std::string serial = WithoutZeros(signature.at("signer_serial"));
  for (const json& certificate : truth.at("certificates")) {
    if (WithoutZeros(certificate.at("serial")) == serial) {
      return Joined(certificate.at("issuer"));
    }
  }
  return "";
}

std::string IsoTime(UnixTime time) {
  std::tm parts = {};
  gmtime_r(&time, &parts);
  std::string text(20, '\0');
  std::strftime(text.data(), text.size() + 1, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

// As the manifest has it: name, publisher and version, and the architecture of a package.
std::string PackageOf(const json& identity) {
  return fmt::format("{}|{}|{}|{}", identity.at("Name").get<std::string>(),
                     identity.at("Publisher").get<std::string>(),
                     identity.at("Version").get<std::string>(),
                     identity.value("ProcessorArchitecture", ""));
}
std::string PackageOf(const FileIdentity& identity) {
  if (!identity.package) return "none";
  const PackageIdentity& package = *identity.package;
  return fmt::format("{}|{}|{}|{}", package.name, package.publisher, package.version.ToString(),
                     package.architecture);
}

class Comparison {
 public:
  explicit Comparison(const json& truth)
      : file_(std::filesystem::path(truth.at("file").get<std::string>()).filename()) {}

  void Check(const std::string& field, const std::string& ours, const std::string& theirs) const {
    ++compared_;
    if (kTruthIsWrong.contains({file_, field})) {
      EXPECT_NE(ours, theirs) << file_ << " " << field << ": no longer a disagreement";
      return;
    }
    EXPECT_EQ(ours, theirs) << file_ << " " << field;
  }
  static size_t compared() { return compared_; }

 private:
  std::string file_;
  static inline size_t compared_ = 0;
};

void CompareSignature(const Comparison& comparison, const FileIdentity& identity,
                      const json& truth) {
  comparison.Check("status", ToString(identity.signature.status), StatusOf(truth));
  if (!truth.contains("signatures")) return;
  const json& signature = truth.at("signatures").at(0);
  if (signature.contains("signer_subject")) {
    comparison.Check("subject", identity.signature.subject, Joined(signature["signer_subject"]));
    comparison.Check("issuer", identity.signature.issuer, IssuerOf(truth, signature));
  }
  const json& verdict = signature.at("verify_now");
  const bool has_good_stamp = verdict.value("timestamp_verification", "") == "ok";
  comparison.Check("timestamp",
                   identity.signature.timestamp ? IsoTime(*identity.signature.timestamp) : "none",
                   has_good_stamp ? signature.at("timestamp_time").get<std::string>() : "none");
  // Rules for packages have the whole subject.
  if (identity.kind != FileKind::kAppx &&
      signature.contains("publisher_name_seen_in_real_policies")) {
    comparison.Check("publisher", identity.signature.publisher_name,
                     signature["publisher_name_seen_in_real_policies"].at("publisher"));
  }
}

// msiinfo prints the property as it stands; the corpus has none of more than four numbers.
std::string InstallerVersionOf(const json& properties) {
  auto version = properties.at("ProductVersion").get<std::string>();
  while (std::ranges::count(version, '.') < 3) version += ".0";
  return fmt::format("{}|{}|{}", properties.at("ProductName").get<std::string>(),
                     properties.at("ProductCode").get<std::string>(), version);
}

void CompareInstaller(const Comparison& comparison, const FileIdentity& identity,
                      const json& truth) {
  comparison.Check("version", VersionOf(identity), InstallerVersionOf(truth.at("msi_properties")));
  ASSERT_GE(identity.hashes.size(), 2U);
  EXPECT_EQ(identity.hashes[1].digest.type, HashType::kSha256);
  EXPECT_EQ(identity.hashes[1].form, HashForm::kAuthenticode);
  comparison.Check("authenticode sha256", HexLower(identity.hashes[1].digest.bytes),
                   truth.at("authenticode_sha256"));
}

// "v2 170 85": the version, all members and those with a digest of a file, as openssl's asn1parse
// shows them.
void CompareCatalog(const Comparison& comparison, const FileIdentity& identity, const json& truth) {
  static const std::map<std::string, std::string> lists = {
      {"authenticode/cat-dell-provider.cat", "v2 170 85"},
      {"authenticode/cat-signify-115fe.cat", "v2 20 10"},
      {"authenticode/cat-unsigned.cat", "v1 1 1"},
      {"authenticode/cat-unsigned-wineyes.cat", "v2 2 1"}};
  ASSERT_TRUE(identity.catalog);
  comparison.Check("list",
                   fmt::format("v{} {} {}", identity.catalog->version, identity.catalog->members,
                               identity.catalog->digests),
                   lists.at(truth.at("file").get<std::string>()));
  CompareSignature(comparison, identity, truth);
}

void ComparePackage(const Comparison& comparison, const FileIdentity& identity, const json& truth) {
  comparison.Check("package", PackageOf(identity), PackageOf(truth.at("appx_identity")));
  CompareSignature(comparison, identity, truth);
}

// A script's digest is in no rule; it is compared all the same, where the file has a block.
void CompareScript(const Comparison& comparison, const FileIdentity& identity, const json& truth) {
  CompareSignature(comparison, identity, truth);
  if (!truth.contains("signatures")) return;
  const std::string path = CorpusFile(truth.at("file").get<std::string>())->string();
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const auto source = FdSource::Create(fd.get());
  const auto form = script::SignatureFormOf(script::ExtensionOf(path));
  ASSERT_TRUE(source && form) << path;
  const auto block = script::FindSignatureBlock(*source, *form);
  ASSERT_TRUE(block && *block) << path;
  const auto digest = [&](authenticode::DigestAlgorithm algorithm) {
    return HexLower(script::TakeTextDigests(*source, **block, algorithm)->front());
  };
  comparison.Check("authenticode sha256", digest(authenticode::DigestAlgorithm::kSha256),
                   truth.at("authenticode_sha256"));
  comparison.Check("authenticode sha1", digest(authenticode::DigestAlgorithm::kSha1),
                   truth.at("authenticode_sha1"));
}

TEST(Corpus, EveryFileIsWhatTheTruthSays) {
  if (!CorpusFile("truth.jsonl")) GTEST_SKIP() << kCorpusAbsent;
  size_t files = 0;
  for (const json& truth : Truths()) {
    const FileIdentity identity = Look(truth);
    const Comparison comparison(truth);
    ++files;
    comparison.Check("kind", ToString(identity.kind), KindOf(truth));
    comparison.Check("sha256", HexLower(identity.sha256), truth.at("sha256"));
    comparison.Check("size", std::to_string(identity.size), truth.at("size").dump());
    if (identity.kind != FileKind::kPe) {
      comparison.Check("flat sha1", identity.size == 0 ? "" : HashOf(identity, HashType::kSha1),
                       truth.at("sha1"));
      if (identity.kind == FileKind::kMsi) CompareInstaller(comparison, identity, truth);
      if (identity.kind == FileKind::kCatalog) CompareCatalog(comparison, identity, truth);
      if (identity.kind == FileKind::kAppx) ComparePackage(comparison, identity, truth);
      if (identity.kind == FileKind::kScript) CompareScript(comparison, identity, truth);
      continue;
    }
    comparison.Check("authenticode sha256", HashOf(identity, HashType::kSha256),
                     truth.at("authenticode_sha256"));
    comparison.Check("authenticode sha1", HashOf(identity, HashType::kSha1),
                     truth.at("authenticode_sha1"));
    comparison.Check("library", identity.is_library ? "true" : "false",
                     truth.at("pe").at("is_dll").dump());
    comparison.Check("version", VersionOf(identity), VersionOf(truth.at("pe").at("version")));
    CompareSignature(comparison, identity, truth);
  }
  EXPECT_GE(files, 100U);
  fmt::print("{} files, {} fields compared, {} disagreements listed\n", files,
             Comparison::compared(), kTruthIsWrong.size());
}

// The one signed script of Windows Script Host that there is; it was signed over CRLF.
TEST(Corpus, AScriptSignedByWindowsHoldsOnceItsLineEndsAreWhatTheyWere) {
  const auto path = CorpusFile("authenticode/js-signed-test-cert.js");
  if (!path) GTEST_SKIP() << kCorpusAbsent;
  std::ifstream stream(*path, std::ios::binary);
  std::string text;
  for (std::string line; std::getline(stream, line);) text += line + "\r\n";
  const auto look = [](std::string_view bytes) {
    return Identify(MemorySource(AsBytes(bytes)), "a.js", {.at = kJudgedAt})->signature;
  };
  EXPECT_EQ(look(text).status, SignatureStatus::kUntrusted) << look(text).reason;
  EXPECT_EQ(look(text).subject, "CN=Arcade SignCheck Test");
  text[0] = 'w';
  EXPECT_EQ(look(text).status, SignatureStatus::kBadDigest);
}

// A store of one catalog of the corpus.
Result<CatalogStore> StoreOf(const std::string& name) {
  std::ifstream stream(*CorpusFile("authenticode/" + name), std::ios::binary);
  auto bytes = std::make_shared<const std::string>(std::istreambuf_iterator<char>(stream),
                                                   std::istreambuf_iterator<char>());
  const auto parsed = TRY(catalog::Catalog::Parse(AsBytes(*bytes)));
  catalog::IndexContent content;
  content.catalogs.resize(1);
  content.catalogs[0].name = name;
  authenticode::Digest digest =
      TRY(authenticode::Digest::Create(authenticode::DigestAlgorithm::kSha256));
  digest.Update(AsBytes(*bytes));
  std::ranges::copy(digest.Finish(), content.catalogs[0].sha256.begin());
  parsed.list().ForEachMember([&](const catalog::Member& member) {
    // Every member of the corpus' catalogs that counts is named by its digest as well.
    if (member.digest.size() != 32) return;
    EXPECT_TRUE(std::ranges::equal(member.digest, member.tag)) << name;
    std::ranges::copy(member.digest, content.sha256.emplace_back().digest.begin());
  });
  auto index = std::make_shared<const std::vector<uint8_t>>(TRY(BuildIndex(std::move(content))));
  const Bytes index_bytes = *index;
  return CatalogStore::Create(name, {std::move(index), index_bytes},
                              [bytes](size_t, const catalog::IndexedCatalog&) {
                                return Result<HeldBytes>(HeldBytes{bytes, AsBytes(*bytes)});
                              });
}

TEST(Corpus, AFileOfACatalogHasItsSignerWithoutASignatureOfItsOwn) {
  if (!CorpusFile("truth.jsonl")) GTEST_SKIP() << kCorpusAbsent;
  static const Trust trust;
  std::ifstream stream(*CorpusFile("authenticode/cat-member-dell.dll"), std::ios::binary);
  std::string bytes(std::istreambuf_iterator<char>(stream), {});
  // Without its signature, which stands at the end and is named in the optional header:
  // Authenticode covers neither.
  constexpr size_t kTable = 104448;
  constexpr size_t kPeOffset = 0x3C;
  const auto header = static_cast<size_t>(static_cast<uint8_t>(bytes[kPeOffset]));
  bytes.resize(kTable);
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(header + 24 + 144), 8, '\0');
  const auto store = StoreOf("cat-dell-provider.cat");
  ASSERT_TRUE(store) << store.error().message;
  for (const CatalogStore* catalogs : {static_cast<const CatalogStore*>(nullptr), &*store}) {
    const auto identity = Identify(MemorySource(AsBytes(bytes)), "x.dll",
                                   {.trust = &trust.store, .catalogs = catalogs, .at = kJudgedAt});
    ASSERT_TRUE(identity);
    if (catalogs == nullptr) {
      EXPECT_EQ(identity->signature.status, SignatureStatus::kUnsigned);
      continue;
    }
    EXPECT_EQ(identity->signature.status, SignatureStatus::kValid) << identity->signature.reason;
    EXPECT_EQ(identity->signature.catalog, "cat-dell-provider.cat");
    ASSERT_TRUE(identity->publisher);
    EXPECT_EQ(identity->publisher->publisher, "O=DELL INC, L=ROUND ROCK, S=TEXAS, C=US");
    EXPECT_EQ(identity->publisher->binary, "DELLBIOSPROVIDER.DLL");
  }
}

}  // namespace
}  // namespace portcullis
