// SPDX-License-Identifier: Apache-2.0
#include "eventlog/store_reader.h"

#include <algorithm>
#include <charconv>

#include "eventlog/event_limits.h"

namespace portcullis::eventlog {
namespace {

constexpr const char* kOldestFirst =
    "SELECT first, earliest_ns, latest_ns, entries FROM event_index"
    " WHERE first >= ?1 AND first < ?2 AND latest_ns >= ?3 AND earliest_ns <= ?4 ORDER BY first";
constexpr const char* kNewestFirst =
    "SELECT first, earliest_ns, latest_ns, entries FROM event_index"
    " WHERE first >= ?1 AND first < ?2 AND latest_ns >= ?3 AND earliest_ns <= ?4"
    " ORDER BY first DESC";
constexpr const char* kAccounts =
    "SELECT id FROM account WHERE user = ?1 OR sid = ?1 OR uid = ?2 ORDER BY id";

std::optional<uint32_t> AsUid(std::string_view text) {
  uint32_t uid = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, uid);
  if (text.empty() || error != std::errc() || rest != end) return std::nullopt;
  return uid;
}

bool IsUser(const EventProcess& process, const std::string& user, std::optional<uint32_t> uid) {
  return process.user == user || (uid && process.uid == uid) ||
         (process.user_sid && process.user_sid->ToString() == user);
}

}  // namespace

struct StoreReader::Question {
  const EventFilter& filter;
  size_t limit;
  std::optional<uint32_t> uid;
  std::optional<std::vector<uint32_t>> accounts;
  std::optional<uint32_t> path_hash;
  std::optional<uint32_t> request_hash;
  uint32_t since_second = 0;

  bool IsIdAsked(uint16_t id) const {
    return filter.ids.empty() ||
           std::ranges::find(filter.ids, static_cast<EventId>(id)) != filter.ids.end();
  }
  // In order, and mostly few.
  bool IsAccountAsked(uint32_t account) const {
    if (account < accounts->front() || account > accounts->back()) return false;
    return std::ranges::binary_search(*accounts, account);
  }
  bool MayBe(const IndexEntry& entry) const {
    return (!path_hash || entry.path == *path_hash) &&
           (!request_hash || entry.request_id == *request_hash) &&
           entry.last_second >= since_second && IsIdAsked(entry.id) &&
           (!accounts || IsAccountAsked(entry.account));
  }
  bool IsInTime(const Event& event) const {
    return (!filter.since_ns || event.last_time_ns >= *filter.since_ns) &&
           (!filter.until_ns || event.time_ns <= *filter.until_ns);
  }
  bool Matches(const Event& event) const {
    if (!IsInTime(event) || !IsIdAsked(static_cast<uint16_t>(event.id))) return false;
    if (!filter.request_id.empty() && event.request_id != filter.request_id) return false;
    if (filter.path.empty() && filter.user.empty()) return true;
    return event.decision && (filter.path.empty() || event.decision->file.path == filter.path) &&
           (filter.user.empty() || IsUser(event.decision->process, filter.user, uid));
  }
};

Result<StoreReader> StoreReader::Prepare(const Database& database) {
  StoreReader reader;
  reader.database_ = &database;
  reader.oldest_first_ = TRY(database.Prepare(kOldestFirst));
  reader.newest_first_ = TRY(database.Prepare(kNewestFirst));
  reader.accounts_ = TRY(database.Prepare(kAccounts));
  reader.event_reader_ = TRY(StoreEventReader::Prepare(database));
  return reader;
}

Result<std::vector<Event>> StoreReader::Read(const EventFilter& filter) {
  const Transaction transaction = TRY(Transaction::Begin(*database_, Transaction::Kind::kRead));
  auto answer = Answer(filter);
  // No statement holds on to the log after an early end.
  oldest_first_.Reset();
  newest_first_.Reset();
  accounts_.Reset();
  event_reader_.Forget();
  return answer;
}

Result<std::vector<Event>> StoreReader::Answer(const EventFilter& filter) {
  Question question{filter, std::min(filter.limit, kMaxPage), AsUid(filter.user), {}, {}, {}};
  if (!filter.user.empty()) {
    question.accounts = TRY(AccountsOf(filter.user));
    if (question.accounts->empty()) return std::vector<Event>();
  }
  if (!filter.path.empty()) question.path_hash = IndexHash(filter.path);
  if (!filter.request_id.empty()) question.request_hash = IndexHash(filter.request_id);
  if (filter.since_ns) question.since_second = IndexSecond(*filter.since_ns);

  std::vector<Event> events;
  Statement& blocks = filter.newest_first ? newest_first_ : oldest_first_;
  constexpr uint64_t kLast = INT64_MAX;
  const uint64_t after = std::min(filter.after_sequence, kLast);
  blocks.Bind(1, static_cast<int64_t>(after - std::min<uint64_t>(after, kIndexedEvents)));
  blocks.Bind(2, static_cast<int64_t>(std::min(filter.before_sequence, kLast)));
  blocks.Bind(3, filter.since_ns.value_or(INT64_MIN));
  blocks.Bind(4, filter.until_ns.value_or(INT64_MAX));
  while (events.size() < question.limit && TRY(blocks.Step())) {
    if (!TRY(ReadBlock(TRY(IndexEntries::Load(blocks)), question, events))) break;
  }
  return events;
}

Result<std::vector<uint32_t>> StoreReader::AccountsOf(const std::string& user) {
  std::vector<uint32_t> accounts;
  const auto uid = AsUid(user);
  accounts_.BindText(1, user, kMaxEventName).BindOptional(2, uid);
  while (TRY(accounts_.Step())) {
    accounts.push_back(static_cast<uint32_t>(TRY(accounts_.Number(0, INT64_MAX))));
  }
  std::ranges::sort(accounts);
  return accounts;
}

Result<bool> StoreReader::ReadBlock(const IndexEntries& block, const Question& question,
                                    std::vector<Event>& events) {
  const EventFilter& filter = question.filter;
  for (size_t i = 0; i < block.size(); ++i) {
    const size_t place = filter.newest_first ? block.size() - 1 - i : i;
    const uint64_t sequence = block.first() + place;
    if (sequence <= filter.after_sequence || sequence >= filter.before_sequence) continue;
    if (!question.MayBe(block.At(place))) continue;
    if (!TRY(ReadEvent(sequence, question, events))) return false;
  }
  return true;
}

Result<bool> StoreReader::ReadEvent(uint64_t sequence, const Question& question,
                                    std::vector<Event>& events) {
  Event event = TRY(event_reader_.Read(sequence));
  if (question.Matches(event)) events.push_back(std::move(event));
  return events.size() < question.limit;
}

}  // namespace portcullis::eventlog
