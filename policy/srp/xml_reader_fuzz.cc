// SPDX-License-Identifier: Apache-2.0
// A hostile XML form of Software Restriction Policies: what is read is written, and read again as
// the same policy.
#include <cstdint>
#include <cstdlib>

#include "policy/srp/xml_reader.h"
#include "policy/srp/xml_writer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace portcullis;
  const auto policy = srp::ReadSrpXml(Bytes(data, size));
  if (!policy) return 0;
  const auto text = srp::WriteSrpXml(*policy);
  if (!text) std::abort();
  const auto again = srp::ReadSrpXml(AsBytes(*text));
  if (!again || *again != *policy) std::abort();
  return 0;
}
