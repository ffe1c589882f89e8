// SPDX-License-Identifier: Apache-2.0
// Makes small 64-bit ELF files: headers, a dynamic loader's name, a dynamic section, its strings.
//
// Shape:   one segment that is the whole file, loaded at kBase.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace portcullis::testing {

struct ElfBuilder {
  static constexpr uint64_t kBase = 0x1000;
  static constexpr size_t kSegment = 56;

  std::string interpreter = "/lib64/ld.so";
  std::vector<std::pair<uint64_t, uint64_t>> dynamic{};  // but for the strings' place and the end
  std::string strings = std::string(1, '\0');
  uint64_t strings_at = 0;  // 0: where they are

  // DT_NEEDED is 1, DT_RUNPATH 29.
  ElfBuilder& Add(uint64_t tag, const std::string& name) {
    dynamic.emplace_back(tag, strings.size());
    strings += name + '\0';
    return *this;
  }

  std::string Make() const {
    const size_t interpreter_at = 64 + 3 * kSegment;
    const size_t dynamic_at = interpreter_at + interpreter.size() + 1;
    const size_t text_at = dynamic_at + 16 * (dynamic.size() + 3);
    std::string file("\x7f\x45\x4c\x46\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0", 18);
    file.resize(64);
    Put(file, 32, 64, 8);
    Put(file, 54, kSegment, 2);
    Put(file, 56, 3, 2);
    AddSegment(file, 1, 0, text_at + strings.size());
    // A type that nobody knows: there is no interpreter.
    AddSegment(file, interpreter.empty() ? 0 : 3, interpreter_at, interpreter.size() + 1);
    AddSegment(file, 2, dynamic_at, text_at - dynamic_at);
    file += interpreter + '\0';
    auto entries = dynamic;
    entries.emplace_back(5, strings_at != 0 ? strings_at : kBase + text_at);
    entries.emplace_back(10, strings.size());
    entries.emplace_back(0, 0);
    for (const auto& [tag, value] : entries) {
      file.resize(file.size() + 16);
      Put(file, file.size() - 16, tag, 8);
      Put(file, file.size() - 8, value, 8);
    }
    return file + strings;
  }

 private:
  static void Put(std::string& file, size_t at, uint64_t value, size_t size) {
    for (size_t i = 0; i < size; ++i) file[at + i] = static_cast<char>(value >> (8 * i));
  }
  static void AddSegment(std::string& file, uint64_t type, uint64_t offset, uint64_t size) {
    const size_t at = file.size();
    file.resize(at + kSegment);
    Put(file, at, type, 4);
    Put(file, at + 8, offset, 8);
    Put(file, at + 16, kBase + offset, 8);
    Put(file, at + 32, size, 8);
  }
};

}  // namespace portcullis::testing
