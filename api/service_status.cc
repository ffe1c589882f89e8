// SPDX-License-Identifier: Apache-2.0
#include "api/service_status.h"

namespace portcullis::api {

Result<ServiceStatus> DecodeStatus(std::string_view body) {
  if (body.empty()) return Fail(ErrorCode::kMalformed, "the status is empty");
  return ServiceStatus();
}

}  // namespace portcullis::api
