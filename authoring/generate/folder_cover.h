// SPDX-License-Identifier: Apache-2.0
// As few folders as allow the files of one collection, none of which the user can write.
//
// Shape:   files are sorted by path, so that those below a folder are a run; from the top down, a
//          folder with files of its own (or one that was selected, or is below one) takes all its
//          run if nobody may write anywhere below it, else its files stand alone and its
//          subfolders are asked. A folder with one file is no better than the file.
// Limits:  asks WriteAccess at most once a folder that has files.
// Errors:  what WriteAccess can not find out counts as writable.
// Threads: pure but for what WriteAccess does.
// Source:  docs/authoring.md "Folders".
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "policy/request.h"

namespace portcullis {

struct FolderFile {
  PathSpelling path;
  uint32_t file = 0;
};

struct Folder {
  std::string path;  // without a separator at its end; "/" for the root
  std::vector<uint32_t> files;
};

struct FolderCover {
  std::vector<Folder> folders;
  std::vector<FolderFile> alone;
};

// All paths of one kind (of a host, or of Windows) and one case; so are those of `selected` that
// count. `is_safe` says that nobody may write in or below a folder, nor any of its files.
FolderCover CoverByFolders(std::vector<FolderFile> files, const std::vector<PathSpelling>& selected,
                           const std::function<bool(const Folder& folder)>& is_safe);

// What separates in such a path.
char SeparatorOf(const PathSpelling& path);
// As paths of its file system are compared: the same text for the same file.
std::string PathKey(const PathSpelling& path);

}  // namespace portcullis
