// SPDX-License-Identifier: Apache-2.0
#include "host/lexical_path.h"

#include <algorithm>
#include <filesystem>
#include <vector>

namespace portcullis {
namespace {

// The components of `path`, each with `separator` in front.
std::string Resolved(std::string_view path, char separator) {
  std::vector<std::string_view> components;
  while (!path.empty()) {
    const size_t end = std::min(path.find(separator), path.size());
    const std::string_view component = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (component.empty() || component == ".") continue;
    if (component != "..") {
      components.push_back(component);
    } else if (!components.empty()) {
      components.pop_back();
    }
  }
  std::string result;
  for (const std::string_view component : components) result.append(1, separator).append(component);
  return result;
}

}  // namespace

std::string NormalizeHostPath(std::string_view path) {
  std::string result = Resolved(path, '/');
  return result.empty() ? "/" : result;
}

std::string NormalizeWindowsPath(std::string_view path) {
  std::string text(path);
  std::ranges::replace(text, '/', '\\');
  // The root is what `..` can not leave: `C:`, `%WINDIR%`, or the two backslashes of a share.
  const bool is_share = text.starts_with("\\\\");
  const size_t root = is_share ? 1 : std::min(text.find('\\'), text.size());
  return text.substr(0, root) + Resolved(std::string_view(text).substr(root), '\\');
}

std::string AbsolutePath(std::string_view path) {
  if (path.starts_with('/')) return NormalizeHostPath(path);
  std::error_code error;
  const std::filesystem::path here = std::filesystem::current_path(error);
  if (error) return {};
  return NormalizeHostPath(here.string() + "/" + std::string(path));
}

}  // namespace portcullis
