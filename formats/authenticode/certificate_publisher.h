// SPDX-License-Identifier: Apache-2.0
// The name by which publisher rules know who holds a certificate.
//
// Shape:   a certificate's DER in, names.h' PublisherName of its subject out.
// Errors:  kMalformed where it is no certificate, or bytes follow it; kUnsupported where the
// subject
//          gives no name.
// Threads: a pure function.
// Source:  reference section 3.2.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace portcullis::authenticode {

Result<std::string> PublisherNameOf(Bytes certificate);

}  // namespace portcullis::authenticode
