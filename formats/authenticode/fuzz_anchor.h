// SPDX-License-Identifier: Apache-2.0
// The certificate that the seeds of signed_data_fuzz lead to; its key is gone.
#pragma once

#include <string_view>

namespace portcullis::authenticode {

inline constexpr std::string_view kFuzzAnchor = R"(-----BEGIN CERTIFICATE-----
MIIBIDCBxqADAgECAgEBMAoGCCqGSM49BAMCMA8xDTALBgNVBAMMBFJvb3QwHhcN
MjAwOTEyMTIyNjQwWhcNMzYwNzE4MTMyMDAwWjAPMQ0wCwYDVQQDDARSb290MFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEn7FKuEN5k3FM3TImYNqEKWgmixqn9Amk
54nuJj+QX2QcjBg3VEDdeUNIBj3oEXPgIFi4DIgCoj4sbK/4dieTzKMTMBEwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAnteiC+nNs5LRCNLfbpMn
fBEjbfH68FyUQeI4OFeKX3kCIQC2GUPu/EkyZARHceldl91vdZyf1OpF9sITDI9m
jzXFcw==
-----END CERTIFICATE-----
)";

}  // namespace portcullis::authenticode
