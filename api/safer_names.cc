// SPDX-License-Identifier: Apache-2.0
// The numbers of portcullis.h in words.
#include "api/code_properties.h"
#include "api/portcullis.h"

namespace {

struct Word {
  int64_t value;
  const char* text;
};

constexpr Word kErrors[] = {
    {0, "no error"},
    {PORTCULLIS_E_NOT_PERMITTED, "the process may not restrict itself like that"},
    {PORTCULLIS_E_IO, "the system refused"},
    {PORTCULLIS_E_BAD_FILE, "the descriptor is not that of an open regular file"},
    {PORTCULLIS_E_NO_MEMORY, "no memory is left"},
    {PORTCULLIS_E_BUSY, "this user asks the service too much at once; ask again"},
    {PORTCULLIS_E_INVALID, "the request is not valid"},
    {PORTCULLIS_E_PROTOCOL, "the service speaks another protocol"},
    {PORTCULLIS_E_BAD_POLICY, "the policy is refused"},
    {PORTCULLIS_E_UNSUPPORTED, "this is not supported"},
    {PORTCULLIS_E_LOST, "the service went away over the question"},
    {PORTCULLIS_E_TIMEOUT, "the service does not answer in time"},
    {PORTCULLIS_E_NO_SERVICE, "no service of portcullis runs"},
    {PORTCULLIS_E_CHANGED, "the file is not what was read of it"},
};
constexpr Word kLevels[] = {
    {PORTCULLIS_LEVEL_DISALLOWED, "disallowed"},       {PORTCULLIS_LEVEL_UNTRUSTED, "untrusted"},
    {PORTCULLIS_LEVEL_CONSTRAINED, "constrained"},     {PORTCULLIS_LEVEL_NORMAL_USER, "basic-user"},
    {PORTCULLIS_LEVEL_FULLY_TRUSTED, "fully-trusted"},
};
constexpr Word kVerdicts[] = {
    {PORTCULLIS_VERDICT_ALLOWED, "Allowed"},
    {PORTCULLIS_VERDICT_ALLOWED_BY_DEFAULT, "AllowedByDefault"},
    {PORTCULLIS_VERDICT_DENIED, "Denied"},
    {PORTCULLIS_VERDICT_DENIED_BY_DEFAULT, "DeniedByDefault"},
};
constexpr Word kReasons[] = {
    {PORTCULLIS_REASON_RULE, "rule"},
    {PORTCULLIS_REASON_DEFAULT, "default"},
    {PORTCULLIS_REASON_NO_RULES, "no-rules"},
    {PORTCULLIS_REASON_NOT_JUDGED, "not-judged"},
    {PORTCULLIS_REASON_SERVICE_EXEMPT, "service-exempt"},
    {PORTCULLIS_REASON_PACKAGED_APP_RULE, "packaged-app-rule"},
    {PORTCULLIS_REASON_SYSTEM_APP, "system-app"},
    {PORTCULLIS_REASON_FAILURE_POLICY, "failure-policy"},
    {PORTCULLIS_REASON_SRP_RULE, "srp-rule"},
    {PORTCULLIS_REASON_SRP_DEFAULT, "srp-default"},
};

template <size_t kCount>
const char* Find(const Word (&words)[kCount], int64_t value, const char* otherwise) {
  for (const Word& word : words) {
    if (word.value == value) return word.text;
  }
  return otherwise;
}

}  // namespace

extern "C" {

const char* portcullis_error_text(int error) { return Find(kErrors, error, "an unknown error"); }
const char* portcullis_level_name(uint32_t level) { return Find(kLevels, level, "unknown"); }
const char* portcullis_verdict_name(uint32_t verdict) {
  return Find(kVerdicts, verdict, "unknown");
}
const char* portcullis_reason_name(uint32_t reason) { return Find(kReasons, reason, "unknown"); }

const char* portcullis_policy_name(const char* path) {
  if (path == nullptr) return nullptr;
  const auto found = portcullis::api::AskForExtension(path);
  return found ? portcullis::api::ToString(*found) : nullptr;
}

}  // extern "C"
