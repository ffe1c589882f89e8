// SPDX-License-Identifier: Apache-2.0
#include "policy/srp/xml_writer.h"

#include <fmt/core.h>

#include "base/base64.h"
#include "base/bytes.h"
#include "base/quote.h"
#include "formats/xml/escape.h"
#include "policy/srp/check.h"
#include "policy/srp/xml_values.h"

namespace portcullis::srp {
namespace {

class Writer {
 public:
  Result<std::string> Write(const Policy& policy) {
    Open("<SoftwareRestrictionPolicy");
    Attribute("Version", "1");
    Attribute("Scope", ToString(policy.scope));
    WriteSettings(policy);
    out_ += ">\n";
    if (policy.executable_types) WriteTypes(*policy.executable_types);
    if (!policy.rules.empty()) {
      Line("  <Rules>");
      for (const Rule& rule : policy.rules) WriteRule(rule);
      Line("  </Rules>");
    }
    Line("</SoftwareRestrictionPolicy>");
    if (refused_) return Unexpected(*refused_);
    return std::move(out_);
  }

 private:
  void Open(std::string_view tag) { out_ += tag; }
  void Line(std::string_view line) { (out_ += line) += '\n'; }

  void Attribute(std::string_view name, std::string_view text) {
    if (!xml::CanCarry(text) && !refused_) {
      refused_ =
          Error{ErrorCode::kMalformed,
                fmt::format("{}: {} has characters that XML can not carry", name, Quote(text))};
    }
    out_ += fmt::format(" {}=\"", name);
    xml::AppendEscaped(out_, text);
    out_ += '"';
  }
  void Number(std::string_view name, uint64_t number) {
    Attribute(name, fmt::format("{}", number));
  }
  void Bool(std::string_view name, bool value) { Attribute(name, value ? "true" : "false"); }

  void WriteSettings(const Policy& policy) {
    if (policy.default_level) Attribute("DefaultLevel", ToString(*policy.default_level));
    if (policy.transparent_enabled) {
      Attribute("TransparentEnabled", ToString(*policy.transparent_enabled));
    }
    if (policy.policy_scope) Attribute("PolicyScope", ToString(*policy.policy_scope));
    if (policy.authenticode_enabled) Bool("AuthenticodeEnabled", *policy.authenticode_enabled);
    if (policy.levels) Number("Levels", *policy.levels);
    if (policy.authenticode_flags) Number("AuthenticodeFlags", *policy.authenticode_flags);
    if (policy.log_file_name) Attribute("LogFileName", *policy.log_file_name);
  }

  void WriteTypes(const std::vector<std::string>& types) {
    Line("  <ExecutableTypes>");
    for (const std::string& type : types) {
      Open("    <ExecutableType");
      Attribute("Extension", type);
      Line("/>");
    }
    Line("  </ExecutableTypes>");
  }

  void WriteRule(const Rule& rule) {
    std::visit([&](const auto& condition) { WriteCondition(rule, condition); }, rule.condition);
    if (!rule.description.empty()) Attribute("Description", rule.description);
    if (rule.safer_flags != 0) Number("SaferFlags", rule.safer_flags);
    if (rule.last_modified) Attribute("LastModified", FileTimeText(*rule.last_modified));
    Line("/>");
  }

  void OpenRule(const Rule& rule, std::string_view element) {
    Open(fmt::format("    <{}", element));
    Attribute("Id", rule.id.ToString());
    Attribute("Level", ToString(rule.level));
  }
  void WriteCondition(const Rule& rule, const PathCondition& condition) {
    OpenRule(rule, "PathRule");
    Attribute("Path", condition.path);
    if (!condition.expandable) Bool("Expandable", false);
  }
  void WriteCondition(const Rule& rule, const UrlZoneCondition& condition) {
    OpenRule(rule, "UrlZoneRule");
    Attribute("Zone", ToString(condition.zone));
  }
  void WriteCondition(const Rule& rule, const HashCondition& condition) {
    OpenRule(rule, "HashRule");
    Attribute("Algorithm", ToString(condition.algorithm));
    Attribute("Digest", HexUpper(Bytes(condition.digest).first(DigestSize(condition.algorithm))));
    Number("Size", condition.size);
    if (condition.sha256) Attribute("Sha256", HexUpper(*condition.sha256));
    if (!condition.friendly_name.empty()) Attribute("FriendlyName", condition.friendly_name);
  }
  void WriteCondition(const Rule& rule, const CertificateCondition& condition) {
    Open("    <CertificateRule");
    Attribute("Thumbprint", HexUpper(condition.thumbprint));
    Attribute("Level", ToString(rule.level));
    if (!condition.certificate.empty()) {
      Attribute("Certificate", Base64(AsText(condition.certificate)));
    }
  }

  std::string out_;
  std::optional<Error> refused_;
};

}  // namespace

Result<std::string> WriteSrpXml(const Policy& policy) {
  TRY_VOID(CheckPolicy(policy));
  return Writer().Write(policy);
}

}  // namespace portcullis::srp
