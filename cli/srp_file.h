// SPDX-License-Identifier: Apache-2.0
// Reads Software Restriction Policies in any form that they come in: a Registry.pol, a .reg, a
// security template (GptTmpl.inf), or XML; the content says which. `-` is standard input.
//
// Shape:   several files apply in their order to one registry; the policies of the machine and of
//          the user come out, where there are any, and notes. Keys of a .reg or a template say
//          whose they are, and so does XML; of a Registry.pol the command line does, else the
//          folder User or Machine that it lies in, else it is the machine's.
// Limits:  those of the forms.
// Errors:  each names its file; nothing is half read.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/io.h"
#include "cli/options.h"
#include "policy/srp/registry_reader.h"

namespace portcullis::cli {

enum class SrpForm : uint8_t { kRegistryPol, kRegText, kSecurityTemplate, kXml };
const char* ToString(SrpForm form);  // "regpol", "reg", "inf", "xml"
std::optional<SrpForm> ParseSrpForm(std::string_view text);
// By the extension of a file's name: .pol, .reg, .inf, .xml.
std::optional<SrpForm> SrpFormOfName(std::string_view path);

// "machine", "user", in any case.
std::optional<srp::Scope> ParseSrpScope(std::string_view text);
// That of --scope, which is checked already.
std::optional<srp::Scope> ScopeOf(const SrpOptions& options);

// Whether the file is one of these, and not a policy of AppLocker: its first bytes say. False for
// what can not be read, and for what is read but once (a pipe, standard input).
bool LooksLikeSrp(const std::string& file);

Result<srp::RegistryReading> ReadSrpFiles(const std::vector<std::string>& files,
                                          std::optional<srp::Scope> scope, const Io& io);

// "FILE: warning: entry 3: KEY: value "NAME": reason".
std::string WarningText(const srp::Note& note);
// One warning a note, on standard error.
void PrintNotes(const std::vector<srp::Note>& notes, Io& io);

}  // namespace portcullis::cli
