// SPDX-License-Identifier: Apache-2.0
#include "enforcement/overlay_layers.h"

#include <charconv>

#include "enforcement/true_path.h"
#include "host/mount_table.h"
#include "host/read_file.h"

namespace portcullis::enforcement {
namespace {

std::string_view NextField(std::string_view& line, char separator = ' ') {
  const size_t end = line.find(separator);
  const std::string_view field = line.substr(0, end);
  line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
  return field;
}

// mountinfo writes blank, tab, newline and backslash as a backslash and three octal digits.
std::string Unescape(std::string_view field) {
  std::string text;
  for (size_t i = 0; i < field.size(); ++i) {
    unsigned code = 0;
    if (field[i] == '\\' && i + 3 < field.size() &&
        std::from_chars(field.data() + i + 1, field.data() + i + 4, code, 8).ptr ==
            field.data() + i + 4) {
      text += static_cast<char>(code);
      i += 3;
    } else {
      text += field[i];
    }
  }
  return text;
}

// Layers are parted by colons; overlayfs writes a colon of a name, a comma and a backslash behind a
// backslash. Data-only layers (behind "::") have no names of their own.
void AppendLayers(std::vector<std::string>& layers, std::string_view option) {
  std::string layer;
  for (size_t i = 0; i <= option.size(); ++i) {
    if (i == option.size() || option[i] == ':') {
      if (layer.empty() || layers.size() >= kMaxLayers) return;
      layers.push_back(std::move(layer));
      layer.clear();
    } else {
      if (option[i] == '\\' && i + 1 < option.size()) ++i;
      layer += option[i];
    }
  }
}

std::vector<std::string> LayersOf(std::string_view options) {
  std::vector<std::string> upper;
  std::vector<std::string> lower;
  constexpr std::string_view kUpper = "upperdir=";
  constexpr std::string_view kLower = "lowerdir=";
  constexpr std::string_view kLowerMore = "lowerdir+=";
  while (!options.empty()) {
    std::string_view option = NextField(options, ',');
    if (option.starts_with(kUpper)) AppendLayers(upper, option.substr(kUpper.size()));
    if (option.starts_with(kLower)) AppendLayers(lower, option.substr(kLower.size()));
    if (option.starts_with(kLowerMore)) AppendLayers(lower, option.substr(kLowerMore.size()));
  }
  upper.insert(upper.end(), lower.begin(), lower.end());
  return upper;
}

std::optional<OverlayMount> ParseLine(std::string_view line) {
  for (int i = 0; i < 4; ++i) NextField(line);  // ids, device, root
  OverlayMount mount;
  mount.point = Unescape(NextField(line));
  if (mount.point == "/") mount.point.clear();
  const size_t separator = line.find(" - ");
  if (separator == std::string_view::npos) return std::nullopt;
  line.remove_prefix(separator + 3);
  if (NextField(line) != "overlay") return std::nullopt;
  NextField(line);  // source
  mount.layers = LayersOf(Unescape(line));
  if (mount.layers.empty()) return std::nullopt;
  return mount;
}

}  // namespace

OverlayLayers OverlayLayers::Parse(std::string_view mountinfo) {
  OverlayLayers result;
  while (!mountinfo.empty() && result.mounts_.size() < kMaxOverlays) {
    if (auto mount = ParseLine(NextField(mountinfo, '\n'))) {
      result.mounts_.push_back(std::move(*mount));
    }
  }
  return result;
}

OverlayLayers OverlayLayers::OfThisProcess() {
  const auto text = ReadFile("/proc/self/mountinfo", kMaxMountInfoBytes);
  return text ? Parse(*text) : OverlayLayers();
}

std::optional<OverlayLayers::Merged> OverlayLayers::Find(const std::string& path,
                                                         const FileKey& file,
                                                         const SlowMounts& slow) const {
  for (const OverlayMount& mount : mounts_) {
    const std::string merged_path = mount.point + path;
    if (slow.StandAbove(merged_path)) continue;
    for (const std::string& layer : mount.layers) {
      if (slow.StandAbove(layer + path)) break;
      const auto found = LookAt(layer + path, Lookup::kMayWait);
      if (!found && found.error().code == ErrorCode::kNotFound) continue;
      // Another file, a whiteout, or what can not be seen: lower layers do not show through.
      if (!found || found->key != file) break;
      const auto merged = LookAt(merged_path, Lookup::kMayWait);
      if (merged && merged->is_regular() && merged->key.size == file.size &&
          merged->key.modified_ns == file.modified_ns) {
        return Merged{merged_path, *merged};
      }
      break;
    }
  }
  return std::nullopt;
}

}  // namespace portcullis::enforcement
