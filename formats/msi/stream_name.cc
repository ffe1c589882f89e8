// SPDX-License-Identifier: Apache-2.0
#include "formats/msi/stream_name.h"

namespace portcullis::msi {
namespace {

constexpr std::string_view kAlphabet =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._";
constexpr char16_t kTableMark = 0x4840;
constexpr size_t kPairs = 0x3800;
constexpr size_t kSingles = 0x4800;

}  // namespace

std::u16string TableStreamName(std::string_view name) {
  std::u16string encoded = {kTableMark};
  while (!name.empty()) {
    const size_t first = kAlphabet.find(name.front());
    const size_t second = name.size() < 2 ? std::string_view::npos : kAlphabet.find(name[1]);
    if (first == std::string_view::npos) {
      encoded += static_cast<char16_t>(static_cast<unsigned char>(name.front()));
      name.remove_prefix(1);
    } else if (second == std::string_view::npos) {
      encoded += static_cast<char16_t>(kSingles + first);
      name.remove_prefix(1);
    } else {
      encoded += static_cast<char16_t>(kPairs + first + second * kAlphabet.size());
      name.remove_prefix(2);
    }
  }
  return encoded;
}

}  // namespace portcullis::msi
