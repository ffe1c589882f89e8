// SPDX-License-Identifier: Apache-2.0
// Reads single values of a registry tree, and says where one is wrong. For the .cc files of this
// folder.
//
// Errors:  kMalformed: source, place, key, value, found, allowed.
// Lifetime: views the sources; adds to the notes.
// Threads: one thread a ValueReader.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "policy/srp/registry_reader.h"
#include "policy/srp/registry_tree.h"

namespace portcullis::srp {

class ValueReader {
 public:
  ValueReader(std::span<const RegistrySource> sources, std::vector<Note>& notes)
      : sources_(sources), notes_(notes) {}

  Result<uint32_t> Dword(const TreeKey& key, const TreeValue& value) const;
  Result<uint64_t> Qword(const TreeKey& key, const TreeValue& value) const;
  // REG_SZ or REG_EXPAND_SZ. What stands behind its end is a note.
  Result<std::string> Text(const TreeKey& key, const TreeValue& value);
  // REG_MULTI_SZ, likewise.
  Result<std::vector<std::string>> Texts(const TreeKey& key, const TreeValue& value);
  Result<Bytes> Binary(const TreeKey& key, const TreeValue& value) const;

  Unexpected Refuse(const TreeKey& key, const TreeValue& value, std::string_view message) const;
  // Of the key as a whole.
  Unexpected Refuse(const TreeKey& key, const Error& error) const;

  void AddNote(const TreeKey& key, const TreeValue& value, std::string reason);
  void AddNote(Note note);
  // Each value of the key whose upper-case name is not among `known`.
  void NoteUnknown(const TreeKey& key, std::span<const std::string_view> known);
  // Adds the one that counts those beyond kMaxNotes.
  void FinishNotes();

  std::string PlaceOf(uint32_t source, uint32_t place) const;

 private:
  Result<void> CheckType(const TreeKey& key, const TreeValue& value,
                         std::span<const registry::Type> allowed) const;
  std::string Where(const TreeKey& key, const TreeValue& value) const;

  std::span<const RegistrySource> sources_;
  std::vector<Note>& notes_;
  size_t dropped_ = 0;
};

}  // namespace portcullis::srp
