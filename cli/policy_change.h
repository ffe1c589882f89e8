// SPDX-License-Identifier: Apache-2.0
// What the commands that change policies share: reading them as models and writing the result.
//
// Errors:  with the file in front; warnings of the reader are printed.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/io.h"
#include "cli/options.h"
#include "policy/policy_set.h"

namespace portcullis::cli {

// Of any kind that holds AppLocker rules; each named by its file.
Result<std::vector<NamedPolicy>> ReadModels(const std::vector<std::string>& files, Io& io);

// Written whole or not at all; standard output where `output` is empty or "-".
Result<void> WriteModel(const applocker::AppLockerPolicy& policy, const std::string& output,
                        Io& io);

// Changes the first file of the command line in its place, or writes -o. In place it takes XML of a
// whole policy alone; nothing is written where it would be the same.
ExitStatus ChangePolicy(
    const Options& options, Io& io,
    const std::function<Result<void>(applocker::AppLockerPolicy& policy)>& change);

// Prints the error and gives the status.
ExitStatus EndWithError(Io& io, const Error& error);

}  // namespace portcullis::cli
