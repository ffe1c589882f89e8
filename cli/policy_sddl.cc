// SPDX-License-Identifier: Apache-2.0
// `portcullis policy sddl`: the rules of a policy as Windows compiles them, as text; with --binary
// the security descriptors, a file each.
#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/json_writer.h"
#include "base/unique_fd.h"
#include "cli/commands.h"
#include "cli/policy_file.h"
#include "cli/text.h"
#include "policy/applocker/descriptor/compiler.h"
#include "policy/applocker/rule_sddl.h"

namespace portcullis::cli {
namespace {

using applocker::AppLockerPolicy;
using applocker::DescriptorPart;
using applocker::Rule;
using applocker::RuleCollection;

std::string TypeText(const RuleCollection& collection) {
  return collection.type ? ToString(*collection.type) : collection.type_text;
}

std::string JsonOf(const std::string& file, const RuleCollection& collection, const Rule& rule,
                   const Result<std::string>& sddl) {
  std::string line;
  JsonWriter json(line);
  json.BeginObject()
      .Bytes("file", file)
      .String("collection", TypeText(collection))
      .String("id", rule.id.ToString())
      .String("name", rule.name)
      .String("action", ToString(rule.action))
      .String("user_or_group_sid", rule.user_or_group_sid.ToString())
      .Number("line", rule.line);
  if (sddl) {
    json.String("sddl", *sddl);
  } else {
    json.Null("sddl").String("error", sddl.error().message);
  }
  json.EndObject();
  return line + '\n';
}

ExitStatus PrintRules(const std::string& file, const AppLockerPolicy& policy,
                      const Options& options, Io& io) {
  ExitStatus status = ExitStatus::kDone;
  if (!options.json && options.paths.size() > 1) io.out.Write(Printable(file) + "\n");
  for (const RuleCollection& collection : policy.collections) {
    if (!options.json) {
      io.out.Write(fmt::format("{}: {}\n", Printable(TypeText(collection)),
                               Count(collection.rules.size(), "rule", "rules")));
    }
    for (const Rule& rule : collection.rules) {
      const auto sddl = applocker::RuleToSddl(rule);
      if (!sddl) {
        PrintError(io,
                   fmt::format("{}: rule {}: {}", file, rule.id.ToString(), sddl.error().message));
        status = ExitStatus::kFailed;
      }
      if (options.json) {
        io.out.Write(JsonOf(file, collection, rule, sddl));
      } else {
        io.out.Write(fmt::format("  {:5} {}\n        {}\n", ToString(rule.action),
                                 Printable(rule.name),
                                 sddl ? Printable(*sddl) : "has no form in SDDL"));
      }
    }
  }
  return status;
}

// A descriptor on its way to a file of its own.
struct Descriptor {
  std::string path;
  std::string collection;
  size_t part;  // from 1
  size_t parts;
  size_t rules;
  std::string bytes;
};

// Exe.sd; of a collection of several parts Exe.1.sd, Exe.2.sd, ...
std::string PathOf(const std::string& directory, const std::string& collection, size_t part,
                   size_t parts) {
  if (parts == 1) return fmt::format("{}/{}.sd", directory, collection);
  return fmt::format("{}/{}.{}.sd", directory, collection, part);
}

Result<std::vector<Descriptor>> Compile(const AppLockerPolicy& policy,
                                        const std::string& directory) {
  std::vector<Descriptor> descriptors;
  for (const RuleCollection& collection : policy.collections) {
    if (!collection.type) {
      return Fail(ErrorCode::kUnsupported, "a RuleCollection of unknown Type has no descriptor");
    }
    const std::string type = ToString(*collection.type);
    const std::vector<DescriptorPart> parts = TRY(CompileCollection(collection));
    for (size_t i = 0; i < parts.size(); ++i) {
      descriptors.push_back({PathOf(directory, type, i + 1, parts.size()), type, i + 1,
                             parts.size(), parts[i].rules.size(),
                             TRY(parts[i].descriptor.Serialize())});
    }
  }
  return descriptors;
}

// Never over a file that is there.
Result<void> WriteNew(const std::string& path, std::string_view bytes) {
  const auto failed = [&] {
    return Fail(ErrorCode::kIo, fmt::format("{}: {}", path, std::strerror(errno)));
  };
  const UniqueFd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!fd.valid()) return failed();
  const auto broken_off = [&] {
    auto failure = failed();
    unlink(path.c_str());
    return failure;
  };
  while (!bytes.empty()) {
    const ssize_t written = write(fd.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return broken_off();
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

// All or none: what was written before a failure is taken away again.
Result<void> WriteAll(const std::vector<Descriptor>& descriptors) {
  for (size_t i = 0; i < descriptors.size(); ++i) {
    auto written = WriteNew(descriptors[i].path, descriptors[i].bytes);
    if (written) continue;
    for (size_t done = 0; done < i; ++done) unlink(descriptors[done].path.c_str());
    return written;
  }
  return {};
}

std::string JsonOf(const std::string& file, const Descriptor& descriptor) {
  std::string line;
  JsonWriter json(line);
  json.BeginObject()
      .Bytes("file", file)
      .String("collection", descriptor.collection)
      .Number("part", descriptor.part)
      .Number("parts", descriptor.parts)
      .Number("rules", descriptor.rules)
      .Bytes("descriptor", descriptor.path)
      .Number("size", descriptor.bytes.size())
      .EndObject();
  return line + '\n';
}

ExitStatus WriteDescriptors(const std::string& file, const AppLockerPolicy& policy,
                            const Options& options, Io& io) {
  const auto descriptors = Compile(policy, *options.descriptors);
  if (!descriptors) {
    PrintError(io, fmt::format("{}: {}", file, descriptors.error().message));
    return ExitStatus::kFailed;
  }
  if (const auto written = WriteAll(*descriptors); !written) {
    PrintError(io, written.error().message);
    return ExitStatus::kFailed;
  }
  for (const Descriptor& one : *descriptors) {
    io.out.Write(options.json ? JsonOf(file, one)
                              : fmt::format("{}: {}, {}\n", Printable(one.path),
                                            Count(one.rules, "rule", "rules"),
                                            Count(one.bytes.size(), "byte", "bytes")));
  }
  return ExitStatus::kDone;
}

bool IsPartial(const applocker::PolicyDocument& document) {
  return std::ranges::any_of(document.warnings,
                             [](const auto& warning) { return warning.id == kNotUnderstood; });
}

}  // namespace

ExitStatus RunPolicySddl(const Options& options, Io& io) {
  if (options.descriptors && options.paths.size() != 1) {
    PrintError(io, "--binary takes one policy");
    return ExitStatus::kUsage;
  }
  return ForEachPolicy(options, io, [&](const std::string& file, const auto& document) {
    if (!options.descriptors) return PrintRules(file, *document.policy, options, io);
    if (!IsPartial(document)) return WriteDescriptors(file, *document.policy, options, io);
    PrintError(io, file + ": what was not understood would be missing from the descriptors");
    return ExitStatus::kFailed;
  });
}

}  // namespace portcullis::cli
