// SPDX-License-Identifier: Apache-2.0
#include "cli/file_context.h"

#include <fmt/core.h>

#include <algorithm>
#include <new>
#include <thread>

#include "cli/config_files.h"
#include "host/catalog_files.h"
#include "host/mount_table.h"
#include "host/read_file.h"
#include "host/trust_files.h"
#include "host/url_zone.h"
#include "policy/derive_operation.h"

namespace portcullis::cli {
namespace {

MountTable LoadMounts(const HostConfig& config, Io& io) {
  auto mounts = MountTable::OfThisProcess(config.network_file_systems);
  if (mounts) return *std::move(mounts);
  PrintError(io, fmt::format("warning: {}; every file counts as on a fixed, local disk",
                             mounts.error().message));
  return MountTable();
}

// Zone rules are about installers alone.
void FindZone(int fd, const WalkItem& item, FileReport& report) {
  if (!IsInstaller(report.identity.kind)) return;
  report.zone = ZoneOfFile(fd, item.RealPath());
}

Result<void> IdentifyFile(const WalkItem& item, const FileContext& context, FileReport& report) {
  // An argument may be a link, which was resolved; what is on the way now is not followed.
  const UniqueFd fd = TRY(OpenRegularFile(item.RealPath(), Links::kRefuse));
  const FdSource source = TRY(FdSource::Create(fd.get()));
  IdentifyOptions options;
  options.trust = &context.trust;
  options.catalogs = context.catalogs.get();
  options.at = context.at;
  options.max_threads = context.threads_per_file;
  options.hashing = context.hashing;
  options.details = context.details;
  report.identity = TRY(Identify(source, item.name, options));
  FindZone(fd.get(), item, report);
  return {};
}

// A file that asks for more memory than there is must not end the walk.
Result<void> IdentifyWithinMemory(const WalkItem& item, const FileContext& context,
                                  FileReport& report) {
  try {
    return IdentifyFile(item, context, report);
  } catch (const std::bad_alloc&) {
    return Fail(ErrorCode::kLimitExceeded, "out of memory");
  }
}

}  // namespace

Result<FileContext> LoadFileContext(const Options& options, const Values& values, Io& io) {
  FileContext context;
  HostConfig config = TRY(LoadHostConfig(options.host_config));
  std::vector<TreeMapping> maps = values.maps;
  for (TreeMapping& map : maps) {
    const std::string typed = map.directory;
    const auto resolved = map.Resolve();
    if (!resolved) {
      return Fail(resolved.error().code, fmt::format("{}: {}", typed, resolved.error().message));
    }
  }
  MountTable mounts = LoadMounts(config, io);
  context.speller =
      std::make_unique<const PathSpeller>(std::move(config), std::move(mounts), std::move(maps));
  // Facts bring their publisher along; only files need anchors and catalogs.
  if (!options.paths.empty()) {
    context.trust = TRY(LoadTrustStore(options.trust));
    context.catalogs = TRY(LoadCatalogs(options.catalogs, CatalogAccess::kWhenNeeded));
  }
  if (options.weak_hashes) context.hashing = Hashing::kAllAndWeakFlat;
  if (options.verbose) context.details = Details::kSignatures;
  context.at = values.at;
  context.as = values.as;
  context.jobs =
      options.jobs != 0 ? options.jobs : std::max(1U, std::thread::hardware_concurrency());
  context.threads_per_file = options.paths.size() < context.jobs ? 2 : 1;
  return context;
}

void Assign(FileReport& report, std::optional<Operation> operation) {
  report.operation = operation;
  if (report.operation) report.collection = CollectionFor(*report.operation, report.identity.kind);
}

FileReport LookAt(const WalkItem& item, const FileContext& context) {
  FileReport report;
  report.path = item.ShownPath();
  if (item.problem) {
    report.problem = item.problem;
    return report;
  }
  if (auto done = IdentifyWithinMemory(item, context, report); !done) {
    report.problem = std::move(done).error();
    return report;
  }
  report.paths = item.Spellings();
  const auto platform =
      item.directory->spellings.is_windows() ? Platform::kWindows : Platform::kLinux;
  Assign(report, context.as ? context.as : DeriveOperation(report.identity, item.name, platform));
  return report;
}

}  // namespace portcullis::cli
