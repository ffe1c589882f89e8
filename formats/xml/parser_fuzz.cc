// SPDX-License-Identifier: Apache-2.0
// Feeds any bytes to the parser, whole and in small pieces: the verdict and the events must
// be the same. (Which of two troubles is named may depend on the pieces.)
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "formats/xml/parser.h"

namespace {

using namespace portcullis;  // NOLINT(google-build-using-namespace)

class Pieces final : public xml::ByteStream {
 public:
  Pieces(Bytes bytes, size_t piece) : bytes_(bytes), piece_(piece) {}
  Result<size_t> ReadSome(std::span<uint8_t> out) override {
    const size_t size = std::min({piece_, out.size(), bytes_.size()});
    std::copy_n(bytes_.begin(), size, out.begin());
    bytes_ = bytes_.subspan(size);
    return size;
  }

 private:
  Bytes bytes_;
  size_t piece_;
};

class Recorder final : public xml::Handler {
 public:
  void OnStartTag(const xml::StartTag& tag, xml::Cursor& cursor) override {
    Put(tag.name);
    for (const xml::Attribute& attribute : tag.attributes) {
      Put(attribute.name);
      log.append(attribute.value);
      const xml::Position at = cursor.At(attribute);
      if (at < cursor.Here()) std::abort();
    }
    for (const auto& declaration : tag.declarations) log += declaration.prefix + declaration.uri;
  }
  void OnEndTag(xml::Cursor&) override { log += '>'; }
  void OnText(std::string_view text, xml::Cursor&) override { log += text; }
  void OnCdata(xml::Cursor&) override { log += '['; }

  std::string log;

 private:
  void Put(const xml::Name& name) {
    log.append(name.prefix).append(":").append(name.local).append("@").append(name.uri);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Recorder whole;
  Recorder pieced;
  Pieces all({data, size}, size + 1);
  Pieces few({data, size}, 3);
  const auto first = xml::Parse(all, whole);
  const auto second = xml::Parse(few, pieced);
  if (first.has_value() != second.has_value()) std::abort();
  if (!first && whole.log != pieced.log) std::abort();
  return 0;
}
