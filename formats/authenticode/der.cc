// SPDX-License-Identifier: Apache-2.0
#include "formats/authenticode/der.h"

#include <fmt/core.h>

#include "formats/authenticode/openssl.h"

namespace portcullis::authenticode {
namespace {

// The element's size without and with its header.
struct Extent {
  size_t header = 0;
  size_t content = 0;
};

Result<Extent> Measure(Bytes bytes) {
  const uint8_t* next = bytes.data();
  long length = 0;
  int tag = 0;
  int tag_class = 0;
  const int flags =
      ASN1_get_object(&next, &length, &tag, &tag_class, static_cast<long>(bytes.size()));
  // 0x80 reports an error; the low bit an indefinite length, which DER does not have.
  if ((flags & 0x81) != 0) {
    ERR_clear_error();
    return Fail(ErrorCode::kMalformed, "signature: an element is not DER");
  }
  return Extent{static_cast<size_t>(next - bytes.data()), static_cast<size_t>(length)};
}

}  // namespace

Result<Bytes> DerReader::Read(uint8_t tag) {
  if (!IsNext(tag)) {
    return Fail(ErrorCode::kMalformed,
                left_.empty() ? fmt::format("signature: an element of tag {:#04x} is missing", tag)
                              : fmt::format("signature: an element of tag {:#04x} where {:#04x} "
                                            "is expected",
                                            left_[0], tag));
  }
  const Extent extent = TRY(Measure(left_));
  const Bytes content = left_.subspan(extent.header, extent.content);
  left_ = left_.subspan(extent.header + extent.content);
  return content;
}

Result<DerReader> DerReader::Enter(uint8_t tag) { return DerReader(TRY(Read(tag))); }

Result<void> DerReader::Skip() {
  if (left_.empty()) return Fail(ErrorCode::kMalformed, "signature: an element is missing");
  TRY_VOID(Read(left_[0]));
  return {};
}

}  // namespace portcullis::authenticode
