// SPDX-License-Identifier: Apache-2.0
// Which of the SIDs that rules name are in a token?
//
// Shape:   SidTable numbers the SIDs of a collection's rules. TokenSids holds, for one token, a bit
//          for each number, made once a few questions were asked, which most requests never do.
//          The first questions are cheaper answered by a walk over the token's groups.
// Limits:  up to kMaxNumbered SIDs have a bit; a collection that names more is served by a walk
// over
//          the token's groups at each question. Nothing is allocated for a question.
// Lifetime: TokenSids borrows the table and the token.
// Threads: SidTable is immutable once built; TokenSids belongs to one verdict.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "policy/applocker/model.h"
#include "policy/applocker/table_stream.h"
#include "security/access_token.h"

namespace portcullis::applocker {

class SidTable {
 public:
  static constexpr size_t kMaxNumbered = 4096;

  // The number of a rule's SID; the same for equal ones.
  uint32_t Add(const Sid& sid);
  // Ends the building: no Add after it.
  void Finish();
  void Write(TableWriter& writer) const;
  static SidTable Read(TableReader& reader);

  std::optional<uint32_t> Find(const Sid& sid) const;
  size_t size() const { return sids_.size(); }
  const Sid& operator[](uint32_t number) const { return sids_[number]; }
  std::span<const Sid> sids() const { return sids_; }

 private:
  std::vector<Sid> sids_;
  std::unordered_map<Sid, uint32_t> building_;
  std::vector<uint32_t> slots_;  // open addressing: number + 1, or 0
};

class TokenSids {
 public:
  TokenSids(const SidTable& table, const AccessToken& token, TokenView view)
      : table_(table), token_(token), view_(view) {}

  bool Matches(uint32_t number, Action action);

 private:
  using Bits = std::array<uint64_t, SidTable::kMaxNumbered / 64>;
  void Fill();
  bool Walk(const Sid& sid, Action action) const;

  const SidTable& table_;
  const AccessToken& token_;
  TokenView view_;
  int questions_ = 0;
  Bits enabled_;  // uninitialised beyond the words in use, on purpose: it is made for each verdict
  Bits present_;
};

}  // namespace portcullis::applocker
