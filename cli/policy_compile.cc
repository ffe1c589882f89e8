// SPDX-License-Identifier: Apache-2.0
// `portcullis policy compile`: policies as one file that decides as soon as it is opened.
#include <fmt/core.h>

#include "base/json_writer.h"
#include "cli/commands.h"
#include "cli/policy_file.h"
#include "cli/text.h"
#include "host/replace_file.h"
#include "policy/compiled/image_format.h"
#include "policy/policy_set.h"

namespace portcullis::cli {
namespace {

struct Compiled {
  std::string bytes;
  size_t rules = 0;

  std::string Sha256() const { return HexLower(AsBytes(bytes).subspan(compiled::kSha256At, 32)); }
};

// As for a policy that is put in force: that is what compiled files are for.
Result<Compiled> Compile(const Options& options, Io& io) {
  applocker::ReadOptions read;
  read.strict = true;
  PolicySet::Builder builder;
  auto policies = TRY(ReadNamedPolicies(options.paths, io, read));
  for (const NamedPolicy& policy : policies) {
    if (!policy.srp) continue;
    return Fail(
        ErrorCode::kUnsupported,
        fmt::format("{}: Software Restriction Policies have no compiled form", policy.name));
  }
  builder.AddMergedLayer(std::move(policies));
  const PolicySet set = TRY(builder.Build());
  Compiled result;
  result.bytes = TRY(set.WriteCompiled(0));
  for (const auto& collection : set.layer(0).collections) result.rules += collection.rules.size();
  return result;
}

std::string JsonOf(const std::string& path, const Compiled& result) {
  std::string line;
  JsonWriter json(line);
  json.BeginObject()
      .Bytes("file", path)
      .Number("rules", result.rules)
      .Number("bytes", result.bytes.size())
      .String("sha256", result.Sha256())
      .EndObject();
  return line + '\n';
}

std::string TextOf(const std::string& path, const Compiled& result) {
  return fmt::format("{}: {}, {}, SHA-256 {}\n", Printable(path),
                     Count(result.rules, "rule", "rules"),
                     Count(result.bytes.size(), "byte", "bytes"), result.Sha256());
}

}  // namespace

ExitStatus RunPolicyCompile(const Options& options, Io& io) {
  const auto result = Compile(options, io);
  if (!result) {
    PrintError(io, result.error().message);
    return ExitStatus::kFailed;
  }
  if (const auto written = ReplaceFile(options.output, result->bytes); !written) {
    PrintError(io, fmt::format("{}: {}", options.output, written.error().message));
    return ExitStatus::kFailed;
  }
  io.out.Write(options.json ? JsonOf(options.output, *result) : TextOf(options.output, *result));
  return ExitStatus::kDone;
}

}  // namespace portcullis::cli
