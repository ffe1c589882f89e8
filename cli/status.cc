// SPDX-License-Identifier: Apache-2.0
// `portcullis status`: how the running service is.
#include "api/control_client.h"
#include "base/clock.h"
#include "cli/commands.h"
#include "cli/status_table.h"

namespace portcullis::cli {

ExitStatus RunStatus(const Options& options, Io& io) {
  const auto status = api::AskForStatus(options.status.socket.value_or(api::kDefaultControlSocket));
  if (!status) {
    PrintError(io, status.error().message);
    return ExitStatus::kFailed;
  }
  const std::string& format = options.status.format;
  if (format == "json") {
    io.out.Write(StatusJson(*status) + '\n');
  } else if (format == "prometheus") {
    io.out.Write(StatusMetrics(*status));
  } else {
    io.out.Write(StatusTable(*status, RealtimeNs()));
  }
  return ExitStatus::kDone;
}

}  // namespace portcullis::cli
