// SPDX-License-Identifier: Apache-2.0
// Reads a policy from where the command line says: a file, a pipe, or standard input (`-`). Its
// first bytes say whether it is XML, compiled (docs/formats/compiled-policy.md), or a compiled file
// of Windows, which is only looked at (docs/formats/applocker-file.md).
//
// Limits:  applocker::kMaxPolicyBytes for XML, of which a regular file is read in pieces and never
//          held whole; applocker::kMaxPolicyFileBytes for a compiled file.
// Errors:  kIo and the like when the bytes can not be had. What a policy in XML gets wrong stands
//          in the document; what a compiled one does is an error.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/io.h"
#include "cli/options.h"
#include "host/held_file.h"
#include "policy/applocker/policy_reader.h"
#include "policy/policy_set.h"

namespace portcullis::cli {

// The id of what a compiled file of Windows holds that was not read. Where the reading is strict it
// is an error.
inline constexpr const char* kNotUnderstood = "not-understood";

Result<applocker::PolicyDocument> ReadPolicyFile(const std::string& path, const Io& io,
                                                 const applocker::ReadOptions& options);

// Several, each named by its file; those of Software Restriction Policies (cli/srp_file.h) apply in
// their order to one registry and are named by all their files. Warnings are printed; a policy that
// is refused is an error. How a compiled file is held: mapped for a command, as a copy for what
// outlives an edit of the file.
Result<std::vector<NamedPolicy>> ReadNamedPolicies(const std::vector<std::string>& files, Io& io,
                                                   const applocker::ReadOptions& options,
                                                   Holding holding = Holding::kCopy);

// The same, with each warning handed to `warn` as a sentence.
Result<std::vector<NamedPolicy>> ReadNamedPolicies(
    const std::vector<std::string>& files, const Io& io, const applocker::ReadOptions& options,
    const std::function<void(const std::string&)>& warn, Holding holding = Holding::kCopy);

// The one line of a refused document: its first error, and how many follow.
Error Refusal(const std::string& path, const applocker::PolicyDocument& document);

// Hands each policy of the command line that is good to `use`, its warnings printed before; prints
// why one is refused. The worst status of all.
ExitStatus ForEachPolicy(const Options& options, Io& io,
                         const std::function<ExitStatus(const std::string& file,
                                                        const applocker::PolicyDocument&)>& use);

}  // namespace portcullis::cli
