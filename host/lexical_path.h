// SPDX-License-Identifier: Apache-2.0
// Paths as text: one form for each place, without asking the file system.
//
// Shape:   doubled separators become one, `.` goes, `..` takes the component before it along and
//          stops at the root. What is left of a link stays a link: only realpath knows those.
// Units:   bytes; a component is never looked into, so `.local` stays.
// Errors:  none.
// Threads: pure functions, but for AbsolutePath, which asks for the working directory.
#pragma once

#include <string>
#include <string_view>

namespace portcullis {

// Of a path that begins with '/'. No slash at the end; "/" is "/".
std::string NormalizeHostPath(std::string_view path);

// Of a path of Windows: begins with a drive letter, `\\` or a macro. `/` separates there too, since
// no name of Windows has one.
std::string NormalizeWindowsPath(std::string_view path);

// As the process names it: the working directory in front where `path` is relative. Empty where
// that directory is gone.
std::string AbsolutePath(std::string_view path);

}  // namespace portcullis
