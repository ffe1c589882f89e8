// SPDX-License-Identifier: Apache-2.0
// Asks the running service of portcullis whether a file may be run, before it is.
//
// Shape:   for script hosts, installers and launchers, after Windows' Safer API
//          (SaferIdentifyLevel, SaferComputeTokenFromLevel). The host opens the file, asks about
//          the open descriptor, and runs what it opened:
//              struct portcullis_code code = PORTCULLIS_CODE_INIT;
//              struct portcullis_result result = PORTCULLIS_RESULT_INIT;
//              code.fd = fd;
//              code.policy_name = "SCRIPT";
//              int error = portcullis_identify(context, &code, &result);
//              if (error < 0 || result.level != PORTCULLIS_LEVEL_FULLY_TRUSTED) refuse();
// Errors:  every function that can fail returns 0 or a negative PORTCULLIS_E_* number: errno's,
//          with a minus. Where there is no verdict the level of the result is
//          PORTCULLIS_LEVEL_DISALLOWED.
// Limits:  PORTCULLIS_MAX_*; a longer text is refused. Only texts of a result are cut.
// Lifetime: a context holds at most one connection. It is made when it is first needed, and anew
//          when the service was replaced, the process has forked, or its effective ids changed.
//          Nothing of a request or a result is kept after the call.
// Threads: every function may be called from any thread. A context answers one question at a
//          time; a host with many threads has one for each. Who forks while another thread is
//          in portcullis_identify opens another context in the child.
// ABI:     structures begin with their size and only grow; a field that a library does not know
//          must be zero. Symbols have versions.
// Source:  docs/safer-api.md, portcullis_identify(3).
#ifndef PORTCULLIS_H
#define PORTCULLIS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* ---- Levels: SAFER_LEVELID_*. From AppLocker only the first and the last come; the others from
 * Software Restriction Policies. */
#define PORTCULLIS_LEVEL_DISALLOWED 0x00000u
#define PORTCULLIS_LEVEL_UNTRUSTED 0x01000u
#define PORTCULLIS_LEVEL_CONSTRAINED 0x10000u
#define PORTCULLIS_LEVEL_NORMAL_USER 0x20000u /* "basic user" */
#define PORTCULLIS_LEVEL_FULLY_TRUSTED 0x40000u

/* ---- Errors. */
#define PORTCULLIS_E_NOT_PERMITTED (-1) /* the calling process may not do that to itself */
#define PORTCULLIS_E_IO (-5)            /* the system refused something else */
#define PORTCULLIS_E_BAD_FILE (-9)      /* no open descriptor of a regular file */
#define PORTCULLIS_E_NO_MEMORY (-12)
#define PORTCULLIS_E_BUSY (-16)        /* this user asks too much at once: ask again */
#define PORTCULLIS_E_INVALID (-22)     /* the request itself */
#define PORTCULLIS_E_PROTOCOL (-71)    /* another version of the service, or none of ours */
#define PORTCULLIS_E_BAD_POLICY (-74)  /* offline: the policy's file is refused */
#define PORTCULLIS_E_UNSUPPORTED (-95) /* known, and not to be had */
#define PORTCULLIS_E_LOST (-104)       /* the service went away over the question, each time */
#define PORTCULLIS_E_TIMEOUT (-110)    /* it does not answer: stopped, or being replaced */
#define PORTCULLIS_E_NO_SERVICE (-111) /* none runs: nobody listens at the socket */
#define PORTCULLIS_E_CHANGED (-116)    /* the file is not what the host has read: another hash */

/* ---- Which rules: the SRP_POLICY_* names. In any case of letters. */
#define PORTCULLIS_POLICY_EXE "EXE"
#define PORTCULLIS_POLICY_DLL "DLL"
#define PORTCULLIS_POLICY_MSI "MSI"
#define PORTCULLIS_POLICY_SCRIPT "SCRIPT"
#define PORTCULLIS_POLICY_APPX "APPX"

/* ---- Limits, in bytes without the terminating 0. */
#define PORTCULLIS_MAX_PATH 4095u
#define PORTCULLIS_MAX_POLICY_NAME 32u

/* Hash of all bytes that the host has read of the file. */
#define PORTCULLIS_HASH_NONE 0u
#define PORTCULLIS_HASH_SHA256 1u

/* What is asked about: SAFER_CODE_PROPERTIES. */
struct portcullis_code {
  uint32_t size; /* sizeof(struct portcullis_code) */
  int32_t fd;    /* of the open regular file; O_PATH will do. It stays the caller's */
  /* How the host was told to find it; may be NULL. It is only claimed: deny rules see it beside
     the file's own paths, allow rules never do. */
  const char* path;
  /* EXE, DLL, MSI, SCRIPT or APPX; the operation (execute, load, install, script, package); or the
     host (python, bash, msiexec, ...). NULL: portcullis_policy_name(path). */
  const char* policy_name;
  /* For zone rules of Software Restriction Policies, which are about installers. 0: not given. */
  uint32_t url_zone;
  uint32_t hash_type; /* PORTCULLIS_HASH_*; not NONE: the answer is about these very bytes */
  uint32_t hash_size; /* 32 for SHA-256 */
  uint32_t reserved;  /* 0 */
  const unsigned char* hash;
};
#define PORTCULLIS_CODE_INIT \
  { (uint32_t)sizeof(struct portcullis_code), -1, NULL, NULL, 0, 0, 0, 0, NULL }

#define PORTCULLIS_VERDICT_ALLOWED 0u
#define PORTCULLIS_VERDICT_ALLOWED_BY_DEFAULT 1u
#define PORTCULLIS_VERDICT_DENIED 2u
#define PORTCULLIS_VERDICT_DENIED_BY_DEFAULT 3u

#define PORTCULLIS_MODE_NOT_CONFIGURED 0u /* enforced where it has rules */
#define PORTCULLIS_MODE_ENFORCED 1u
#define PORTCULLIS_MODE_AUDIT_ONLY 2u

#define PORTCULLIS_REASON_RULE 0u
#define PORTCULLIS_REASON_DEFAULT 1u        /* there are rules, and none matched */
#define PORTCULLIS_REASON_NO_RULES 2u       /* the collection has none */
#define PORTCULLIS_REASON_NOT_JUDGED 3u     /* no collection judges this */
#define PORTCULLIS_REASON_SERVICE_EXEMPT 4u /* a service process, which are left alone */
#define PORTCULLIS_REASON_PACKAGED_APP_RULE 5u
#define PORTCULLIS_REASON_SYSTEM_APP 6u
#define PORTCULLIS_REASON_FAILURE_POLICY 7u /* the service could not find out */
#define PORTCULLIS_REASON_SRP_RULE 8u       /* a rule of Software Restriction Policies matched */
#define PORTCULLIS_REASON_SRP_DEFAULT 9u    /* none did: their default level */

#define PORTCULLIS_RESULT_HAS_RULE 1u
#define PORTCULLIS_RESULT_HASH_CHECKED 2u /* the bytes are those of the host's hash */
#define PORTCULLIS_RESULT_TEXT_CUT 4u     /* a text was longer than its place */
#define PORTCULLIS_RESULT_IN_TIME_ONLY 8u /* judged without the file's content, at the deadline */

/* What the answer is. */
struct portcullis_result {
  uint32_t size;    /* sizeof(struct portcullis_result) */
  uint32_t level;   /* what the host is to do: PORTCULLIS_LEVEL_*. Audited denials are trusted */
  uint32_t verdict; /* what the rules say, audited or not */
  uint32_t would_block; /* 1: verdict and mode say no, whatever the level is */
  uint32_t enforcement; /* PORTCULLIS_MODE_* of the collection */
  uint32_t reason;
  uint32_t flags;
  uint32_t reserved;
  uint64_t generation; /* of the policy that decided; counts up with each */
  char rule_id[40];    /* a GUID without braces; empty: no rule decided */
  char policy[256];    /* the name of the policy with that rule; UTF-8, as the rule's */
  char rule_name[1024];
};
#define PORTCULLIS_RESULT_INIT \
  { (uint32_t)sizeof(struct portcullis_result), 0, 0, 0, 0, 0, 0, 0, 0, "", "", "" }

typedef struct portcullis_context portcullis_context;

/* "0.1.0" */
const char* portcullis_version(void);

/* `socket_path` NULL: the environment is not asked; /run/portcullis/ask.sock. Connects to nothing
 * yet. */
int portcullis_open(const char* socket_path, portcullis_context** context);
void portcullis_close(portcullis_context* context);
/* How long one portcullis_identify takes at most; 1 ms to 10 minutes. The default is 10 s. */
int portcullis_set_timeout(portcullis_context* context, uint32_t milliseconds);

/* Asks. `result` is written whatever is returned, but for PORTCULLIS_E_INVALID about it. */
int portcullis_identify(portcullis_context* context, const struct portcullis_code* code,
                        struct portcullis_result* result);

/* Which rules a file of this name is judged by, by its extension (".ps1": SCRIPT); NULL: none. */
const char* portcullis_policy_name(const char* path);

/* English; constant. */
const char* portcullis_error_text(int error);
const char* portcullis_level_name(uint32_t level);     /* "fully-trusted", "disallowed", ... */
const char* portcullis_verdict_name(uint32_t verdict); /* "Allowed", ... */
const char* portcullis_reason_name(uint32_t reason);   /* "rule", "default", ... */

/* ---- Tokens: what a level means for the process that goes on: SaferComputeTokenFromLevel. */
#define PORTCULLIS_TOKEN_NULL_IF_EQUAL 1u
#define PORTCULLIS_TOKEN_COMPARE_ONLY 2u
#define PORTCULLIS_TOKEN_MAKE_INERT 4u
#define PORTCULLIS_TOKEN_WANT_FLAGS 8u

#define PORTCULLIS_ACTION_NONE 0u     /* go on as you are */
#define PORTCULLIS_ACTION_RESTRICT 1u /* portcullis_apply_token first */
#define PORTCULLIS_ACTION_DISALLOW 2u /* do not go on */

#define PORTCULLIS_MAX_GROUPS 32u

struct portcullis_token {
  uint32_t size; /* sizeof(struct portcullis_token) */
  uint32_t level;
  uint32_t action;
  int32_t compare;             /* 1: the process has more than the level gives; 0: it has not */
  uint32_t safer_flags;        /* WANT_FLAGS: 0, for no level of a policy carries any yet */
  uint32_t groups;             /* how many of `group` the process has and is to lose */
  uint32_t drops_capabilities; /* 1: it has capabilities that it is to lose */
  uint32_t reserved;
  uint32_t group[PORTCULLIS_MAX_GROUPS];
};
#define PORTCULLIS_TOKEN_INIT                                             \
  {                                                                       \
    (uint32_t)sizeof(struct portcullis_token), 0, 0, 0, 0, 0, 0, 0, { 0 } \
  }

/* `admin_groups`: the names of the groups that make administrators, ended by NULL; NULL: sudo,
 * wheel, admin and root. MAKE_INERT is PORTCULLIS_E_UNSUPPORTED: no process of Linux can be told
 * apart as one that is not to be asked about. With NULL_IF_EQUAL a process that has no more than
 * the level gives it gets ACTION_NONE. */
int portcullis_level_token(uint32_t level, uint32_t flags, const char* const* admin_groups,
                           struct portcullis_token* token);
/* Makes the calling thread's process what the token says, for good and for what it executes: call
 * it before exec in a process with one thread. It loses those groups and every capability, and
 * gains none by executing anything (no_new_privs). PORTCULLIS_E_NOT_PERMITTED: the groups may not
 * be changed by this process (CAP_SETGID); the rest is done, and the process must not go on.
 * ACTION_DISALLOW: the same error. */
int portcullis_apply_token(const struct portcullis_token* token);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif /* PORTCULLIS_H */
