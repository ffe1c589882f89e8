// SPDX-License-Identifier: Apache-2.0
// Reads Software Restriction Policies in any form that they come in: a Registry.pol, a .reg, a
// security template (GptTmpl.inf), or XML; the content says which.
//
// Shape:   several files apply in their order to one registry; the policies of the machine and of
//          the user come out, where there are any, and notes. Keys of a .reg or a template say
//          whose they are, and so does XML; of a Registry.pol the caller does, else the folder User
//          or Machine that it lies in, else it is the machine's.
// Limits:  those of the forms.
// Errors:  each names its file; nothing is half read.
// Threads: pure, but for the file system.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/policy_set.h"
#include "policy/srp/registry_reader.h"

namespace portcullis {

// The largest that any of the forms may be.
extern const uint64_t kMaxSrpFileBytes;

enum class SrpForm : uint8_t { kRegistryPol, kRegText, kSecurityTemplate, kXml };
const char* ToString(SrpForm form);  // "regpol", "reg", "inf", "xml"
std::optional<SrpForm> ParseSrpForm(std::string_view text);
// By the extension of a file's name: .pol, .reg, .inf, .xml.
std::optional<SrpForm> SrpFormOfName(std::string_view path);

// Whether the file is one of these, and not a policy of AppLocker: its first bytes say. False for
// what can not be read, and for what is read but once (a pipe, standard input).
bool LooksLikeSrp(const std::string& file);
// The same of the bytes that a file begins with.
bool LooksLikeSrpContent(std::string_view head);

// What a file's content does to a registry.
Result<srp::RegistrySource> SrpSourceOf(const std::string& file, std::string_view content,
                                        std::optional<srp::Scope> scope);

// Where the bytes of a file come from; none: from the file.
using SrpContent = std::function<Result<std::string>(const std::string& file)>;
Result<srp::RegistryReading> ReadSrpFiles(const std::vector<std::string>& files,
                                          std::optional<srp::Scope> scope,
                                          const SrpContent& content = {});

// The policies of a reading, all of one name, to be put among others. kNotFound where there are
// none: a file without them would enforce nothing.
Result<std::vector<NamedPolicy>> NamedPoliciesOf(const srp::RegistryReading& reading,
                                                 const std::string& name);

}  // namespace portcullis
