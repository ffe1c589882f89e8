// SPDX-License-Identifier: Apache-2.0
#include "formats/authenticode/certificate_publisher.h"

#include "formats/authenticode/names.h"
#include "formats/authenticode/openssl.h"

namespace portcullis::authenticode {

Result<std::string> PublisherNameOf(Bytes certificate) {
  const uint8_t* next = certificate.data();
  const X509Ptr parsed(d2i_X509(nullptr, &next, static_cast<long>(certificate.size())));
  if (parsed == nullptr) {
    return Fail(ErrorCode::kMalformed, "no certificate: " + TakeOpensslReason());
  }
  if (next != certificate.data() + certificate.size()) {
    return Fail(ErrorCode::kMalformed, "bytes behind the certificate");
  }
  std::string name = PublisherName(X509_get_subject_name(parsed.get()));
  if (name.empty()) {
    return Fail(ErrorCode::kUnsupported, "a certificate whose subject has no name for a publisher");
  }
  return name;
}

}  // namespace portcullis::authenticode
