// SPDX-License-Identifier: Apache-2.0
// The service as it ships: its processes around the real gate.
#include <memory>
#include <utility>

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
  Journal journal = TRY(MakeJournal(setup.service.journal, FindServiceAccount(), link));
  if (!journal.made_directories && setup.report) {
    setup.report({ServiceEvent::Kind::kNote, journal.made_directories.error().message});
  }
  setup.journal = &link;
  const auto make_gate = [](GateSetup gate) -> std::unique_ptr<GateBody> {
    return std::make_unique<RealGate>(std::move(gate));
  };
  return RunServiceWith(std::move(setup), make_gate, {std::move(journal.kind)});
}

}  // namespace portcullis::enforcement
