// SPDX-License-Identifier: Apache-2.0
// The end of the file is turned into a string of one char a unit (the window), whatever the
// encoding: all of a block is ASCII. Places in the window are made offsets of the file at the end.
#include "formats/script/signature_block.h"

#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "base/base64.h"

namespace portcullis::script {
namespace {

using authenticode::Digest;

constexpr size_t kPieceBytes = 64 << 10;
// A line end before the block is in view, in two units of two bytes.
constexpr uint64_t kBeforeBlock = 4;
constexpr std::string_view kWhiteSpace = " \t\r\n";
// What stands for a unit beyond ASCII in a window: no byte of a block.
constexpr char kBeyondAscii = '\xFF';

struct Lines {
  std::string_view first;
  std::string_view last;
  std::string_view before;  // in front of the base64 of each line between
  std::string_view after;
};
Lines LinesOf(SignatureForm form) {
  switch (form) {
    case SignatureForm::kPowerShell:
      return {"# SIG # Begin signature block", "# SIG # End signature block", "# ", ""};
    case SignatureForm::kPowerShellXml:
      return {"<!-- SIG # Begin signature block -->", "<!-- SIG # End signature block -->", "<!-- ",
              " -->"};
    case SignatureForm::kManagedObject:
      return {"/* SIG # Begin signature block */", "/* SIG # End signature block */", "/* ", " */"};
    case SignatureForm::kVbScript:
      return {"'' SIG '' Begin signature block", "'' SIG '' End signature block", "'' SIG '' ", ""};
    case SignatureForm::kJScript:
      return {"// SIG // Begin signature block", "// SIG // End signature block", "// SIG // ", ""};
    case SignatureForm::kWindowsScript:
      return {"<signature>", "</signature>", "** SIG ** ", ""};
  }
  return {};
}

bool IsOfPowerShell(SignatureForm form) {
  return form == SignatureForm::kPowerShell || form == SignatureForm::kPowerShellXml ||
         form == SignatureForm::kManagedObject;
}

struct Window {
  std::string text;
  uint64_t offset = 0;  // of the file
  size_t unit = 1;
  bool is_all = false;  // nothing of the text stands before it

  uint64_t OffsetOf(size_t place) const { return offset + uint64_t{place} * unit; }
  bool IsLineStart(size_t place) const { return place == 0 ? is_all : text[place - 1] == '\n'; }
  // The end of the line that begins at `place`, without its line end.
  size_t LineEnd(size_t place) const {
    const size_t end = std::min(text.find('\n', place), text.size());
    return end > place && text[end - 1] == '\r' ? end - 1 : end;
  }
  std::string_view Line(size_t place) const {
    return std::string_view(text).substr(place, LineEnd(place) - place);
  }
  // Behind the line end of the line that begins at `place`.
  size_t NextLine(size_t place) const {
    const size_t end = text.find('\n', place);
    return end == std::string::npos ? text.size() : end + 1;
  }
  // The last line that is `line`, before `limit`.
  std::optional<size_t> FindLineBackwards(std::string_view line, size_t limit) const {
    size_t place = limit;
    while (place > 0) {
      place = text.rfind(line, place - 1);
      if (place == std::string::npos) return std::nullopt;
      if (IsLineStart(place) && Line(place) == line) return place;
    }
    return std::nullopt;
  }
};

Result<std::optional<ByteOrderMark>> ReadMark(const ByteSource& source) {
  const uint64_t size = std::min<uint64_t>(source.size(), kMaxByteOrderMark);
  return ReadByteOrderMark(TRY(source.Copy(0, size, kMaxByteOrderMark)));
}

// One char a unit of UTF-16; a byte that is left over counts as a unit.
std::string OneCharAUnit(Bytes bytes, TextEncoding encoding) {
  std::string text;
  text.reserve(bytes.size() / 2 + 1);
  const size_t low = encoding == TextEncoding::kUtf16Le ? 0 : 1;
  for (size_t i = 0; i + 1 < bytes.size(); i += 2) {
    const bool is_ascii = bytes[i + 1 - low] == 0 && bytes[i + low] < 0x80;
    text.push_back(is_ascii ? static_cast<char>(bytes[i + low]) : kBeyondAscii);
  }
  if (bytes.size() % 2 != 0) text.push_back(kBeyondAscii);
  return text;
}

Result<Window> ReadWindow(const ByteSource& source, const std::optional<ByteOrderMark>& mark) {
  Window window;
  const uint64_t text_begin = mark ? mark->size : 0;
  window.unit = mark ? UnitSize(mark->encoding) : 1;
  uint64_t size = std::min(source.size() - text_begin, kMaxBlockBytes + kBeforeBlock);
  window.offset = source.size() - size;
  if ((window.offset - text_begin) % window.unit != 0) {
    --size;
    ++window.offset;
  }
  window.is_all = window.offset == text_begin;
  const auto bytes = TRY(source.Copy(window.offset, size, kMaxBlockBytes + kBeforeBlock));
  window.text = window.unit == 2 ? OneCharAUnit(bytes, mark->encoding) : std::string(AsText(bytes));
  return window;
}

// Where the line stands that ends the block; nothing in a file without one.
Result<std::optional<size_t>> FindLastLine(const Window& window, SignatureForm form,
                                           const Lines& lines) {
  const size_t size = window.text.size();
  if (form == SignatureForm::kWindowsScript) {
    const auto last = window.FindLineBackwards(lines.last, size);
    if (last || !window.FindLineBackwards(lines.first, size)) return last;
    return Fail(ErrorCode::kMalformed, "the signature block does not end");
  }
  const size_t text_end = window.text.find_last_not_of(kWhiteSpace) + 1;
  if (text_end >= lines.last.size()) {
    const size_t place = text_end - lines.last.size();
    const bool is_last = std::string_view(window.text).substr(place).starts_with(lines.last);
    if (is_last && window.IsLineStart(place)) return place;
  }
  if (!window.FindLineBackwards(lines.first, size)) return std::nullopt;
  return Fail(ErrorCode::kMalformed,
              window.FindLineBackwards(lines.last, size)
                  ? "there is text behind the signature block, where nothing is signed"
                  : "the signature block does not end");
}

Unexpected SignatureTooLarge() {
  return Fail(ErrorCode::kLimitExceeded,
              fmt::format("the signature has more than {} bytes", kMaxSignatureBytes));
}

// The base64 between the two lines, put together.
Result<std::string> JoinBase64(const Window& window, size_t first, size_t last,
                               const Lines& lines) {
  std::string joined;
  for (size_t place = window.NextLine(first); place < last; place = window.NextLine(place)) {
    std::string_view line = window.Line(place);
    if (line.size() <= lines.before.size() + lines.after.size() ||
        !line.starts_with(lines.before) || !line.ends_with(lines.after)) {
      return Fail(ErrorCode::kMalformed,
                  fmt::format("the line at offset {} does not belong in a signature block",
                              window.OffsetOf(place)));
    }
    line.remove_prefix(lines.before.size());
    line.remove_suffix(lines.after.size());
    joined += line;
    if (joined.size() / 4 * 3 > kMaxSignatureBytes + 2) {
      return Fail(ErrorCode::kLimitExceeded,
                  fmt::format("the signature has more than {} bytes", kMaxSignatureBytes));
    }
  }
  return joined;
}

Result<std::vector<uint8_t>> ReadDer(const Window& window, size_t first, size_t last,
                                     const Lines& lines) {
  const std::string base64 = TRY(JoinBase64(window, first, last, lines));
  auto der = DecodeBase64(base64);
  if (!der) return Fail(ErrorCode::kMalformed, "the signature block is not base64");
  if (der->size() > kMaxSignatureBytes) return SignatureTooLarge();
  return *std::move(der);
}

// The place behind which nothing of the text before a line at `place` stands.
size_t WithoutLineEnd(const Window& window, size_t place) {
  if (place > 0 && window.text[place - 1] == '\n') --place;
  if (place > 0 && window.text[place - 1] == '\r') --place;
  return place;
}

struct TextDigest {
  std::vector<uint8_t> digest;
  bool is_ascii = false;
};

// Feeds one decoder and one digest with parts of the file.
class TextReader {
 public:
  TextReader(const ByteSource& source, TextEncoding encoding, Digest digest)
      : source_(source), encoding_(encoding), digest_(std::move(digest)) {}

  // False where the bytes are not of the encoding.
  Result<bool> Read(uint64_t begin, uint64_t end) {
    TextDecoder decoder(encoding_);
    std::vector<uint8_t> piece;
    for (uint64_t offset = begin; offset < end; offset += piece.size()) {
      piece.resize(static_cast<size_t>(std::min<uint64_t>(end - offset, kPieceBytes)));
      TRY_VOID(source_.ReadAt(offset, piece));
      units_.clear();
      if (!decoder.Decode(piece, units_)) return false;
      digest_.Update(units_);
      unit_count_ += units_.size() / 2;
    }
    is_ascii_ = is_ascii_ && decoder.is_ascii();
    return decoder.IsComplete();
  }
  uint64_t unit_count() const { return unit_count_; }
  // Digests the lower 32 bits, low byte first.
  void Add32(uint64_t number) {
    uint8_t bytes[4];
    for (uint8_t& byte : bytes) {
      byte = static_cast<uint8_t>(number & 0xFF);
      number >>= 8;
    }
    digest_.Update(bytes);
  }
  TextDigest Finish() { return {digest_.Finish(), is_ascii_}; }

 private:
  const ByteSource& source_;
  TextEncoding encoding_;
  Digest digest_;
  std::vector<uint8_t> units_;
  uint64_t unit_count_ = 0;
  bool is_ascii_ = true;
};

Result<std::optional<TextDigest>> TakeTextDigest(const ByteSource& source,
                                                 const SignatureBlock& block,
                                                 authenticode::DigestAlgorithm algorithm,
                                                 TextEncoding encoding) {
  TextReader reader(source, encoding, TRY(Digest::Create(algorithm)));
  const bool is_of_powershell = IsOfPowerShell(block.form);
  // PowerShell digests the mark as the character that it is, WSH leaves it out.
  const uint64_t text_begin = block.mark && !is_of_powershell ? block.mark->size : 0;
  if (!TRY(reader.Read(text_begin, block.begin))) return std::nullopt;
  const uint64_t block_position = reader.unit_count();
  const bool has_text_behind = block.form == SignatureForm::kWindowsScript;
  if (has_text_behind && !TRY(reader.Read(block.end, source.size()))) return std::nullopt;
  if (!is_of_powershell) reader.Add32(block_position);
  return reader.Finish();
}

}  // namespace

Result<std::optional<SignatureBlock>> FindSignatureBlock(const ByteSource& source,
                                                         SignatureForm form) {
  SignatureBlock block{.form = form};
  block.mark = TRY(ReadMark(source));
  const Window window = TRY(ReadWindow(source, block.mark));
  const Lines lines = LinesOf(form);
  const auto last = TRY(FindLastLine(window, form, lines));
  if (!last) return std::nullopt;
  const auto first = window.FindLineBackwards(lines.first, *last);
  if (!first && window.is_all) {
    return Fail(ErrorCode::kMalformed, "the signature block does not begin");
  }
  if (!first || source.size() - window.OffsetOf(*first) > kMaxBlockBytes) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("the signature block does not begin in the last {} bytes of the file",
                            kMaxBlockBytes));
  }
  block.der = TRY(ReadDer(window, *first, *last, lines));
  block.begin = window.OffsetOf(WithoutLineEnd(window, *first));
  block.end = form == SignatureForm::kWindowsScript ? window.OffsetOf(window.NextLine(*last))
                                                    : source.size();
  // A unit of two bytes of which the file has but one is counted as a whole one.
  block.end = std::min(block.end, source.size());
  return block;
}

Result<std::vector<std::vector<uint8_t>>> TakeTextDigests(const ByteSource& source,
                                                          const SignatureBlock& block,
                                                          authenticode::DigestAlgorithm algorithm) {
  std::vector<std::vector<uint8_t>> digests;
  const TextEncoding encoding = block.mark ? block.mark->encoding : TextEncoding::kUtf8;
  auto digest = TRY(TakeTextDigest(source, block, algorithm, encoding));
  const bool is_settled = block.mark || (digest && digest->is_ascii);
  if (digest) digests.push_back(std::move(digest->digest));
  if (is_settled) return digests;
  auto ansi = TRY(TakeTextDigest(source, block, algorithm, TextEncoding::kWindows1252));
  digests.push_back(std::move(ansi->digest));  // any byte is Windows-1252
  return digests;
}

}  // namespace portcullis::script
