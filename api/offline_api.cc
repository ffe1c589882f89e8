// SPDX-License-Identifier: Apache-2.0
// The C functions that judge without the service.
#include <algorithm>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "api/code_properties.h"
#include "api/offline_policy.h"
#include "api/portcullis.h"
#include "api/portcullis_offline.h"

struct portcullis_policy {
  portcullis::api::OfflinePolicy policy;
};

namespace {

using portcullis::Error;
using portcullis::ErrorCode;
using portcullis::api::OfflinePolicy;

int NumberOf(const Error& error) {
  const bool is_systems = error.code == ErrorCode::kIo || error.code == ErrorCode::kNotFound;
  return is_systems ? PORTCULLIS_E_IO : PORTCULLIS_E_BAD_POLICY;
}

void Say(std::string_view text, char* message, size_t size) {
  if (message == nullptr || size == 0) return;
  const std::string_view fits = portcullis::api::CutText(text, size - 1);
  std::ranges::copy(fits, message);
  message[fits.size()] = '\0';
}

int Identify(const OfflinePolicy& policy, const portcullis_code& code, const char* user,
             portcullis_result& result) {
  portcullis::api::AskRequest request;
  if (const int error = portcullis::api::ReadCode(code, request); error != 0) return error;
  const auto token =
      policy.TokenOf(user == nullptr ? std::nullopt : std::optional<std::string>(user));
  if (!token) return PORTCULLIS_E_INVALID;
  const auto answer = policy.Judge(request, *token);
  portcullis::api::WriteResult(answer, result);
  return answer.error;
}

}  // namespace

extern "C" {

int portcullis_policy_load(const char* const* files, size_t count, portcullis_policy** policy,
                           char* message, size_t message_size) {
  Say("", message, message_size);
  if (policy == nullptr) return PORTCULLIS_E_INVALID;
  *policy = nullptr;
  if (files == nullptr || count == 0 || count > PORTCULLIS_MAX_POLICIES) {
    return PORTCULLIS_E_INVALID;
  }
  try {
    auto loaded = OfflinePolicy::Load(std::vector<std::string>(files, files + count));
    if (!loaded) {
      Say(loaded.error().message, message, message_size);
      return NumberOf(loaded.error());
    }
    *policy = new portcullis_policy{*std::move(loaded)};
    return 0;
  } catch (const std::bad_alloc&) {
    return PORTCULLIS_E_NO_MEMORY;
  } catch (...) {
    return PORTCULLIS_E_IO;
  }
}

void portcullis_policy_close(portcullis_policy* policy) { delete policy; }

int portcullis_policy_identify(const portcullis_policy* policy, const portcullis_code* code,
                               const char* user, portcullis_result* result) {
  if (result == nullptr || !portcullis::api::ClearResult(*result)) return PORTCULLIS_E_INVALID;
  if (policy == nullptr || code == nullptr) return PORTCULLIS_E_INVALID;
  try {
    return Identify(policy->policy, *code, user, *result);
  } catch (const std::bad_alloc&) {
    return PORTCULLIS_E_NO_MEMORY;
  } catch (...) {
    return PORTCULLIS_E_IO;
  }
}

}  // extern "C"
