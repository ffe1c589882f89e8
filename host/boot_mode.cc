// SPDX-License-Identifier: Apache-2.0
#include "host/boot_mode.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "host/read_file.h"

namespace portcullis {
namespace {

constexpr size_t kMaxCommandLine = 64 << 10;

struct Word {
  std::string_view text;
  BootMode mode;
};
constexpr auto kWords = std::to_array<Word>({{"rescue", BootMode::kRescue},
                                             {"single", BootMode::kRescue},
                                             {"s", BootMode::kRescue},
                                             {"S", BootMode::kRescue},
                                             {"1", BootMode::kRescue},
                                             {"emergency", BootMode::kEmergency},
                                             {"-b", BootMode::kEmergency}});

std::optional<BootMode> ModeOf(std::string_view word) {
  constexpr std::string_view kUnit = "systemd.unit=";
  if (word.starts_with(kUnit)) {
    const std::string_view unit = word.substr(kUnit.size());
    if (unit == "rescue.target") return BootMode::kRescue;
    if (unit == "emergency.target") return BootMode::kEmergency;
    return BootMode::kNormal;
  }
  const auto* const found = std::ranges::find(kWords, word, &Word::text);
  if (found == kWords.end()) return std::nullopt;
  return found->mode;
}

}  // namespace

BootMode BootModeOf(std::string_view kernel_command_line) {
  BootMode mode = BootMode::kNormal;
  while (!kernel_command_line.empty()) {
    const size_t end =
        std::min(kernel_command_line.find_first_of(" \t\n"), kernel_command_line.size());
    const std::string_view word = kernel_command_line.substr(0, end);
    if (word == "--") break;  // what follows is for init's own options
    mode = ModeOf(word).value_or(mode);
    kernel_command_line.remove_prefix(std::min(end + 1, kernel_command_line.size()));
  }
  return mode;
}

BootMode ReadBootMode() {
  const auto text = ReadFile("/proc/cmdline", kMaxCommandLine);
  return text ? BootModeOf(*text) : BootMode::kNormal;
}

}  // namespace portcullis
