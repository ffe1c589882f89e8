// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/policy_writer.h"

#include <fmt/core.h>

#include <string>
#include <utility>

#include "base/bytes.h"
#include "formats/xml/escape.h"

namespace portcullis::applocker {
namespace {

// Windows' schema wants a decimal authority, however large.
std::string SidText(const Sid& sid) {
  std::string text = fmt::format("S-1-{}", sid.authority());
  for (const uint32_t sub : sid.sub_authorities()) text += fmt::format("-{}", sub);
  return text;
}

std::string VersionText(const std::optional<FileVersion>& section) {
  return section ? section->ToString() : "*";
}

// Text that grows by tags. In the pretty form each tag has a line of its own.
class Writer {
 public:
  enum class Form { kPretty, kOneLine };
  explicit Writer(Form form) : form_(form) {}

  // Leaves the tag open for Attribute; the next call closes it.
  void Open(std::string_view name) {
    CloseTag();
    Indent();
    text_.append("<").append(name);
    open_.push_back(name);
    is_tag_open_ = true;
  }
  void Attribute(std::string_view name, std::string_view value) {
    if (!xml::CanCarry(value) && bad_attribute_.empty()) bad_attribute_ = name;
    text_.append(" ").append(name).append("=\"");
    xml::AppendEscaped(text_, value);
    text_.append("\"");
  }
  // Finished XML, on a line of its own.
  void Raw(std::string_view xml) {
    if (xml.empty()) return;
    CloseTag();
    Indent();
    text_.append(xml);
    EndLine();
  }
  void Close() {
    const std::string_view name = open_.back();
    open_.pop_back();
    if (std::exchange(is_tag_open_, false)) {
      text_.append("/>");
    } else {
      Indent();
      text_.append("</").append(name).append(">");
    }
    EndLine();
  }

  Result<std::string> Finish() && {
    if (bad_attribute_.empty()) return std::move(text_);
    return Fail(ErrorCode::kMalformed,
                fmt::format("a {} holds a character that XML can not carry", bad_attribute_));
  }

 private:
  void CloseTag() {
    if (!std::exchange(is_tag_open_, false)) return;
    text_.append(">");
    EndLine();
  }
  void Indent() {
    if (form_ == Form::kPretty) text_.append(2 * open_.size(), ' ');
  }
  void EndLine() {
    if (form_ == Form::kPretty) text_.push_back('\n');
  }

  Form form_;
  std::string text_;
  std::vector<std::string_view> open_;
  bool is_tag_open_ = false;
  std::string_view bad_attribute_;
};

void WriteCondition(Writer& writer, const FilePublisherCondition& condition) {
  writer.Open("FilePublisherCondition");
  writer.Attribute("PublisherName", condition.publisher_name);
  writer.Attribute("ProductName", condition.product_name);
  writer.Attribute("BinaryName", condition.binary_name);
  writer.Open("BinaryVersionRange");
  writer.Attribute("LowSection", VersionText(condition.binary_version_range.low_section));
  writer.Attribute("HighSection", VersionText(condition.binary_version_range.high_section));
  writer.Close();
  writer.Close();
}

void WriteCondition(Writer& writer, const FilePathCondition& condition) {
  writer.Open("FilePathCondition");
  writer.Attribute("Path", condition.path);
  writer.Close();
}

void WriteCondition(Writer& writer, const FileHashCondition& condition) {
  writer.Open("FileHashCondition");
  for (const FileHash& hash : condition.hashes) {
    writer.Open("FileHash");
    writer.Attribute("Type", ToString(hash.digest.type));
    writer.Attribute("Data", "0x" + HexUpper(Bytes(hash.digest.bytes).first(hash.digest.size())));
    if (hash.source_file_name) writer.Attribute("SourceFileName", *hash.source_file_name);
    if (hash.source_file_length) writer.Attribute("SourceFileLength", *hash.source_file_length);
    writer.Close();
  }
  writer.Close();
}

void WriteCondition(Writer& writer, const Condition& condition) {
  std::visit([&](const auto& kind) { WriteCondition(writer, kind); }, condition);
}

std::string_view RuleName(const Condition& condition) {
  if (std::holds_alternative<FilePublisherCondition>(condition)) return "FilePublisherRule";
  return std::holds_alternative<FilePathCondition>(condition) ? "FilePathRule" : "FileHashRule";
}

void WriteRule(Writer& writer, const Rule& rule) {
  writer.Open(RuleName(rule.condition));
  writer.Attribute("Id", rule.id.ToString());
  writer.Attribute("Name", rule.name);
  writer.Attribute("Description", rule.description);
  writer.Attribute("UserOrGroupSid", SidText(rule.user_or_group_sid));
  writer.Attribute("Action", ToString(rule.action));
  writer.Open("Conditions");
  WriteCondition(writer, rule.condition);
  writer.Close();
  if (!rule.exceptions.empty()) {
    writer.Open("Exceptions");
    for (const Condition& exception : rule.exceptions) WriteCondition(writer, exception);
    writer.Close();
  }
  writer.Close();
}

void WriteRedstone(Writer& writer, const RuleCollectionExtensions& extensions) {
  writer.Open("RedstoneExtensions");
  if (extensions.system_apps_allow) {
    writer.Open("SystemApps");
    writer.Attribute("Allow", *extensions.system_apps_allow ? "Enabled" : "NotEnabled");
    writer.Close();
  }
  if (const auto& revocation = extensions.origin_data_revocation) {
    writer.Open("OriginDataRevocation");
    writer.Attribute("CurrentOriginDataId", std::to_string(revocation->current_origin_data_id));
    writer.Attribute("TrustedOriginDataId", std::to_string(revocation->trusted_origin_data_id));
    writer.Close();
  }
  writer.Close();
}

void WriteExtensions(Writer& writer, const RuleCollectionExtensions& extensions) {
  writer.Open("RuleCollectionExtensions");
  writer.Open("ThresholdExtensions");
  if (extensions.services) {
    writer.Open("Services");
    writer.Attribute("EnforcementMode", ToString(*extensions.services));
    writer.Close();
  }
  writer.Close();
  WriteRedstone(writer, extensions);
  writer.Raw(extensions.other_elements);
  writer.Close();
}

void WriteCollection(Writer& writer, const RuleCollection& collection) {
  writer.Open("RuleCollection");
  writer.Attribute("Type", collection.type ? std::string_view(ToString(*collection.type))
                                           : std::string_view(collection.type_text));
  if (collection.enforcement_mode) {
    writer.Attribute("EnforcementMode", ToString(*collection.enforcement_mode));
  }
  for (const Rule& rule : collection.rules) WriteRule(writer, rule);
  if (collection.extensions) WriteExtensions(writer, *collection.extensions);
  writer.Close();
}

}  // namespace

Result<std::string> WritePolicy(const AppLockerPolicy& policy) {
  Writer writer(Writer::Form::kPretty);
  writer.Open("AppLockerPolicy");
  writer.Attribute("Version", policy.version);
  for (const RuleCollection& collection : policy.collections) WriteCollection(writer, collection);
  writer.Raw(policy.policy_extensions);
  writer.Close();
  return std::move(writer).Finish();
}

Result<std::string> RuleToXml(const Rule& rule) {
  Writer writer(Writer::Form::kOneLine);
  WriteRule(writer, rule);
  return std::move(writer).Finish();
}

}  // namespace portcullis::applocker
