// SPDX-License-Identifier: Apache-2.0
// The C functions that ask the service. What goes wrong inside stays inside: nothing is thrown at
// C.
#include <algorithm>
#include <cstring>
#include <new>
#include <string>
#include <string_view>

#include "api/ask_client.h"
#include "api/code_properties.h"
#include "api/portcullis.h"

#ifndef PORTCULLIS_VERSION
#define PORTCULLIS_VERSION "0"
#endif

struct portcullis_context {
  portcullis::api::AskClient client;
};

namespace {

using portcullis::api::AskAnswer;
using portcullis::api::AskRequest;

int Identify(portcullis_context& context, const portcullis_code& code, portcullis_result& result) {
  AskRequest request;
  if (const int error = portcullis::api::ReadCode(code, request); error != 0) return error;
  AskAnswer answer;
  if (const int error = context.client.Ask(std::move(request), answer); error != 0) return error;
  portcullis::api::WriteResult(answer, result);
  return answer.error;
}

}  // namespace

extern "C" {

const char* portcullis_version(void) { return PORTCULLIS_VERSION; }

int portcullis_open(const char* socket_path, portcullis_context** context) {
  if (context == nullptr) return PORTCULLIS_E_INVALID;
  *context = nullptr;
  const std::string_view path =
      socket_path == nullptr ? portcullis::api::kDefaultAskSocket : socket_path;
  if (path.empty()) return PORTCULLIS_E_INVALID;
  try {
    *context = new portcullis_context{portcullis::api::AskClient(std::string(path))};
  } catch (const std::bad_alloc&) {
    return PORTCULLIS_E_NO_MEMORY;
  }
  return 0;
}

void portcullis_close(portcullis_context* context) { delete context; }

int portcullis_set_timeout(portcullis_context* context, uint32_t milliseconds) {
  if (context == nullptr || milliseconds == 0 || milliseconds > portcullis::api::kMaxAskTimeoutMs) {
    return PORTCULLIS_E_INVALID;
  }
  context->client.SetTimeout(milliseconds);
  return 0;
}

int portcullis_identify(portcullis_context* context, const portcullis_code* code,
                        portcullis_result* result) {
  if (result == nullptr || !portcullis::api::ClearResult(*result)) return PORTCULLIS_E_INVALID;
  if (context == nullptr || code == nullptr) return PORTCULLIS_E_INVALID;
  try {
    return Identify(*context, *code, *result);
  } catch (const std::bad_alloc&) {
    return PORTCULLIS_E_NO_MEMORY;
  } catch (...) {
    return PORTCULLIS_E_IO;
  }
}

}  // extern "C"
