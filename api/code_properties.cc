// SPDX-License-Identifier: Apache-2.0
#include "api/code_properties.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace portcullis::api {
namespace {

// What the first version of each structure has.
constexpr size_t kCodeBytes = sizeof(portcullis_code);
constexpr size_t kResultBytes = sizeof(portcullis_result);
// No structure of any version is larger.
constexpr size_t kMaxStructBytes = 1 << 16;

struct Named {
  std::string_view name;
  AskFor ask_for;
};

constexpr Named kNames[] = {
    {"exe", AskFor::kExe},        {"dll", AskFor::kDll},       {"msi", AskFor::kMsi},
    {"script", AskFor::kScript},  {"appx", AskFor::kAppx},     {"execute", AskFor::kExe},
    {"load", AskFor::kDll},       {"install", AskFor::kMsi},   {"package", AskFor::kAppx},
    {"bash", AskFor::kScript},    {"cmd", AskFor::kScript},    {"cscript", AskFor::kScript},
    {"dash", AskFor::kScript},    {"lua", AskFor::kScript},    {"node", AskFor::kScript},
    {"perl", AskFor::kScript},    {"php", AskFor::kScript},    {"powershell", AskFor::kScript},
    {"pwsh", AskFor::kScript},    {"python", AskFor::kScript}, {"python3", AskFor::kScript},
    {"ruby", AskFor::kScript},    {"sh", AskFor::kScript},     {"tclsh", AskFor::kScript},
    {"wscript", AskFor::kScript}, {"zsh", AskFor::kScript},    {"apt", AskFor::kMsi},
    {"dpkg", AskFor::kMsi},       {"msiexec", AskFor::kMsi},   {"rpm", AskFor::kMsi},
};

// The table of file types of the reference, section 1.2, and what this system has of them.
constexpr Named kExtensions[] = {
    {"exe", AskFor::kExe},     {"com", AskFor::kExe},         {"dll", AskFor::kDll},
    {"ocx", AskFor::kDll},     {"so", AskFor::kDll},          {"bat", AskFor::kScript},
    {"cmd", AskFor::kScript},  {"js", AskFor::kScript},       {"ps1", AskFor::kScript},
    {"psm1", AskFor::kScript}, {"psd1", AskFor::kScript},     {"vbs", AskFor::kScript},
    {"wsf", AskFor::kScript},  {"jse", AskFor::kScript},      {"vbe", AskFor::kScript},
    {"lua", AskFor::kScript},  {"php", AskFor::kScript},      {"pl", AskFor::kScript},
    {"pm", AskFor::kScript},   {"py", AskFor::kScript},       {"pyc", AskFor::kScript},
    {"rb", AskFor::kScript},   {"sh", AskFor::kScript},       {"tcl", AskFor::kScript},
    {"msi", AskFor::kMsi},     {"msp", AskFor::kMsi},         {"mst", AskFor::kMsi},
    {"deb", AskFor::kMsi},     {"rpm", AskFor::kMsi},         {"appx", AskFor::kAppx},
    {"msix", AskFor::kAppx},   {"appxbundle", AskFor::kAppx}, {"msixbundle", AskFor::kAppx},
};

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

template <size_t kCount>
std::optional<AskFor> Find(const Named (&table)[kCount], std::string_view name) {
  const auto is_it = [&](const Named& row) {
    return std::ranges::equal(row.name, name, {}, {}, Lower);
  };
  const auto* const found = std::ranges::find_if(table, is_it);
  if (found == std::end(table)) return std::nullopt;
  return found->ask_for;
}

// What a newer caller sets, and this library does not know, must be zero.
bool HasUnknown(const portcullis_code& code) {
  const auto* const bytes = reinterpret_cast<const unsigned char*>(&code);
  return std::any_of(bytes + kCodeBytes, bytes + code.size, [](unsigned char b) { return b != 0; });
}

int ReadHash(const portcullis_code& code, AskRequest& request) {
  if (code.hash_type == PORTCULLIS_HASH_NONE) {
    return code.hash_size == 0 ? 0 : PORTCULLIS_E_INVALID;
  }
  if (code.hash_type != PORTCULLIS_HASH_SHA256) return PORTCULLIS_E_UNSUPPORTED;
  if (code.hash == nullptr || code.hash_size != kAskHashBytes) return PORTCULLIS_E_INVALID;
  request.has_hash = true;
  std::copy_n(code.hash, kAskHashBytes, request.hash.begin());
  return 0;
}

int ReadPolicyName(const portcullis_code& code, AskRequest& request) {
  std::optional<AskFor> found;
  if (code.policy_name != nullptr) {
    const std::string_view name(code.policy_name,
                                strnlen(code.policy_name, PORTCULLIS_MAX_POLICY_NAME + 1));
    if (name.size() > PORTCULLIS_MAX_POLICY_NAME) return PORTCULLIS_E_INVALID;
    found = FindAskFor(name);
    if (!found) return PORTCULLIS_E_UNSUPPORTED;
  } else {
    found = AskForExtension(request.path);
    if (!found) return PORTCULLIS_E_INVALID;
  }
  request.ask_for = *found;
  return 0;
}

// False where it had to be cut.
template <size_t kSize>
bool CopyText(std::string_view text, char (&place)[kSize]) {
  const std::string_view fits = CutText(text, kSize - 1);
  std::ranges::copy(fits, place);
  place[fits.size()] = '\0';
  return fits.size() == text.size();
}

}  // namespace

std::optional<AskFor> FindAskFor(std::string_view name) { return Find(kNames, name); }

std::optional<AskFor> AskForExtension(std::string_view path) {
  const size_t dot = path.rfind('.');
  const size_t separator = path.find_last_of("/\\");
  if (dot == path.npos || (separator != path.npos && separator > dot)) return std::nullopt;
  return Find(kExtensions, path.substr(dot + 1));
}

const char* ToString(AskFor ask_for) {
  switch (ask_for) {
    case AskFor::kExe:
      return PORTCULLIS_POLICY_EXE;
    case AskFor::kDll:
      return PORTCULLIS_POLICY_DLL;
    case AskFor::kMsi:
      return PORTCULLIS_POLICY_MSI;
    case AskFor::kAppx:
      return PORTCULLIS_POLICY_APPX;
    case AskFor::kScript:
      break;
  }
  return PORTCULLIS_POLICY_SCRIPT;
}

int ReadCode(const portcullis_code& code, AskRequest& request) {
  if (code.size < kCodeBytes || code.size > kMaxStructBytes) return PORTCULLIS_E_INVALID;
  if (code.reserved != 0 || HasUnknown(code)) return PORTCULLIS_E_INVALID;
  if (code.fd < 0 || code.fd > kMaxAskDescriptor) return PORTCULLIS_E_BAD_FILE;
  request.fd = code.fd;
  request.url_zone = code.url_zone;
  if (code.path != nullptr) {
    const size_t size = strnlen(code.path, kMaxAskPath + 1);
    if (size > kMaxAskPath) return PORTCULLIS_E_INVALID;
    request.path.assign(code.path, size);
  }
  if (const int error = ReadPolicyName(code, request); error != 0) return error;
  return ReadHash(code, request);
}

bool ClearResult(portcullis_result& result) {
  const uint32_t size = result.size;
  if (size < kResultBytes || size > kMaxStructBytes) return false;
  std::memset(static_cast<void*>(&result), 0, size);
  result.size = size;
  result.level = PORTCULLIS_LEVEL_DISALLOWED;
  result.verdict = PORTCULLIS_VERDICT_DENIED_BY_DEFAULT;
  result.would_block = 1;
  result.reason = PORTCULLIS_REASON_FAILURE_POLICY;
  return true;
}

void WriteResult(const AskAnswer& answer, portcullis_result& result) {
  if (answer.error != 0) return;
  result.level = answer.level;
  result.verdict = answer.verdict;
  result.would_block = answer.would_block;
  result.enforcement = answer.enforcement;
  result.reason = answer.reason;
  result.flags = answer.flags;
  result.generation = answer.generation;
  bool is_whole = CopyText(answer.rule_id, result.rule_id);
  is_whole = CopyText(answer.policy, result.policy) && is_whole;
  is_whole = CopyText(answer.rule_name, result.rule_name) && is_whole;
  if (!is_whole) result.flags |= PORTCULLIS_RESULT_TEXT_CUT;
}

}  // namespace portcullis::api
