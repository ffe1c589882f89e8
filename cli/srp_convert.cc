// SPDX-License-Identifier: Apache-2.0
// `portcullis srp convert`: Software Restriction Policies from one form into another.
#include <fmt/core.h>

#include "base/json_writer.h"
#include "cli/commands.h"
#include "cli/srp_file.h"
#include "cli/text.h"
#include "host/replace_file.h"
#include "policy/srp/registry_writer.h"
#include "policy/srp/xml_writer.h"

namespace portcullis::cli {
namespace {

using srp::Policy;
using srp::Scope;

struct Converted {
  SrpForm form = SrpForm::kXml;
  std::vector<Policy> policies;
  std::string bytes;
  bool is_partial = false;  // a template, which holds one value alone
};

Result<SrpForm> FormWanted(const Options& options) {
  if (options.srp.to) {
    if (const auto form = ParseSrpForm(*options.srp.to)) return *form;
  }
  if (const auto form = SrpFormOfName(options.output)) return *form;
  return Fail(
      ErrorCode::kUnsupported,
      fmt::format("{}: its name ends in none of .pol, .reg, .inf and .xml: say --to regpol, "
                  "reg, inf or xml",
                  options.output));
}

std::vector<Policy> Chosen(const srp::RegistryReading& reading, std::optional<Scope> scope) {
  std::vector<Policy> policies = reading.policies();
  std::erase_if(policies, [&](const Policy& policy) { return scope && policy.scope != *scope; });
  return policies;
}

Result<std::string> BytesOf(const std::vector<Policy>& policies, SrpForm form) {
  if (form == SrpForm::kRegText) return srp::BuildRegText(policies);
  if (policies.size() > 1) {
    return Fail(ErrorCode::kUnsupported,
                fmt::format("policies of the machine and of a user, and {} holds one: say --scope "
                            "machine or user",
                            ToString(form)));
  }
  switch (form) {
    case SrpForm::kRegistryPol:
      return srp::BuildRegistryPol(policies.front());
    case SrpForm::kSecurityTemplate:
      return srp::BuildSecurityTemplate(policies.front());
    default:
      return srp::WriteSrpXml(policies.front());
  }
}

bool HoldsMoreThanATemplate(const Policy& policy) {
  Policy least;
  least.authenticode_enabled = policy.authenticode_enabled;
  return policy != least;
}

Result<Converted> Convert(const Options& options, Io& io) {
  Converted converted;
  converted.form = TRY(FormWanted(options));
  const auto scope = ScopeOf(options.srp);
  const srp::RegistryReading reading = TRY(ReadSrpFiles(options.paths, scope, io));
  PrintNotes(reading.notes, io);
  converted.policies = Chosen(reading, scope);
  if (converted.policies.empty()) {
    return Fail(ErrorCode::kNotFound,
                scope ? fmt::format("no policy of the {} in it",
                                    *scope == Scope::kMachine ? "machine" : "user")
                      : std::string("no policy of Software Restriction Policies in it"));
  }
  converted.bytes = TRY(BytesOf(converted.policies, converted.form));
  converted.is_partial = converted.form == SrpForm::kSecurityTemplate &&
                         HoldsMoreThanATemplate(converted.policies.front());
  return converted;
}

std::string JsonOf(const std::string& path, const Converted& converted) {
  std::string line;
  JsonWriter json(line);
  json.BeginObject().Bytes("file", path).String("form", ToString(converted.form));
  json.Key("policies").BeginArray();
  for (const Policy& policy : converted.policies) {
    json.BeginObject()
        .String("scope", srp::ToString(policy.scope))
        .Number("rules", policy.rules.size())
        .EndObject();
  }
  json.EndArray().Number("bytes", converted.bytes.size()).EndObject();
  return line + '\n';
}

std::string TextOf(const std::string& path, const Converted& converted) {
  std::string policies;
  for (const Policy& policy : converted.policies) {
    policies += fmt::format("{} policy, {}, ", srp::ToString(policy.scope),
                            Count(policy.rules.size(), "rule", "rules"));
  }
  return fmt::format("{}: {}{}\n", Printable(path), policies,
                     Count(converted.bytes.size(), "byte", "bytes"));
}

}  // namespace

ExitStatus RunSrpConvert(const Options& options, Io& io) {
  const auto converted = Convert(options, io);
  if (!converted) {
    PrintError(io, converted.error().message);
    return ExitStatus::kFailed;
  }
  if (converted->is_partial) {
    PrintError(io, "warning: a security template holds AuthenticodeEnabled alone");
  }
  if (options.output == "-") {
    io.out.Write(converted->bytes);
    return ExitStatus::kDone;
  }
  if (const auto written = ReplaceFile(options.output, converted->bytes); !written) {
    PrintError(io, fmt::format("{}: {}", options.output, written.error().message));
    return ExitStatus::kFailed;
  }
  io.out.Write(options.json ? JsonOf(options.output, *converted)
                            : TextOf(options.output, *converted));
  return ExitStatus::kDone;
}

}  // namespace portcullis::cli
