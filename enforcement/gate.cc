// SPDX-License-Identifier: Apache-2.0
#include "enforcement/gate.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "enforcement/account_files.h"
#include "enforcement/ask_server.h"
#include "enforcement/asked_runs.h"
#include "enforcement/command_line.h"
#include "enforcement/deadline_queue.h"
#include "enforcement/descriptor_limit.h"
#include "enforcement/event_judge.h"
#include "enforcement/event_queues.h"
#include "enforcement/gate_counts.h"
#include "enforcement/lingering_jobs.h"
#include "enforcement/loss_notes.h"
#include "enforcement/mount_watch.h"
#include "enforcement/queue_counts.h"
#include "enforcement/reader_relay.h"

namespace portcullis::enforcement {
namespace {

using api::Metric;

// Ten thousand files. Whoever runs new ones without end fills it, and the cache of verdicts.
constexpr LruLimits kIdentityCacheLimits{1 << 14, 8 << 20};
constexpr int64_t kRetryNs = 1'000'000;  // an overdue job that somebody was about to answer
constexpr int kLookAroundMs = 1000;
constexpr int64_t kLookForWineNs = 10'000'000'000;
// The open that is part of an exec follows the answer at once.
constexpr int64_t kOwnOpenPatienceNs = 100'000'000;

int64_t BudgetNs(const ServiceConfig& service) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(service.budget).count();
}

// Whether other events came with this one.
enum class Company : uint8_t { kAlone, kOthers };

}  // namespace

struct Gate::Impl {
  explicit Impl(GateSetup from);
  ~Impl() { Join(); }

  Result<void> Run();
  Result<uint64_t> Reload();
  void RequestStop();
  void StartInspectors();
  void EndInspectors();

  // The threads.
  void ReadEvents();
  void LookAtAll(FairQueue<JobPtr>& queue);
  void WatchDeadlines();
  void WatchMounts();

  void CountOne(std::atomic<uint64_t>& own, Metric metric) const;
  void ReadWhileLeading(uint64_t lead);
  bool ReadFrom(FanotifyGroup& group);
  void Handle(KernelEvent event, Company company);
  bool IsNewsOfQuestion(const EventJob& job);
  static std::optional<FileStatus> StatusOfOpen(const EventJob& job);
  bool LookMyself(const JobPtr& job, int64_t began_ns, const std::function<bool()>& look);
  void Queue(const JobPtr& job);
  bool IsOwnProcess(pid_t pid) const;
  bool MakesProgress() const;
  Result<void> LookAround();
  void LookAtAccounts();
  bool MarkNew();
  void LookForWine();
  void DropIgnoreMarks();
  void RenewTrust();
  Result<uint64_t> LoadPolicies();
  void ShowPolicy(const PolicySet& set, std::vector<std::string> files, int64_t read_at_ns);
  Result<void> SetMarks(const PolicyInForce& force);
  Result<void> Remark(const PolicyInForce& next);
  std::function<Marking(int, const std::string&)> MakeIgnorer();
  void Linger(const JobPtr& job);
  void Drain();
  void Join();

  GateSetup setup;
  const pid_t own_pid = getpid();
  const int64_t budget_ns;
  const PendingEvent::Responder responder;
  ForceSlot force;
  Snapshot<Places> places;
  Snapshot<AccountTable> accounts;
  LoadDetector loads;
  IdentityCache identities;
  HeldLeases leases;
  std::unique_ptr<CommandLines> command_lines;
  RecentFiles opened;
  AskedRuns asked;
  AskedRuns allowed_runs;
  MarkedFileSystems marks;
  EventQueues queues;
  DeadlineQueue deadlines;
  std::unique_ptr<ChangeGuard> guard;  // none: the kernel is asked every time
  std::unique_ptr<InspectorPool> inspectors;
  std::unique_ptr<EventJudge> judge;
  std::unique_ptr<AskServer> asks;  // null: nobody asks but the kernel

  MountChanges mount_changes;  // since before the first look at them
  int64_t looked_for_wine_ns = 0;
  std::mutex reload_mutex;  // for who looks at mounts and accounts, and loads policies
  uint64_t generation;      // goes on where a gate that died stopped
  LingeringJobs lingering;

  std::mutex stop_mutex;
  std::condition_variable stop_wanted;
  bool stopping = false;
  std::atomic<bool> is_ready{false};  // a policy is in force, workers run
  std::atomic<bool> reader_ends{false};
  std::atomic<bool> all_ends{false};
  GateCounts counts;
  QueueCounts queue_counts;
  std::atomic<int64_t> reader_alive_ns{0};
  std::atomic<int64_t> workers_alive_ns{0};
  UniqueFd wake{eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};  // ends the reader's wait
  UniqueFd end{eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};   // and that for mounts
  ReaderRelay relay;
  std::array<std::thread, 2> readers;  // one leads
  std::vector<std::thread> threads;    // but these
  std::vector<std::thread> workers;
};

Gate::Impl::Impl(GateSetup from)
    : setup(std::move(from)),
      budget_ns(BudgetNs(setup.service)),
      responder([this](int fd, Answer answer) { return setup.permission->Respond(fd, answer); }),
      loads(setup.service.loads),
      identities(kIdentityCacheLimits),
      leases({kMaxHeldPerUser, kMaxHeld, kMaxJoined}),
      asked(2 * budget_ns),
      allowed_runs(kOwnOpenPatienceNs),
      marks(*setup.permission, *setup.notification),
      // What the budget promises is kept with some to spare for the answer's own way.
      deadlines(budget_ns - budget_ns / 10),
      generation(setup.shared->generation) {}

bool Gate::Impl::IsOwnProcess(pid_t pid) const {
  return pid == own_pid || setup.shared->IsOwn(pid);
}

// ---- The readers, of whom one leads. He answers what he can at once, and waits for nothing but
// events; if what he looks at keeps him waiting all the same, the other leads.

void Gate::Impl::CountOne(std::atomic<uint64_t>& own, Metric metric) const {
  own.fetch_add(1, std::memory_order_relaxed);
  setup.meter.Add(metric);
}

void Gate::Impl::ReadEvents() {
  while (const uint64_t lead = relay.AwaitLead()) {
    if (lead == kFirstLead) setup.shared->BeginToRead();
    ReadWhileLeading(lead);
  }
}

void Gate::Impl::ReadWhileLeading(uint64_t lead) {
  const int patience_ms = static_cast<int>(budget_ns / 10'000'000);
  while (relay.Leads(lead)) {
    reader_alive_ns = MonotonicNs();
    std::array<pollfd, 3> wait = {{{setup.permission->fd(), POLLIN, 0},
                                   {setup.notification->fd(), POLLIN, 0},
                                   {wake.get(), POLLIN, 0}}};
    poll(wait.data(), wait.size(), patience_ms);
    bool any = wait[0].revents != 0 && ReadFrom(*setup.permission);
    if (!relay.Leads(lead)) return;
    any = (wait[1].revents != 0 && ReadFrom(*setup.notification)) || any;
    // A gate that could not start leaves the marks, and the rest of the events to the supervisor.
    if (reader_ends && (!any || !is_ready)) return relay.Stop();
  }
}

// Whether there was something.
bool Gate::Impl::ReadFrom(FanotifyGroup& group) {
  auto events = group.Read();
  if (!events) return false;
  const Company company = events->size() == 1 ? Company::kAlone : Company::kOthers;
  for (KernelEvent& event : *events) Handle(std::move(event), company);
  return !events->empty();
}

void Gate::Impl::Handle(KernelEvent event, Company company) {
  if (event.is_overflow) CountOne(counts.overflows, Metric::kNotificationsDropped);
  if (!event.file.valid() && !event.is_overflow) CountOne(counts.unopened, Metric::kFilesNotOpened);
  if (!event.file.valid()) return;
  // Not in one piece with its counters: the deadlines remember it for a while after it is gone.
  const JobPtr job(new EventJob(std::move(event), responder, MonotonicNs()));
  if (IsOwnProcess(job->event.tid())) {
    job->event.TryAnswer(Answer::kAllow);
    return;
  }
  if (IsNewsOfQuestion(*job)) return;
  const auto open_file = StatusOfOpen(*job);
  if (open_file && allowed_runs.Take(job->event.tid(), open_file->key, job->event.arrived_ns())) {
    job->event.TryAnswer(Answer::kAllow);
    return;
  }
  if (job->event.is_permission()) {
    CountOne(counts.questions, Metric::kQuestions);
  } else {
    CountOne(counts.notifications, Metric::kNotifications);
  }
  // Where others wait behind it the workers share them out, each principal in its turn.
  const bool is_alone = company == Company::kAlone;
  const auto look_at_open = [&] { return judge->TryOpen(job, *open_file); };
  if (open_file && is_alone && LookMyself(job, job->event.arrived_ns(), look_at_open)) return;
  const bool is_asked_run = job->event.is_permission() && job->event.is_exec();
  if (is_asked_run && judge->TryForAnyone(job)) {
    ++counts.for_anyone;
    return;
  }
  judge->Greet(*job, Patience::kNone);
  if (judge->TryAtOnce(job)) return;
  const auto inspect = [&] { return judge->TryInspect(job); };
  const bool is_next = is_asked_run && is_alone && !queues.questions.has_turn();
  if (is_next && judge->MayInspect(*job) && LookMyself(job, MonotonicNs(), inspect)) return;
  Queue(job);
}

// Of one that is asked about.
std::optional<FileStatus> Gate::Impl::StatusOfOpen(const EventJob& job) {
  if (!job.event.is_permission() || job.event.is_exec()) return std::nullopt;
  const auto status = ReadFileStatus(job.event.fd());
  return status ? std::optional(*status) : std::nullopt;
}

// Whether `look`, which may be kept waiting, has seen to the question.
bool Gate::Impl::LookMyself(const JobPtr& job, int64_t began_ns,
                            const std::function<bool()>& look) {
  if (!is_ready || !relay.BeginLook(began_ns)) return false;
  deadlines.Add(job);
  const bool is_done = look();
  relay.EndLook(began_ns, MonotonicNs());
  return is_done;
}

// Where every run is recorded: the question comes first, then the news of the same run.
bool Gate::Impl::IsNewsOfQuestion(const EventJob& job) {
  if (setup.service.record_allowed != RecordAllowed::kEvery || !job.event.is_exec()) return false;
  const auto status = ReadFileStatus(job.event.fd());
  if (!status) return false;
  if (!job.event.is_permission()) {
    return asked.Take(job.event.tid(), status->key, MonotonicNs());
  }
  asked.Asked(job.event.tid(), status->key, MonotonicNs());
  return false;
}

void Gate::Impl::Queue(const JobPtr& job) {
  if (job->event.is_permission()) deadlines.Add(job);
  const auto admission = queues.Push(job);
  if (!job->event.is_permission()) {
    // Nobody waits for an answer: that one was lost is said in the log.
    if (admission.pushed != Pushed::kQueued || admission.displaced) {
      queue_counts.LoseNews(setup.meter);
      setup.log->Lose(1);
    }
    return;
  }
  if (admission.displaced) judge->RefuseForUser(*admission.displaced);
  switch (admission.pushed) {
    case Pushed::kQueued:
      return;
    case Pushed::kUserIsFull:
      return judge->RefuseForUser(job);
    case Pushed::kFull:
      return judge->FailService(job);
  }
}

// ---- The workers.

void Gate::Impl::LookAtAll(FairQueue<JobPtr>& queue) {
  while (const auto taken = queue.Pop()) {
    if (&queue == &queues.questions) workers_alive_ns = MonotonicNs();
    judge->Look(taken->item);
    queue.Done(taken->principal);
  }
}

// ---- The deadline.

bool Gate::Impl::MakesProgress() const {
  const int64_t limit = MonotonicNs() - budget_ns / 4;
  if (reader_alive_ns < limit) return false;
  // What waits for others of its own principal is no sign of a standstill.
  return !queues.questions.has_turn() || !is_ready || workers_alive_ns > limit;
}

void Gate::Impl::WatchDeadlines() {
  const int64_t tick_ns = budget_ns / 20;
  while (!all_ends) {
    const int64_t now = MonotonicNs();
    for (const JobPtr& job : deadlines.TakeOverdue(now)) {
      if (!judge->Overdue(job)) deadlines.PutBack(job, now + kRetryNs);
    }
    if (MakesProgress()) setup.shared->heartbeat_ns = MonotonicNs();
    queue_counts.Count(queues, setup.log->dropped(), setup.meter);
    int64_t wait_ns = tick_ns;
    if (const auto next = deadlines.NextDeadline()) {
      wait_ns = std::clamp<int64_t>(*next - MonotonicNs(), 100'000, tick_ns);
    }
    std::unique_lock lock(stop_mutex);
    stop_wanted.wait_for(lock, std::chrono::nanoseconds(wait_ns),
                         [this] { return all_ends.load(); });
  }
}

void Gate::Impl::Linger(const JobPtr& job) {
  lingering.Add(job);
  // The kernel tells of a writer once, and may have told before there was anybody to tell.
  if (job->lease.IsBreaking()) lingering.LeaseBroke(job->event.fd());
}

// ---- Where files stand, who there is, and what is marked.

Result<void> Gate::Impl::LookAround() {
  Places now;
  now.speller = std::make_shared<const PathSpeller>(
      setup.host, TRY(MountTable::OfThisProcess(setup.host.network_file_systems)),
      std::vector<TreeMapping>());
  const MountTable& mounts = now.speller->mounts();
  const SlowMounts slow(mounts, setup.service.file_systems);
  now.around = {OverlayLayers::OfThisProcess(), slow, OwnMounts(mounts, slow),
                places.Get()->around.version + 1};
  // The folders above a judged file may stand on a file system that is not judged.
  if (guard != nullptr) guard->Watch(FileSystemsToMark(mounts, {}).points);
  places.Set(std::move(now));
  loads.Refresh();
  return {};
}

void Gate::Impl::LookAtAccounts() {
  accounts.Set(AccountTable::Load(setup.host, SystemAccounts()));
}

void Gate::Impl::DropIgnoreMarks() {
  if (guard != nullptr) return guard->DropAll();
  static_cast<void>(setup.permission->DropIgnoredInodes());
}

std::function<Marking(int, const std::string&)> Gate::Impl::MakeIgnorer() {
  auto made =
      ChangeGuard::Create([this] { static_cast<void>(setup.permission->DropIgnoredInodes()); });
  if (!made) return {};
  guard = std::move(*made);
  return [this](int fd, const std::string& real_path) {
    return IgnoreMarks(*setup.permission, *guard).Try(fd, real_path);
  };
}

Result<void> Gate::Impl::SetMarks(const PolicyInForce& now) {
  const bool enforces = now.enforces() && !setup.service.observe_only;
  const bool opens = now.judges_opens(loads.WineMayRun());
  const bool tells = setup.service.record_allowed == RecordAllowed::kEvery;
  const Watching enforcing = tells ? Watching::kEnforcingAndTelling : Watching::kEnforcing;
  MarkTargets targets =
      FileSystemsToMark(places.Get()->speller->mounts(), setup.service.file_systems);
  // At the service's start; a later gate, or policy, goes on with what can be marked by then.
  targets.must_all = generation == 0 && !setup.service.file_systems.empty();
  if (enforces) setup.shared->BeginToAsk();
  TRY_VOID(marks.Set(enforces ? enforcing : Watching::kObserving,
                     opens ? MarkedEvents::kExecAndOpen : MarkedEvents::kExec, targets));
  if (!enforces) setup.shared->EndAsking();
  return {};
}

// Without it rules for programs alone ask about no open; with it they have to.
void Gate::Impl::LookForWine() {
  const ForcePtr now = force.Get();
  const bool matters = now != nullptr && now->judges_opens(true) && !now->judges_opens(false);
  if (!is_ready || !matters || MonotonicNs() - looked_for_wine_ns < kLookForWineNs) return;
  looked_for_wine_ns = MonotonicNs();
  const bool before = loads.WineMayRun();
  loads.Refresh();
  if (loads.WineMayRun() == before) return;
  const std::lock_guard lock(reload_mutex);
  static_cast<void>(SetMarks(*force.Get()));
}

void Gate::Impl::WatchMounts() {
  bool pending = false;  // the mounts changed, and were not looked at since
  LossNotes losses;
  AccountFiles seen = ReadAccountFiles();
  while (!all_ends) {
    std::array<pollfd, 2> wait = {{{mount_changes.fd(), POLLPRI, 0}, {end.get(), POLLIN, 0}}};
    pending =
        (poll(wait.data(), wait.size(), kLookAroundMs) > 0 && wait[0].revents != 0) || pending;
    LookForWine();
    std::string note = losses.Take(counts.overflows, counts.unopened, MonotonicNs());
    if (!note.empty()) setup.log->Note(std::move(note));
    const AccountFiles now = ReadAccountFiles();
    if (!is_ready || (!pending && now == seen)) continue;
    const std::lock_guard lock(reload_mutex);
    // Before sysfs and the name service are asked: what lies on it may be run at once.
    const bool is_marked = pending && MarkNew();
    setup.meter.Set(Metric::kMarkedFileSystems, marks.marked().size());
    if (now != seen) LookAtAccounts();
    seen = now;
    // What can not be read stays as it was.
    if (!is_marked || !LookAround()) continue;
    pending = false;
    DropIgnoreMarks();  // a path may mean another file now
  }
}

// Before anything of them is known: a number may be another device's now, a changed stick's, say.
bool Gate::Impl::MarkNew() {
  const auto mounts = MountTable::WithoutMedia(setup.host.network_file_systems);
  if (!mounts) return false;
  identities.Clear();
  places.Set(Unproved(*places.Get()));
  static_cast<void>(marks.Follow(FileSystemsToMark(*mounts, setup.service.file_systems)));
  return true;
}

// ---- The policy.

// The supervisor reads the anchors before it tells the gate: whatever inspector starts from here on
// has them. First the inspectors, then the number: what is inspected under the new number is given
// to new inspectors alone. What the former still find carries the former number.
void Gate::Impl::RenewTrust() {
  const std::lock_guard lock(reload_mutex);
  if (inspectors != nullptr) inspectors->Renew();
  force.RenewTrust();
  identities.Clear();
  DropIgnoreMarks();  // what the former anchors vouched for
}

Result<uint64_t> Gate::Impl::LoadPolicies() {
  const std::lock_guard lock(reload_mutex);
  const int64_t read_at_ns = RealtimeNs();  // what is changed from here on is not in force
  auto policies = TRY(setup.load_policies());
  std::vector<std::string> files;
  files.reserve(policies.size());
  for (const NamedPolicy& policy : policies) files.push_back(policy.name);
  SrpInForce srp = SrpOf(setup.host, setup.service.srp_beside_applocker);
  ForcePtr next = TRY(PolicyInForce::Build(std::move(policies), generation + 1, std::move(srp)));
  TRY_VOID(LookAround());
  LookAtAccounts();
  TRY_VOID(Remark(*next));
  force.Replace(next);
  generation += 1;
  setup.shared->generation = generation;
  ShowPolicy(next->policies(), std::move(files), read_at_ns);
  DropIgnoreMarks();
  return generation;
}

void Gate::Impl::ShowPolicy(const PolicySet& set, std::vector<std::string> files,
                            int64_t read_at_ns) {
  const Meter& meter = setup.meter;
  if (meter.page == nullptr) return;
  meter.page->SetPolicy(StatusOf(set, std::move(files)));
  meter.Set(Metric::kGeneration, generation);
  meter.Set(Metric::kPolicyLoadedAt, static_cast<uint64_t>(read_at_ns));
  meter.Set(Metric::kMarkedFileSystems, marks.marked().size());
}

// While the former policy answers: one that is refused here never comes into force.
Result<void> Gate::Impl::Remark(const PolicyInForce& next) {
  auto marked = SetMarks(next);
  if (const ForcePtr former = force.Get(); !marked && former != nullptr) {
    static_cast<void>(SetMarks(*former));
  }
  return marked;
}

Result<uint64_t> Gate::Impl::Reload() {
  RenewTrust();
  return LoadPolicies();
}

// ---- Beginning and end.

// An order to reload may come at any moment.
void Gate::Impl::StartInspectors() {
  const std::lock_guard lock(reload_mutex);
  inspectors = std::make_unique<InspectorPool>(
      setup.start_inspector, InspectorPool::Limits{.inspectors = setup.service.inspectors});
}

void Gate::Impl::EndInspectors() {
  const std::lock_guard lock(reload_mutex);
  inspectors.reset();
}

Result<void> Gate::Impl::Run() {
  static_cast<void>(RaiseDescriptorLimit());
  BlockLeaseSignals();
  StartInspectors();
  command_lines = std::make_unique<CommandLines>();
  judge = std::make_unique<EventJudge>(JudgeContext{
      setup.service, setup.host, force, places, accounts, loads, identities, leases, opened,
      allowed_runs, [this](pid_t pid) { return IsOwnProcess(pid); },
      [this](InspectionJob job, InspectorPool::Done done) {
        CountOne(counts.inspections, Metric::kInspections);
        return inspectors->Inspect(std::move(job), std::move(done));
      },
      [this](DecisionRecord record) { setup.log->Push(std::move(record)); },
      [this](const JobPtr& job) { Linger(job); },
      [this](uint32_t principal) { return queues.questions.WasHeldUp(principal); },
      [this](pid_t tid, uint32_t principal) { return command_lines->Read(tid, principal); },
      MakeIgnorer(), setup.meter});
  if (setup.ask_listener >= 0) {
    asks = std::make_unique<AskServer>(setup.ask_listener, judge->context());
  }
  reader_alive_ns = MonotonicNs();
  threads.emplace_back([this] { leases.Serve([this](int fd) { lingering.LeaseBroke(fd); }); });
  for (std::thread& reader : readers) reader = std::thread([this] { ReadEvents(); });
  threads.emplace_back([this] { relay.Watch(MonotonicNs); });
  threads.emplace_back([this] { WatchDeadlines(); });
  // Whatever is opened from here on may be asked about: the reader is there to answer.
  if (const auto loaded = LoadPolicies(); !loaded) {
    Drain();
    return Unexpected(loaded.error());
  }
  workers_alive_ns = MonotonicNs();
  for (unsigned i = 0; i < kWorkers; ++i)
    workers.emplace_back([this] { LookAtAll(queues.questions); });
  workers.emplace_back([this] { LookAtAll(queues.news); });
  threads.emplace_back([this] { WatchMounts(); });
  if (guard != nullptr) threads.emplace_back([this] { guard->Serve(); });
  if (asks != nullptr) asks->Start();
  is_ready = true;
  setup.shared->gate_is_ready = true;
  {
    std::unique_lock lock(stop_mutex);
    stop_wanted.wait(lock, [this] { return stopping; });
  }
  // No new question comes without marks.
  static_cast<void>(marks.Set(Watching::kNothing, MarkedEvents::kExec, {}));
  Drain();
  setup.shared->EndAsking();
  return {};
}

// What is there is answered by the policy, and what is left then by the failure policy.
void Gate::Impl::Drain() {
  if (asks != nullptr) asks->Stop();
  reader_ends = true;
  eventfd_write(wake.get(), 1);
  for (std::thread& reader : readers) reader.join();
  queues.Stop();
  for (std::thread& worker : workers) worker.join();
  workers.clear();
  for (const JobPtr& job : deadlines.TakeAll()) {
    while (!judge->Overdue(job)) usleep(kRetryNs / 1000);
  }
  setup.shared->gate_reads = false;
  Join();
}

void Gate::Impl::Join() {
  {
    const std::lock_guard lock(stop_mutex);
    all_ends = true;
  }
  stop_wanted.notify_all();
  eventfd_write(end.get(), 1);
  leases.Stop();
  if (guard != nullptr) guard->Stop();
  for (std::thread& thread : threads) thread.join();
  threads.clear();
  EndInspectors();
}

void Gate::Impl::RequestStop() {
  {
    const std::lock_guard lock(stop_mutex);
    stopping = true;
  }
  stop_wanted.notify_all();
}

Gate::Gate(GateSetup setup) : impl_(std::make_unique<Impl>(std::move(setup))) {}
Gate::~Gate() = default;
Result<void> Gate::Run() { return impl_->Run(); }
Result<uint64_t> Gate::Reload() { return impl_->Reload(); }
void Gate::Stop() { impl_->RequestStop(); }
GateCounters Gate::counters() const { return impl_->counts.Read(impl_->relay.reliefs()); }

}  // namespace portcullis::enforcement
