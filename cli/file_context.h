// SPDX-License-Identifier: Apache-2.0
// Everything that is needed to look at files, loaded once.
//
// Errors:  what can not be read, with its name: the status is 3.
// Threads: immutable once loaded.
#pragma once

#include <memory>

#include "authoring/file_report.h"
#include "base/result.h"
#include "cli/io.h"
#include "cli/options.h"
#include "cli/values.h"
#include "host/file_walk.h"
#include "host/path_spellings.h"
#include "identity/catalog_store.h"
#include "identity/identify.h"
#include "identity/trust_store.h"

namespace portcullis::cli {

struct FileContext {
  std::unique_ptr<const PathSpeller> speller;
  TrustStore trust;
  std::shared_ptr<const CatalogStore> catalogs;  // null: none
  Details details = Details::kNone;
  UnixTime at = 0;
  std::optional<Operation> as;
  unsigned jobs = 1;
  unsigned threads_per_file = 1;
  Hashing hashing = Hashing::kAll;
};

// Warns where the mounts can not be read: every file then counts as on a fixed, local disk.
Result<FileContext> LoadFileContext(const Options& options, const Values& values, Io& io);

// Opens, hashes and names the file; a failure is part of the report.
FileReport LookAt(const WalkItem& item, const FileContext& context);

// Gives the report its operation and the collection that goes with it.
void Assign(FileReport& report, std::optional<Operation> operation);

}  // namespace portcullis::cli
