// SPDX-License-Identifier: Apache-2.0
/* portcullis-launch [-s SOCKET] [-p POLICY] INTERPRETER SCRIPT [ARGUMENT...]
 *
 * Asks portcullis about SCRIPT, and runs INTERPRETER on the very file that was judged: its open
 * descriptor, as /proc/self/fd/N. Status 126: refused; 125: no verdict; 127: nothing was run.
 * An example of a host that uses libportcullis; docs/safer-api.md walks through it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <portcullis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { kNoVerdict = 125, kRefused = 126, kNotRun = 127 };

static int usage(void) {
  fprintf(stderr, "usage: portcullis-launch [-s SOCKET] [-p POLICY] INTERPRETER SCRIPT [ARGUMENT...]\n");
  return kNoVerdict;
}

/* What is denied, and by what. */
static int refuse(const char *script, const struct portcullis_result *result) {
  fprintf(stderr, "portcullis-launch: %s: refused: %s", script,
          portcullis_verdict_name(result->verdict));
  if (result->rule_id[0] != '\0') {
    fprintf(stderr, " by the rule \"%s\" (%s)", result->rule_name, result->rule_id);
  }
  fputc('\n', stderr);
  return kRefused;
}

static int ask(const char *socket, const char *policy, const char *script, int fd) {
  portcullis_context *context = NULL;
  struct portcullis_code code = PORTCULLIS_CODE_INIT;
  struct portcullis_result result = PORTCULLIS_RESULT_INIT;
  struct portcullis_token token = PORTCULLIS_TOKEN_INIT;
  int error = portcullis_open(socket, &context);
  code.fd = fd;
  code.path = script;
  code.policy_name = policy;
  if (error == 0) error = portcullis_identify(context, &code, &result);
  portcullis_close(context);
  if (error == 0) {
    error = portcullis_level_token(result.level, PORTCULLIS_TOKEN_NULL_IF_EQUAL, NULL, &token);
  }
  if (error == 0 && token.action == PORTCULLIS_ACTION_DISALLOW) return refuse(script, &result);
  if (error == 0) error = portcullis_apply_token(&token);
  if (error == 0) return 0;
  fprintf(stderr, "portcullis-launch: %s: not run: %s\n", script, portcullis_error_text(error));
  return kNoVerdict;
}

int main(int argc, char **argv) {
  const char *socket = NULL;
  const char *policy = PORTCULLIS_POLICY_SCRIPT;
  char path[32];
  int option, fd, status;
  while ((option = getopt(argc, argv, "+s:p:")) != -1) {
    if (option == 's') {
      socket = optarg;
    } else if (option == 'p') {
      policy = optarg;
    } else {
      return usage();
    }
  }
  if (argc - optind < 2) return usage();
  argv += optind;
  /* Not O_CLOEXEC: the interpreter reads it. Its number is above those that a shell may use. */
  fd = open(argv[1], O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) {
    fprintf(stderr, "portcullis-launch: %s: %s\n", argv[1], strerror(errno));
    return kNotRun;
  }
  status = ask(socket, policy, argv[1], fd);
  if (status != 0) return status;
  fd = fcntl(fd, F_DUPFD, 10);
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  argv[1] = path;
  execvp(argv[0], argv);
  fprintf(stderr, "portcullis-launch: %s: %s\n", argv[0], strerror(errno));
  return kNotRun;
}
