// SPDX-License-Identifier: Apache-2.0
#include "cli/signature_text.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "authoring/file_report.h"
#include "base/utc_time.h"
#include "cli/text.h"

namespace portcullis::cli {
namespace {

using authenticode::CertificateDescription;

std::string TimeText(const std::optional<UnixTime>& time) {
  return time ? FormatUtcTime(*time) : std::string();
}

// The first is what the signature stands for, the others are of Windows versions with other needs.
const char* Role(size_t index) { return index == 0 ? "primary" : "nested"; }

std::string NameText(const CertificateDescription& certificate) {
  std::string text = certificate.subject;
  if (certificate.is_ev) text += " (EV code signing)";
  if (certificate.is_lifetime_signing) text += " (lifetime signing)";
  return text;
}

std::string DatesText(const CertificateDescription& certificate) {
  return fmt::format("{} to {}, {}, signed by {}, serial number {}",
                     TimeText(certificate.not_before), TimeText(certificate.not_after),
                     certificate.key, certificate.signature_algorithm, certificate.serial_number);
}

void AddChain(const std::vector<CertificateDescription>& chain, std::vector<LabelledLine>& lines) {
  for (size_t i = 0; i < chain.size(); ++i) {
    lines.push_back({i == 0 ? " signer" : " issued by", NameText(chain[i])});
    lines.push_back({"", DatesText(chain[i])});
    if (!chain[i].usages.empty()) {
      lines.push_back({"", fmt::format("for {}", fmt::join(chain[i].usages, ", "))});
    }
    lines.push_back({"", "SHA-1 " + chain[i].sha1});
  }
  // A chain ends at a certificate that signed itself; this one does not.
  if (!chain.empty() && chain.back().subject != chain.back().issuer) {
    lines.push_back({" issued by", chain.back().issuer + ", which is not known here"});
  }
}

void AddPages(const SignatureDetails::Pages& pages, std::vector<LabelledLine>& lines) {
  lines.push_back(
      {" pages", fmt::format("{} hashes by {}, {}", pages.count, pages.algorithm,
                             pages.differing == 0
                                 ? std::string("all as in the file")
                                 : fmt::format("{} differ from the file", pages.differing))});
}

void WriteTime(JsonWriter& json, std::string_view key, const std::optional<UnixTime>& time) {
  time ? json.String(key, FormatUtcTime(*time)) : json.Null(key);
}

void WriteCertificate(JsonWriter& json, const CertificateDescription& certificate) {
  json.BeginObject()
      .String("subject", certificate.subject)
      .String("issuer", certificate.issuer)
      .String("serial_number", certificate.serial_number);
  WriteTime(json, "not_before", certificate.not_before);
  WriteTime(json, "not_after", certificate.not_after);
  json.String("sha1", certificate.sha1)
      .String("sha256", certificate.sha256)
      .String("key", certificate.key)
      .String("signature_algorithm", certificate.signature_algorithm)
      .Key("usages")
      .BeginArray();
  for (const std::string& usage : certificate.usages) json.String(usage);
  json.EndArray()
      .Bool("ev", certificate.is_ev)
      .Bool("lifetime_signing", certificate.is_lifetime_signing)
      .EndObject();
}

void WritePages(JsonWriter& json, const std::optional<SignatureDetails::Pages>& pages) {
  json.Key("page_hashes");
  if (!pages) {
    json.Null();
    return;
  }
  json.BeginObject()
      .String("algorithm", pages->algorithm)
      .Number("count", pages->count)
      .Number("differing", pages->differing)
      .EndObject();
}

void WriteStamp(JsonWriter& json, const authenticode::SignatureDescription& description) {
  json.Key("time_stamp");
  if (!description.stamp_signer) {
    json.Null();
    return;
  }
  json.BeginObject().String("form", description.stamp_form).Key("signer");
  WriteCertificate(json, *description.stamp_signer);
  json.EndObject();
}

void WriteOne(JsonWriter& json, const SignatureDetails& signature, size_t index) {
  const SignatureReport& report = signature.report;
  json.BeginObject().String("role", Role(index)).String("status", ToString(report.status));
  WriteText(json, "reason", report.reason);
  WriteText(json, "publisher_name", report.publisher_name);
  WriteTime(json, "timestamp", report.timestamp);
  WriteText(json, "digest_algorithm", signature.digest_algorithm);
  WriteText(json, "digest", signature.digest);
  WriteText(json, "signer_digest", signature.description.signer_digest);
  WritePages(json, signature.pages);
  WriteStamp(json, signature.description);
  json.Key("chain").BeginArray();
  for (const CertificateDescription& certificate : signature.description.chain) {
    WriteCertificate(json, certificate);
  }
  json.EndArray().EndObject();
}

}  // namespace

std::vector<LabelledLine> SignatureLines(const std::vector<SignatureDetails>& signatures) {
  std::vector<LabelledLine> lines;
  for (size_t i = 0; i < signatures.size(); ++i) {
    const SignatureDetails& signature = signatures[i];
    const SignatureReport& report = signature.report;
    lines.push_back({Role(i), fmt::format("{}{}{}", ToString(report.status),
                                          report.reason.empty() ? "" : ": ", report.reason)});
    if (!signature.digest.empty()) {
      lines.push_back({" digest", signature.digest_algorithm + " " + signature.digest});
    }
    if (signature.pages) AddPages(*signature.pages, lines);
    AddChain(signature.description.chain, lines);
    if (!signature.description.stamp_signer) continue;
    lines.push_back({" stamped", fmt::format("{}, {}", TimeText(report.timestamp),
                                             signature.description.stamp_form)});
    lines.push_back({"", "by " + signature.description.stamp_signer->subject});
  }
  return lines;
}

void WriteSignatures(JsonWriter& json, const std::vector<SignatureDetails>& signatures) {
  json.Key("signatures").BeginArray();
  for (size_t i = 0; i < signatures.size(); ++i) WriteOne(json, signatures[i], i);
  json.EndArray();
}

}  // namespace portcullis::cli
