// SPDX-License-Identifier: Apache-2.0
// The service as it ships: its processes around the real gate.
#include <memory>
#include <utility>
#include <vector>

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
  const auto make_gate = [](GateSetup gate) -> std::unique_ptr<GateBody> {
    return std::make_unique<RealGate>(std::move(gate));
  };
  std::vector<ChildKind> children;
  children.push_back(std::move(journal.kind));
  if (to_desktop) children.push_back(TRY(MakeDesktopNotifier(notices)));
  return RunServiceWith(std::move(setup), make_gate, std::move(children));
}

}  // namespace portcullis::enforcement
