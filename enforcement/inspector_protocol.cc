// SPDX-License-Identifier: Apache-2.0
// An identity on the wire, in this order: u8 kind, u64 size, 32 bytes SHA-256, u8 flags (see
// below), u8 number of hashes, each u8 type, u8 form, 32 bytes; the publisher if flagged: three
// texts, u64 version; the version resource if flagged: two texts, u64 version; the package if
// flagged: four texts, u64 version, u8 bits; the signature: u8 status, four texts, i64 time stamp;
// text defect; i64 valid-until; text catalog; the flat MD5, the flat SHA-1 and the signer's
// thumbprint, each u8 whether it is there, and its bytes. A time that is not flagged is zero.
#include "enforcement/inspector_protocol.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace portcullis::enforcement {
namespace {

constexpr uint32_t kMagic = 0x4C435450;  // "PTCL"
constexpr uint16_t kVersion = 2;

enum class Kind : uint8_t { kRequest = 1, kReady, kIdentity, kError };

enum Flag : uint8_t {
  kHasPublisher = 1,
  kHasVersionInfo = 2,
  kHasTimestamp = 4,
  kHasValidUntil = 8,
  kIsWindowsSigned = 16,
  kIsLibrary = 32,
  kIsProgram = 64,
  kHasPackage = 128,
};
enum PackageBit : uint8_t { kIsBundle = 1, kIsEncrypted = 2 };
constexpr uint8_t kAllPackageBits = 3;

class Writer {
 public:
  Writer(Kind kind, uint64_t job) {
    Number(kMagic);
    Number(kVersion);
    Number(static_cast<uint8_t>(kind));
    Number(uint8_t{0});
    Number(job);
  }
  template <typename T>
  void Number(T value) {
    for (size_t i = 0; i < sizeof(T); ++i) {
      out_.push_back(static_cast<uint8_t>(static_cast<uint64_t>(value) >> (8 * i)));
    }
  }
  template <typename E>
  void Enum(E value) {
    Number(static_cast<uint8_t>(value));
  }
  void Raw(Bytes bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
  void Text(std::string_view text) {
    Number(static_cast<uint32_t>(text.size()));
    Raw(AsBytes(text));
  }
  Message Take() && { return std::move(out_); }

 private:
  Message out_;
};

class Reader {
 public:
  explicit Reader(Bytes bytes) : bytes_(bytes, "inspector message") {}

  template <typename T>
  Result<T> Number() {
    return TRY(bytes_.Read<LittleEndian<T>>()).value();
  }
  // `last` is the enumeration's last member.
  template <typename E>
  Result<E> Enum(E last, std::string_view what) {
    const auto value = TRY(Number<uint8_t>());
    if (value <= static_cast<uint8_t>(last)) return static_cast<E>(value);
    return Fail(ErrorCode::kMalformed, fmt::format("inspector message: {} is {}, at most {}", what,
                                                   value, static_cast<unsigned>(last)));
  }
  Result<std::string> Text() {
    const auto size = TRY(Number<uint32_t>());
    return std::string(AsText(TRY(bytes_.ReadBytes(size))));
  }
  Result<void> Raw(std::span<uint8_t> bytes) {
    std::ranges::copy(TRY(bytes_.ReadBytes(bytes.size())), bytes.begin());
    return {};
  }
  Result<std::array<uint8_t, 32>> Digest() {
    std::array<uint8_t, 32> digest;
    TRY_VOID(Raw(digest));
    return digest;
  }
  Result<void> End() const {
    if (bytes_.empty()) return {};
    return Fail(ErrorCode::kMalformed,
                fmt::format("inspector message: {} bytes follow its end", bytes_.remaining()));
  }

 private:
  ByteReader bytes_;
};

struct Header {
  uint8_t kind = 0;
  uint64_t job = 0;
};

Result<Header> ReadHeader(Bytes message, Reader& reader) {
  if (message.size() > kMaxMessageBytes) {
    return Fail(ErrorCode::kLimitExceeded, fmt::format("inspector message: {} bytes, at most {}",
                                                       message.size(), kMaxMessageBytes));
  }
  const auto magic = TRY(reader.Number<uint32_t>());
  const auto version = TRY(reader.Number<uint16_t>());
  const auto kind = TRY(reader.Number<uint8_t>());
  const auto zero = TRY(reader.Number<uint8_t>());
  if (magic != kMagic || version != kVersion || zero != 0) {
    return Fail(ErrorCode::kMalformed, "inspector message: the header is not one of this version");
  }
  return Header{kind, TRY(reader.Number<uint64_t>())};
}

Unexpected RefuseKind(uint8_t kind) {
  return Fail(ErrorCode::kMalformed,
              fmt::format("inspector message: kind {} is not expected here", kind));
}

uint8_t FlagsOf(const FileIdentity& identity) {
  const auto flag = [](bool set, Flag value) { return set ? unsigned{value} : 0U; };
  return static_cast<uint8_t>(flag(identity.publisher.has_value(), kHasPublisher) |
                              flag(identity.version_info.has_value(), kHasVersionInfo) |
                              flag(identity.signature.timestamp.has_value(), kHasTimestamp) |
                              flag(identity.valid_until.has_value(), kHasValidUntil) |
                              flag(identity.signature.is_windows_signed, kIsWindowsSigned) |
                              flag(identity.is_library, kIsLibrary) |
                              flag(identity.is_program, kIsProgram) |
                              flag(identity.package.has_value(), kHasPackage));
}

void WritePackage(const PackageIdentity& package, Writer& writer) {
  writer.Text(package.name);
  writer.Text(package.publisher);
  writer.Text(package.architecture);
  writer.Text(package.resource_id);
  writer.Number(package.version.packed);
  writer.Number(static_cast<uint8_t>((package.is_bundle ? unsigned{kIsBundle} : 0U) |
                                     (package.is_encrypted ? unsigned{kIsEncrypted} : 0U)));
}

// What only Software Restriction Policies ask: each a bit that says whether it is there, and bytes.
template <size_t kSize>
void WriteOptional(const std::optional<std::array<uint8_t, kSize>>& bytes, Writer& writer) {
  writer.Number(static_cast<uint8_t>(bytes ? 1 : 0));
  if (bytes) writer.Raw(*bytes);
}

void WriteSrpFacts(const FileIdentity& identity, Writer& writer) {
  WriteOptional(identity.flat_md5, writer);
  WriteOptional(identity.flat_sha1, writer);
  WriteOptional(identity.signature.signer_thumbprint, writer);
}

void WriteIdentity(const FileIdentity& identity, Writer& writer) {
  writer.Enum(identity.kind);
  writer.Number(identity.size);
  writer.Raw(identity.sha256);
  writer.Number(FlagsOf(identity));
  writer.Number(static_cast<uint8_t>(std::min(identity.hashes.size(), size_t{255})));
  for (const FileHashCandidate& hash : identity.hashes) {
    writer.Enum(hash.digest.type);
    writer.Enum(hash.form);
    writer.Raw(hash.digest.bytes);
  }
  if (identity.publisher) {
    writer.Text(identity.publisher->publisher);
    writer.Text(identity.publisher->product);
    writer.Text(identity.publisher->binary);
    writer.Number(identity.publisher->version.packed);
  }
  if (identity.version_info) {
    writer.Text(identity.version_info->product_name);
    writer.Text(identity.version_info->original_filename);
    writer.Number(identity.version_info->file_version.packed);
  }
  if (identity.package) WritePackage(*identity.package, writer);
  writer.Enum(identity.signature.status);
  writer.Text(identity.signature.subject);
  writer.Text(identity.signature.issuer);
  writer.Text(identity.signature.publisher_name);
  writer.Text(identity.signature.reason);
  writer.Number(identity.signature.timestamp.value_or(0));
  writer.Text(identity.defect);
  writer.Number(identity.valid_until.value_or(0));
  writer.Text(identity.signature.catalog);
  WriteSrpFacts(identity, writer);
}

Result<std::vector<FileHashCandidate>> ReadHashes(Reader& reader) {
  const auto count = TRY(reader.Number<uint8_t>());
  if (count > kMaxWireHashes) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("inspector message: {} hashes, at most {}", count, kMaxWireHashes));
  }
  std::vector<FileHashCandidate> hashes(count);
  for (FileHashCandidate& hash : hashes) {
    hash.digest.type = TRY(reader.Enum(HashType::kSha1, "the type of a hash"));
    hash.form = TRY(reader.Enum(HashForm::kAuthenticode, "the form of a hash"));
    hash.digest.bytes = TRY(reader.Digest());
  }
  return hashes;
}

Result<FullyQualifiedBinaryName> ReadPublisher(Reader& reader) {
  FullyQualifiedBinaryName name;
  name.publisher = TRY(reader.Text());
  name.product = TRY(reader.Text());
  name.binary = TRY(reader.Text());
  name.version.packed = TRY(reader.Number<uint64_t>());
  return name;
}

Result<VersionInfo> ReadVersionInfo(Reader& reader) {
  VersionInfo info;
  info.product_name = TRY(reader.Text());
  info.original_filename = TRY(reader.Text());
  info.file_version.packed = TRY(reader.Number<uint64_t>());
  return info;
}

Result<PackageIdentity> ReadPackage(Reader& reader) {
  PackageIdentity package;
  package.name = TRY(reader.Text());
  package.publisher = TRY(reader.Text());
  package.architecture = TRY(reader.Text());
  package.resource_id = TRY(reader.Text());
  package.version.packed = TRY(reader.Number<uint64_t>());
  const auto bits = TRY(reader.Number<uint8_t>());
  if ((bits & ~unsigned{kAllPackageBits}) != 0) {
    return Fail(ErrorCode::kMalformed, fmt::format("inspector message: package bits {:#x}", bits));
  }
  package.is_bundle = (bits & kIsBundle) != 0;
  package.is_encrypted = (bits & kIsEncrypted) != 0;
  return package;
}

Result<std::optional<UnixTime>> ReadTime(Reader& reader, bool is_there) {
  const auto time = static_cast<UnixTime>(TRY(reader.Number<uint64_t>()));
  if (is_there) return std::optional(time);
  if (time == 0) return std::optional<UnixTime>();
  return Fail(ErrorCode::kMalformed, "inspector message: a time stands where none is flagged");
}

template <size_t kSize>
Result<void> ReadOptional(Reader& reader, std::optional<std::array<uint8_t, kSize>>& bytes) {
  const auto is_there = TRY(reader.Number<uint8_t>());
  if (is_there > 1) {
    return Fail(ErrorCode::kMalformed,
                fmt::format("inspector message: {} says whether a digest is there", is_there));
  }
  if (is_there == 1) TRY_VOID(reader.Raw(bytes.emplace()));
  return {};
}

Result<void> ReadSrpFacts(Reader& reader, FileIdentity& identity) {
  TRY_VOID(ReadOptional(reader, identity.flat_md5));
  TRY_VOID(ReadOptional(reader, identity.flat_sha1));
  return ReadOptional(reader, identity.signature.signer_thumbprint);
}

Result<FileIdentity> ReadIdentity(Reader& reader) {
  FileIdentity identity;
  identity.kind = TRY(reader.Enum(FileKind::kRpm, "the kind of the file"));
  identity.size = TRY(reader.Number<uint64_t>());
  identity.sha256 = TRY(reader.Digest());
  const auto flags = TRY(reader.Number<uint8_t>());
  identity.is_library = (flags & kIsLibrary) != 0;
  identity.is_program = (flags & kIsProgram) != 0;
  identity.hashes = TRY(ReadHashes(reader));
  if ((flags & kHasPublisher) != 0) identity.publisher = TRY(ReadPublisher(reader));
  if ((flags & kHasVersionInfo) != 0) identity.version_info = TRY(ReadVersionInfo(reader));
  if ((flags & kHasPackage) != 0) identity.package = TRY(ReadPackage(reader));
  SignatureReport& signature = identity.signature;
  signature.is_windows_signed = (flags & kIsWindowsSigned) != 0;
  signature.status = TRY(reader.Enum(SignatureStatus::kValid, "the status of the signature"));
  signature.subject = TRY(reader.Text());
  signature.issuer = TRY(reader.Text());
  signature.publisher_name = TRY(reader.Text());
  signature.reason = TRY(reader.Text());
  signature.timestamp = TRY(ReadTime(reader, (flags & kHasTimestamp) != 0));
  identity.defect = TRY(reader.Text());
  identity.valid_until = TRY(ReadTime(reader, (flags & kHasValidUntil) != 0));
  signature.catalog = TRY(reader.Text());
  TRY_VOID(ReadSrpFacts(reader, identity));
  return identity;
}

Result<Error> ReadError(Reader& reader) {
  Error error;
  error.code = TRY(reader.Enum(ErrorCode::kIo, "the code of an error"));
  error.message = TRY(reader.Text());
  if (error.message.size() <= kMaxErrorBytes) return error;
  return Fail(ErrorCode::kLimitExceeded, "inspector message: the message of an error is too long");
}

Message EncodeError(uint64_t job, const Error& error) {
  Writer writer(Kind::kError, job);
  writer.Enum(error.code);
  writer.Text(std::string_view(error.message).substr(0, kMaxErrorBytes));
  return std::move(writer).Take();
}

Unexpected Dishonest(std::string_view what) {
  return Fail(ErrorCode::kMalformed, fmt::format("the inspector's reply can not be: {}", what));
}

// Each type of hash at most once, but for an installer's second candidate, and the whole file's
// digest the same wherever it stands.
Result<void> CheckHashes(const FileIdentity& identity) {
  unsigned seen = 0;
  bool has_second = false;
  for (const FileHashCandidate& hash : identity.hashes) {
    const unsigned bit = 1U << static_cast<unsigned>(hash.digest.type);
    const bool is_second = IsInstaller(identity.kind) && hash.digest.type == HashType::kSha256 &&
                           hash.form == HashForm::kAuthenticode && !has_second;
    has_second = has_second || is_second;
    if ((seen & bit) != 0 && !is_second) return Dishonest("two hashes have one type");
    seen |= bit;
    const bool is_sha256 = hash.digest.type != HashType::kSha1;
    if (is_sha256 && hash.form == HashForm::kFlat && hash.digest.bytes != identity.sha256) {
      return Dishonest("a flat hash is not the file's");
    }
    const auto& bytes = hash.digest.bytes;
    if (std::any_of(bytes.begin() + static_cast<std::ptrdiff_t>(hash.digest.size()), bytes.end(),
                    [](uint8_t byte) { return byte != 0; })) {
      return Dishonest("a hash is longer than its type");
    }
  }
  return {};
}

}  // namespace

Message EncodeRequest(const InspectionRequest& request) {
  Writer writer(Kind::kRequest, request.job);
  writer.Number(request.size);
  writer.Enum(request.hashing);
  std::string_view name = request.name_hint;
  name.remove_prefix(name.size() - std::min(name.size(), kMaxNameBytes));
  writer.Text(name);
  return std::move(writer).Take();
}

Result<InspectionRequest> DecodeRequest(Bytes message) {
  Reader reader(message);
  const Header header = TRY(ReadHeader(message, reader));
  if (header.kind != static_cast<uint8_t>(Kind::kRequest)) return RefuseKind(header.kind);
  InspectionRequest request;
  request.job = header.job;
  request.size = TRY(reader.Number<uint64_t>());
  request.hashing = TRY(reader.Enum(Hashing::kAllAndWeakFlat, "what to hash"));
  request.name_hint = TRY(reader.Text());
  TRY_VOID(reader.End());
  if (request.name_hint.size() <= kMaxNameBytes) return request;
  return Fail(ErrorCode::kLimitExceeded, "inspector message: the file's name is too long");
}

Message EncodeReady() { return Writer(Kind::kReady, 0).Take(); }

Message EncodeReply(const InspectionReply& reply) {
  if (!reply.outcome) return EncodeError(reply.job, reply.outcome.error());
  Writer writer(Kind::kIdentity, reply.job);
  WriteIdentity(*reply.outcome, writer);
  Message message = std::move(writer).Take();
  if (message.size() <= kMaxMessageBytes && reply.outcome->hashes.size() <= kMaxWireHashes) {
    return message;
  }
  return EncodeError(reply.job, {ErrorCode::kLimitExceeded,
                                 fmt::format("what the file says of itself takes {} bytes, at most "
                                             "{} are kept",
                                             message.size(), kMaxMessageBytes)});
}

Result<FromInspector> DecodeFromInspector(Bytes message) {
  Reader reader(message);
  const Header header = TRY(ReadHeader(message, reader));
  InspectionReply reply;
  reply.job = header.job;
  switch (static_cast<Kind>(header.kind)) {
    case Kind::kReady:
      TRY_VOID(reader.End());
      if (header.job != 0) return RefuseKind(header.kind);
      return FromInspector(InspectorReady{});
    case Kind::kIdentity:
      reply.outcome = TRY(ReadIdentity(reader));
      break;
    case Kind::kError:
      reply.outcome = Unexpected(TRY(ReadError(reader)));
      break;
    default:
      return RefuseKind(header.kind);
  }
  TRY_VOID(reader.End());
  return FromInspector(std::move(reply));
}

Result<void> CheckReply(const InspectionRequest& request, const InspectionReply& reply) {
  if (reply.job != request.job) return Dishonest("it is of another job");
  if (!reply.outcome) return {};
  const FileIdentity& identity = *reply.outcome;
  if (identity.size != request.size) return Dishonest("the file has another size");
  if ((identity.kind == FileKind::kEmpty) != (identity.size == 0) ||
      identity.hashes.empty() != (identity.size == 0)) {
    return Dishonest("an empty file with content, or a file of some size without");
  }
  const bool is_valid = identity.signature.status == SignatureStatus::kValid;
  if (identity.publisher.has_value() != is_valid) {
    return Dishonest("a publisher without a valid signature, or the other way round");
  }
  if (identity.signature.is_windows_signed && !is_valid) {
    return Dishonest("signed by Windows, but not validly");
  }
  if (!identity.signature.catalog.empty() && !is_valid) {
    return Dishonest("a catalog's signer without a valid signature");
  }
  if (identity.is_library && identity.is_program) {
    return Dishonest("a program that is a library");
  }
  if (identity.package && identity.kind != FileKind::kAppx) {
    return Dishonest("a package that is none by its kind");
  }
  return CheckHashes(identity);
}

}  // namespace portcullis::enforcement
