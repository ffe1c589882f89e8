// SPDX-License-Identifier: Apache-2.0
#include "authoring/simulate/unpacker.h"

#include <fmt/core.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>

namespace portcullis::simulation {
namespace {

constexpr std::array<uint8_t, 2> kGzipMagic = {0x1F, 0x8B};
constexpr std::array<uint8_t, 4> kZstdMagic = {0x28, 0xB5, 0x2F, 0xFD};
constexpr std::array<uint8_t, 6> kXzMagic = {0xFD, '7', 'z', 'X', 'Z', 0};

constexpr const char* kNoMemory = "no memory for the codec";

bool BeginsWith(Bytes bytes, Bytes magic) {
  return bytes.size() >= magic.size() && std::ranges::equal(bytes.first(magic.size()), magic);
}

class GzipUnpacker final : public Unpacker {
 public:
  static Result<std::unique_ptr<Unpacker>> Make() {
    auto made = std::make_unique<GzipUnpacker>();
    constexpr int kGzipAlone = 15 + 16;
    if (inflateInit2(&made->stream_, kGzipAlone) != Z_OK) {
      return Fail(ErrorCode::kLimitExceeded, kNoMemory);
    }
    made->is_begun_ = true;
    return std::unique_ptr<Unpacker>(std::move(made));
  }
  GzipUnpacker() = default;
  GzipUnpacker(const GzipUnpacker&) = delete;
  GzipUnpacker& operator=(const GzipUnpacker&) = delete;
  ~GzipUnpacker() override {
    if (is_begun_) inflateEnd(&stream_);
  }

  UnpackStep Step(Bytes in, std::span<uint8_t> out, bool) override {
    if (is_between_ && in.empty()) return {0, 0, true};
    if (is_between_) inflateReset(&stream_);
    is_between_ = false;
    stream_.next_in = const_cast<uint8_t*>(in.data());  // zlib does not write there
    stream_.avail_in = static_cast<uInt>(in.size());
    stream_.next_out = out.data();
    stream_.avail_out = static_cast<uInt>(out.size());
    const int done = inflate(&stream_, Z_NO_FLUSH);
    is_between_ = done == Z_STREAM_END;
    UnpackStep step{in.size() - stream_.avail_in, out.size() - stream_.avail_out, is_between_};
    if (!is_between_ && done != Z_OK && done != Z_BUF_ERROR) {
      step.error = Error{ErrorCode::kMalformed,
                         fmt::format("gzip: {}", stream_.msg == nullptr ? "damaged" : stream_.msg)};
    }
    return step;
  }

 private:
  z_stream stream_ = {};
  bool is_begun_ = false;
  bool is_between_ = false;  // two members
};

class ZstdUnpacker final : public Unpacker {
 public:
  static Result<std::unique_ptr<Unpacker>> Make() {
    auto made = std::make_unique<ZstdUnpacker>();
    if (made->context_ == nullptr) return Fail(ErrorCode::kLimitExceeded, kNoMemory);
    ZSTD_DCtx_setParameter(made->context_.get(), ZSTD_d_windowLogMax, kMaxZstdWindowLog);
    return std::unique_ptr<Unpacker>(std::move(made));
  }

  UnpackStep Step(Bytes in, std::span<uint8_t> out, bool) override {
    if (in.empty() && may_end_) return {0, 0, true};
    ZSTD_inBuffer from = {in.data(), in.size(), 0};
    ZSTD_outBuffer to = {out.data(), out.size(), 0};
    const size_t done = ZSTD_decompressStream(context_.get(), &to, &from);
    may_end_ = done == 0;
    UnpackStep step{from.pos, to.pos, may_end_};
    if (ZSTD_isError(done) != 0) {
      step.error = Error{ErrorCode::kMalformed, fmt::format("zstd: {}", ZSTD_getErrorName(done))};
    }
    return step;
  }

 private:
  struct Freer {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  std::unique_ptr<ZSTD_DCtx, Freer> context_{ZSTD_createDCtx()};
  bool may_end_ = false;
};

const char* XzReason(lzma_ret done) {
  switch (done) {
    case LZMA_FORMAT_ERROR:
      return "what follows is not xz";
    case LZMA_OPTIONS_ERROR:
      return "a filter that is not supported";
    case LZMA_DATA_ERROR:
      return "damaged";
    default:
      return "it can not be read";
  }
}

Error XzError(lzma_ret done) {
  if (done != LZMA_MEMLIMIT_ERROR) {
    return {ErrorCode::kMalformed, fmt::format("xz: {}", XzReason(done))};
  }
  return {ErrorCode::kLimitExceeded,
          fmt::format("xz: needs more than {} MiB to unpack", kMaxXzMemory >> 20)};
}

class XzUnpacker final : public Unpacker {
 public:
  static Result<std::unique_ptr<Unpacker>> Make() {
    auto made = std::make_unique<XzUnpacker>();
    if (lzma_stream_decoder(&made->stream_, kMaxXzMemory, LZMA_CONCATENATED) != LZMA_OK) {
      return Fail(ErrorCode::kLimitExceeded, kNoMemory);
    }
    return std::unique_ptr<Unpacker>(std::move(made));
  }
  XzUnpacker() = default;
  XzUnpacker(const XzUnpacker&) = delete;
  XzUnpacker& operator=(const XzUnpacker&) = delete;
  ~XzUnpacker() override { lzma_end(&stream_); }

  UnpackStep Step(Bytes in, std::span<uint8_t> out, bool is_last) override {
    if (is_done_) return {0, 0, true};
    stream_.next_in = in.data();
    stream_.avail_in = in.size();
    stream_.next_out = out.data();
    stream_.avail_out = out.size();
    const lzma_ret done = lzma_code(&stream_, is_last ? LZMA_FINISH : LZMA_RUN);
    is_done_ = done == LZMA_STREAM_END;
    UnpackStep step{in.size() - stream_.avail_in, out.size() - stream_.avail_out, is_done_};
    if (!is_done_ && done != LZMA_OK && done != LZMA_BUF_ERROR) step.error = XzError(done);
    return step;
  }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
  bool is_done_ = false;
};

}  // namespace

Result<std::unique_ptr<Unpacker>> MakeUnpacker(Bytes first_bytes) {
  if (BeginsWith(first_bytes, kGzipMagic)) return GzipUnpacker::Make();
  if (BeginsWith(first_bytes, kZstdMagic)) return ZstdUnpacker::Make();
  if (BeginsWith(first_bytes, kXzMagic)) return XzUnpacker::Make();
  return std::unique_ptr<Unpacker>();
}

}  // namespace portcullis::simulation
