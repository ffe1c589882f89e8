// SPDX-License-Identifier: Apache-2.0
// The service as it ships: its processes around the real gate.
#include <unistd.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "enforcement/control.h"
#include "enforcement/desktop_notifier.h"
#include "enforcement/gate.h"
#include "enforcement/journal.h"
#include "enforcement/service_processes.h"
#include "enforcement/supervisor.h"

namespace portcullis::enforcement {
namespace {

class RealGate final : public GateBody {
 public:
  explicit RealGate(GateSetup setup) : gate_(std::move(setup)) {}
  Result<void> Run() override { return gate_.Run(); }
  Result<uint64_t> Reload() override { return gate_.Reload(); }
  void Stop() override { gate_.Stop(); }

 private:
  Gate gate_;
};

// Without a control process the service goes on; why is said.
std::optional<Control> TryControl(const ServiceSetup& setup) {
  if (setup.service.control.socket.empty()) return std::nullopt;
  auto control = MakeControl(setup.service.control, setup.version, setup.metrics);
  const std::string note = control ? control->note : control.error().message;
  if (!note.empty() && setup.report) setup.report({ServiceEvent::Kind::kNote, note});
  if (!control) return std::nullopt;
  return *std::move(control);
}

// The same of the socket on which hosts ask.
UniqueFd TryAskSocket(const ServiceSetup& setup) {
  if (setup.service.ask_socket.empty()) return {};
  auto listener = ListenAt(setup.service.ask_socket, "ask socket");
  if (listener) return *std::move(listener);
  if (setup.report) setup.report({ServiceEvent::Kind::kNote, listener.error().message});
  return {};
}

}  // namespace

Result<void> RunService(ServiceSetup setup) {
  FillStandardDescriptors();
  const JournalLink link = TRY(MakeJournalLink());
  const bool to_desktop = setup.service.journal.notice.to_desktop;
  const NoticeLink notices = to_desktop ? TRY(MakeNoticeLink()) : NoticeLink();
  Journal journal =
      TRY(MakeJournal(setup.service.journal, FindServiceAccount(), link, notices.writer.get()));
  if (!journal.made_directories && setup.report) {
    setup.report({ServiceEvent::Kind::kNote, journal.made_directories.error().message});
  }
  setup.journal = &link;
  setup.metrics = TRY(MapMetrics());
  Meter{setup.metrics.written}.Set(api::Metric::kStartedAt, static_cast<uint64_t>(RealtimeNs()));
  std::vector<ChildKind> children = {std::move(journal.kind)};
  if (to_desktop) children.push_back(TRY(MakeDesktopNotifier(notices)));
  const std::optional<Control> control = TryControl(setup);
  if (control) {
    setup.control = control->desk.get();
    children.push_back(control->kind);
  }
  const UniqueFd asks = TryAskSocket(setup);
  const auto make_gate = [&asks](GateSetup gate) -> std::unique_ptr<GateBody> {
    gate.ask_listener = asks.get();
    return std::make_unique<RealGate>(std::move(gate));
  };
  const std::string socket = setup.service.control.socket;
  const std::string ask_socket = setup.service.ask_socket;
  Result<void> ended = RunServiceWith(std::move(setup), make_gate, std::move(children));
  if (control) unlink(socket.c_str());
  if (asks.valid()) unlink(ask_socket.c_str());
  return ended;
}

}  // namespace portcullis::enforcement
