// SPDX-License-Identifier: Apache-2.0
// The options of `policy new` as values.
//
// Errors:  what ParseNewOptions says is wrong usage and names the option; FindUser and folders may
//          also fail because of what this host has.
#pragma once

#include "authoring/generate/options.h"
#include "cli/options.h"
#include "cli/values.h"
#include "host/path_spellings.h"

namespace portcullis::cli {

// All but the user, the folders and who may write.
Result<GenerateOptions> ParseNewOptions(const Options& options);

// The SID of --user, a well-known name, an account or a group of this host; and who that is where
// it is asked who may write.
Result<void> FindUser(const Options& options, const Values& values, GenerateOptions& how);

// The folders of --whole as rules spell them.
Result<std::vector<PathSpelling>> SpellFolders(const std::vector<std::string>& folders,
                                               const PathSpeller& speller);

}  // namespace portcullis::cli
