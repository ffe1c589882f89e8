// SPDX-License-Identifier: Apache-2.0
// The structures of portcullis.h, read and written with all care for what another version's caller
// passes.
//
// Errors:  0 or a PORTCULLIS_E_* number.
// Threads: reentrant.
#pragma once

#include <optional>
#include <string_view>

#include "api/ask_protocol.h"
#include "api/portcullis.h"

namespace portcullis::api {

int ReadCode(const portcullis_code& code, AskRequest& request);
// Makes it a refusal. False: its size is none that any version has.
bool ClearResult(portcullis_result& result);
// As far as the caller's structure goes.
void WriteResult(const AskAnswer& answer, portcullis_result& result);

// By the name of a collection, an operation or a host; case does not matter.
std::optional<AskFor> FindAskFor(std::string_view name);
// By the extension of a file's name.
std::optional<AskFor> AskForExtension(std::string_view path);
const char* ToString(AskFor ask_for);  // "EXE", ...

}  // namespace portcullis::api
