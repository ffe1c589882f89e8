// SPDX-License-Identifier: Apache-2.0
// How a certificate's name is written, for people and for publisher rules.
//
// Shape:   X.509 name in, UTF-8 out.
// Units:   PrintableString, IA5String and T61String are read as Latin-1, BMPString as UTF-16; what
//          can not be decoded becomes U+FFFD.
// Source:  reference section 3.2; CertNameToStr's documentation; docs/formats/authenticode.md.
#pragma once

#include <openssl/x509.h>

#include <string>

namespace portcullis::authenticode {

// Every attribute in the order of the certificate, "C=US, S=Washington, CN=Microsoft Windows".
std::string DisplayName(const X509_NAME* name);

// What a publisher rule names, upper case: O, L, S and C in this order where there is an O and at
// least one of the others; else the whole name in reverse order, quoted as Windows does.
std::string PublisherName(const X509_NAME* name);

// The whole name in reverse order, quoted as Windows does: what a package's manifest must say of
// its publisher.
std::string X500Name(const X509_NAME* name);

}  // namespace portcullis::authenticode
