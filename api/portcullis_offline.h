// SPDX-License-Identifier: Apache-2.0
// Judges a file by policies that the caller names, without the service.
//
// Shape:   the structures of portcullis.h, which is included as well. A policy is AppLocker XML, or
//          a file that `portcullis policy compile` made; several are merged as group policies
//          are, in this order. It is read once, with trust anchors, catalogs and host.conf.
// Errors:  0 or a PORTCULLIS_E_* number; why stands in `message`, where one is given.
// Lifetime: a policy is immutable; portcullis_policy_close frees it.
// Threads: any number of threads may judge by one policy at a time.
// ABI:     a library of its own, libportcullis-offline.so.0: it brings the engine along, and the
//          parsers of every format that rules can ask about. They run in the calling process, on
//          files that may be hostile.
// Source:  docs/safer-api.md "Without the service".
#ifndef PORTCULLIS_OFFLINE_H
#define PORTCULLIS_OFFLINE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

#define PORTCULLIS_MAX_POLICIES 64u

struct portcullis_code;
struct portcullis_result;
typedef struct portcullis_policy portcullis_policy;

/* `message` may be NULL; else it gets a sentence, cut to `message_size` bytes with its 0. */
int portcullis_policy_load(const char* const* files, size_t count, portcullis_policy** policy,
                           char* message, size_t message_size);
void portcullis_policy_close(portcullis_policy* policy);

/* `user`: the name of an account of this host; NULL: everybody, and no more (S-1-1-0). The file is
 * read through its descriptor, which must be open for reading; its position is not moved. */
int portcullis_policy_identify(const portcullis_policy* policy, const struct portcullis_code* code,
                               const char* user, struct portcullis_result* result);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif /* PORTCULLIS_OFFLINE_H */
