// SPDX-License-Identifier: Apache-2.0
#include "host/srp_files.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "formats/registry/reg_text.h"
#include "formats/registry/regpol.h"
#include "formats/registry/security_template.h"
#include "host/lexical_path.h"
#include "host/read_file.h"
#include "policy/srp/registry_writer.h"
#include "policy/srp/xml_reader.h"
#include "security/ascii.h"

namespace portcullis {
namespace {

using srp::RegistrySource;
using srp::Scope;

constexpr std::array kForms = {SrpForm::kRegistryPol, SrpForm::kRegText, SrpForm::kSecurityTemplate,
                               SrpForm::kXml};
constexpr std::string_view kRegistryPolMagic = "PReg";
constexpr std::string_view kXmlRoot = "<SoftwareRestrictionPolicy";
constexpr size_t kHeadBytes = 4096;

// Of the scope that the folder of a group policy has: .../User/Registry.pol.
Scope ScopeOfFolder(const std::string& path) {
  const std::string absolute = AbsolutePath(path);
  const size_t end = absolute.rfind('/');
  if (path == "-" || end == std::string::npos) return Scope::kMachine;
  const size_t begin = absolute.rfind('/', end == 0 ? 0 : end - 1);
  if (begin == std::string::npos || begin >= end) return Scope::kMachine;
  const std::string folder = absolute.substr(begin + 1, end - begin - 1);
  return EqualsIgnoringCase(folder, "User") ? Scope::kUser : Scope::kMachine;
}

SrpForm FormOf(std::string_view content) {
  const Bytes bytes = AsBytes(content);
  if (content.starts_with(kRegistryPolMagic)) return SrpForm::kRegistryPol;
  if (registry::LooksLikeRegText(bytes)) return SrpForm::kRegText;
  if (registry::LooksLikeSecurityTemplate(bytes)) return SrpForm::kSecurityTemplate;
  return SrpForm::kXml;
}

// A policy in XML sets what its entries would.
Result<void> ReadXml(std::string_view content, RegistrySource& source) {
  auto policy = srp::ReadSrpXml(AsBytes(content));
  if (!policy) {
    // Whatever is no other form is taken for XML.
    const bool is_xml = content.find('<') != std::string_view::npos;
    return Fail(policy.error().code,
                is_xml ? policy.error().message
                       : "it is none of Registry.pol, .reg, security template and XML");
  }
  source.scope = policy->scope;
  source.place_word = "value";
  source.changes = TRY(registry::ChangesOf(TRY(srp::BuildEntries(*policy))));
  return {};
}

}  // namespace

const uint64_t kMaxSrpFileBytes =
    std::max({registry::kMaxRegistryPolBytes, registry::kMaxRegTextBytes,
              registry::kMaxSecurityTemplateBytes, srp::kMaxSrpXmlBytes});

const char* ToString(SrpForm form) {
  switch (form) {
    case SrpForm::kRegistryPol:
      return "regpol";
    case SrpForm::kRegText:
      return "reg";
    case SrpForm::kSecurityTemplate:
      return "inf";
    case SrpForm::kXml:
      return "xml";
  }
  return "";
}

std::optional<SrpForm> ParseSrpForm(std::string_view text) {
  const auto found = std::ranges::find(kForms, text, [](SrpForm form) { return ToString(form); });
  return found == kForms.end() ? std::nullopt : std::optional(*found);
}

std::optional<SrpForm> SrpFormOfName(std::string_view path) {
  const size_t dot = path.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string_view extension = path.substr(dot + 1);
  if (EqualsIgnoringCase(extension, "pol")) return SrpForm::kRegistryPol;
  for (const SrpForm form : {SrpForm::kRegText, SrpForm::kSecurityTemplate, SrpForm::kXml}) {
    if (EqualsIgnoringCase(extension, ToString(form))) return form;
  }
  return std::nullopt;
}

Result<RegistrySource> SrpSourceOf(const std::string& file, std::string_view content,
                                   std::optional<Scope> scope) {
  RegistrySource source;
  source.name = file;
  source.scope = scope.value_or(ScopeOfFolder(file));
  source.place_word = "line";
  switch (FormOf(content)) {
    case SrpForm::kRegistryPol:
      source.place_word = "entry";
      source.changes = TRY(registry::ChangesOf(TRY(registry::ParseRegistryPol(AsBytes(content)))));
      break;
    case SrpForm::kRegText:
      source.changes = TRY(registry::ParseRegText(AsBytes(content)));
      break;
    case SrpForm::kSecurityTemplate:
      source.changes = TRY(registry::ParseSecurityTemplate(AsBytes(content)));
      break;
    case SrpForm::kXml:
      TRY_VOID(ReadXml(content, source));
      break;
  }
  return source;
}

bool LooksLikeSrpContent(std::string_view head) {
  head = head.substr(0, kHeadBytes);
  if (FormOf(head) != SrpForm::kXml) return true;
  // In any of the encodings of XML, as far as ASCII goes.
  std::string text(head);
  std::erase(text, '\0');
  return text.find(kXmlRoot) != std::string::npos;
}

bool LooksLikeSrp(const std::string& file) {
  const auto opened = OpenRegularFile(file, Links::kFollow);
  if (!opened) return false;
  std::array<char, kHeadBytes> head = {};
  const ssize_t size = pread(opened->get(), head.data(), head.size(), 0);
  return size > 0 && LooksLikeSrpContent({head.data(), static_cast<size_t>(size)});
}

Result<srp::RegistryReading> ReadSrpFiles(const std::vector<std::string>& files,
                                          std::optional<Scope> scope, const SrpContent& content) {
  std::vector<RegistrySource> sources;
  for (const std::string& file : files) {
    const auto bytes = content ? content(file) : ReadFile(file, kMaxSrpFileBytes);
    auto source = bytes ? SrpSourceOf(file, *bytes, scope) : Unexpected(bytes.error());
    if (!source) {
      return Fail(source.error().code, fmt::format("{}: {}", file, source.error().message));
    }
    sources.push_back(*std::move(source));
  }
  return srp::ReadRegistry(sources);
}

Result<std::vector<NamedPolicy>> NamedPoliciesOf(const srp::RegistryReading& reading,
                                                 const std::string& name) {
  std::vector<NamedPolicy> named;
  for (srp::Policy& policy : reading.policies()) {
    named.push_back({name, {}, nullptr, std::move(policy)});
  }
  if (!named.empty()) return named;
  return Fail(ErrorCode::kNotFound,
              fmt::format("{}: no Software Restriction Policies in it", name));
}

}  // namespace portcullis
