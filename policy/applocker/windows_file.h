// SPDX-License-Identifier: Apache-2.0
// The rules of a *.AppLocker file of Windows, as far as they can be read.
//
// Shape:   the file's descriptor read back as rules (descriptor/decompiler.h); where the file's own
//          texts are about the same rules these get their ids and names. What could not be read is
//          said in `notes`, a sentence each: whoever puts the rules in force must refuse then.
//          The file does not say which collection it is; its name does.
// Limits, errors: those of formats/applocker_file/applocker_file.h and of the decompiler.
// Threads: a pure function.
// Source:  section 7.2 of the reference; docs/formats/applocker-file.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "policy/applocker/model.h"

namespace portcullis::applocker {

struct WindowsFile {
  RuleCollection collection;
  std::vector<std::string> notes;
};

// `type` is absent where the file's name does not say it.
Result<WindowsFile> ReadWindowsFile(Bytes bytes, std::optional<CollectionType> type);

// "Exe.AppLocker" -> Exe, in any case; nothing for another name.
std::optional<CollectionType> TypeOfWindowsFile(std::string_view path);

}  // namespace portcullis::applocker
