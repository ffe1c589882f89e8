// SPDX-License-Identifier: Apache-2.0
/* The headers and libraries as a host in strict C has them. */
#include <portcullis.h>
#include <portcullis_offline.h>
#include <stdio.h>
#include <string.h>

#define CHECK(condition)                              \
  do {                                                \
    if (!(condition)) {                               \
      fprintf(stderr, "%d: %s\n", __LINE__, #condition); \
      return 1;                                       \
    }                                                 \
  } while (0)

int main(void) {
  portcullis_context *context = NULL;
  portcullis_policy *policy = NULL;
  struct portcullis_code code = PORTCULLIS_CODE_INIT;
  struct portcullis_result result = PORTCULLIS_RESULT_INIT;
  struct portcullis_token token = PORTCULLIS_TOKEN_INIT;
  const char *absent = "/nonexistent/policy.xml";
  char message[64];
  code.fd = 0;
  code.policy_name = PORTCULLIS_POLICY_SCRIPT;
  CHECK(strlen(portcullis_version()) > 0);
  CHECK(portcullis_open("/nonexistent/ask.sock", &context) == 0);
  CHECK(portcullis_identify(context, &code, &result) == PORTCULLIS_E_NO_SERVICE);
  CHECK(result.level == PORTCULLIS_LEVEL_DISALLOWED);
  portcullis_close(context);
  CHECK(portcullis_level_token(result.level, 0, NULL, &token) == 0);
  CHECK(token.action == PORTCULLIS_ACTION_DISALLOW);
  CHECK(portcullis_policy_load(&absent, 1, &policy, message, sizeof message) == PORTCULLIS_E_IO);
  CHECK(strncmp(message, absent, strlen(absent)) == 0);
  CHECK(portcullis_policy_identify(policy, &code, NULL, &result) == PORTCULLIS_E_INVALID);
  return 0;
}
