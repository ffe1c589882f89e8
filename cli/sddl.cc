// SPDX-License-Identifier: Apache-2.0
// `portcullis sddl parse`, `print` and `check`: security descriptors as text, as bytes, and what
// they grant.
#include "security/sddl.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/json_writer.h"
#include "base/lines.h"
#include "cli/check_token_json.h"
#include "cli/commands.h"
#include "security/access_check.h"
#include "security/access_mask.h"
#include "security/condition_text.h"
#include "security/sid_text.h"

namespace portcullis::cli {
namespace {

// A line of either kind; hex has two digits a byte.
constexpr size_t kMaxLine = std::max(kMaxSddlSize, 2 * kMaxSecurityDescriptorSize);

Result<std::optional<Sid>> DomainOf(const SddlOptions& options) {
  if (!options.domain_sid) return std::nullopt;
  auto sid = Sid::Parse(*options.domain_sid);
  if (!sid) return Fail(sid.error().code, fmt::format("--domain-sid: {}", sid.error().message));
  return *sid;
}

struct Spellings {
  std::string sddl;
  std::string binary;
};

Result<Spellings> Spell(const Result<SecurityDescriptor>& descriptor,
                        const std::optional<Sid>& domain) {
  if (!descriptor) return Unexpected(descriptor.error());
  return Spellings{TRY(FormatSddl(*descriptor, domain)), TRY(descriptor->Serialize())};
}

void WriteObject(const Result<Spellings>& spellings, Io& io) {
  std::string line;
  JsonWriter writer(line);
  writer.BeginObject().Bool("ok", spellings.has_value());
  if (spellings) {
    writer.String("sddl", spellings->sddl).String("binary", HexLower(AsBytes(spellings->binary)));
  } else {
    writer.String("error", spellings.error().message);
  }
  writer.EndObject();
  io.out.Write(line + '\n');
}

using ReadDescriptor = Result<SecurityDescriptor> (*)(std::string_view line,
                                                      const std::optional<Sid>& domain);

Result<SecurityDescriptor> FromHexLine(std::string_view line, const std::optional<Sid>&) {
  const std::string bytes = TRY(FromHex(TrimAsciiSpace(line)));
  return SecurityDescriptor::Parse(AsBytes(bytes));
}

ExitStatus SpellLines(const Options& options, ReadDescriptor read, Io& io) {
  const auto domain = DomainOf(options.sddl);
  if (!domain) {
    PrintError(io, domain.error().message);
    return ExitStatus::kUsage;
  }
  ExitStatus status = ExitStatus::kDone;
  const auto done =
      ForEachLine(io.in_fd, kMaxLine, [&](std::string line, uint64_t) -> Result<void> {
        if (line.ends_with('\r')) line.pop_back();
        const auto spellings = Spell(read(line, *domain), *domain);
        if (!spellings) status = ExitStatus::kFound;
        WriteObject(spellings, io);
        return {};
      });
  if (done) return status;
  PrintError(io, fmt::format("standard input: {}", done.error().message));
  return ExitStatus::kFailed;
}

struct CheckRequest {
  std::optional<Sid> domain;
  SecurityDescriptor descriptor;
  CheckToken token;
  uint32_t access = 0;
};

Result<CheckRequest> ReadRequest(const SddlOptions& options) {
  CheckRequest request;
  request.domain = TRY(DomainOf(options));
  request.token = TRY(ParseCheckToken(options.token, request.domain));
  const auto access = ParseAccessMask(options.access);
  if (!access) return Fail(access.error().code, "--access: " + access.error().message);
  if (*access == 0) return Fail(ErrorCode::kMalformed, "--access: no right is asked for");
  request.access = *access;
  request.descriptor = TRY(ParseSddl(options.sddl, request.domain));
  return request;
}

void WriteSubExpressions(JsonWriter& writer, const Ace& ace, const AceStep& step,
                         const std::optional<Sid>& domain) {
  writer.Key("expressions").BeginArray();
  for (const ConditionStep& expression : step.sub_expressions) {
    const auto text = FormatSubExpression(*ace.condition(), expression.last, domain);
    writer.BeginObject()
        .String("text", text ? *text : "")
        .String("value", ToString(expression.value))
        .Bool("misfit", expression.is_misfit)
        .EndObject();
  }
  writer.EndArray();
}

void WriteTrace(JsonWriter& writer, std::string_view key, const CheckRequest& request,
                const std::vector<AceStep>& steps) {
  writer.Key(key).BeginArray();
  for (size_t i = 0; i < steps.size(); ++i) {
    const Ace& ace = request.descriptor.dacl->aces[i];
    const auto text = FormatAce(ace, request.domain);
    writer.BeginObject()
        .String("ace", text ? *text : "")
        .String("outcome", ToString(steps[i].outcome));
    if (steps[i].condition) {
      writer.String("condition", ToString(*steps[i].condition));
    } else {
      writer.Null("condition");
    }
    WriteSubExpressions(writer, ace, steps[i], request.domain);
    writer.EndObject();
  }
  writer.EndArray();
}

std::string CheckJson(const CheckRequest& request, const AccessCheckResult& result,
                      const AccessCheckTrace* trace) {
  std::string line;
  JsonWriter writer(line);
  writer.BeginObject().Bool("granted", result.granted).Number("access", request.access);
  if (result.deciding_ace) {
    writer.Number("deciding_ace", *result.deciding_ace);
  } else {
    writer.Null("deciding_ace");
  }
  if (trace != nullptr) {
    WriteTrace(writer, "trace", request, trace->aces);
    if (request.token.restricted_sids) {
      WriteTrace(writer, "restricted_trace", request, trace->restricted_aces);
    }
  }
  writer.EndObject();
  return line + '\n';
}

}  // namespace

ExitStatus RunSddlParse(const Options& options, Io& io) {
  return SpellLines(options, ParseSddl, io);
}

ExitStatus RunSddlPrint(const Options& options, Io& io) {
  return SpellLines(options, FromHexLine, io);
}

ExitStatus RunSddlCheck(const Options& options, Io& io) {
  const auto request = ReadRequest(options.sddl);
  if (!request) {
    PrintError(io, request.error().message);
    return ExitStatus::kFailed;
  }
  AccessCheckTrace trace;
  AccessCheckTrace* const wanted = options.sddl.trace ? &trace : nullptr;
  const AccessCheckResult result =
      CheckAccess(request->descriptor, request->token, request->access, wanted);
  io.out.Write(CheckJson(*request, result, wanted));
  return result.granted ? ExitStatus::kDone : ExitStatus::kFound;
}

}  // namespace portcullis::cli
